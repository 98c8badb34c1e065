package net.conmgmt.sip.internal.header;

import gov.nist.javax.sip.header.SIPHeader;
import gov.nist.javax.sip.header.SIPHeaderList;
import java.util.List;
import net.conmgmt.sip.header.MsKeepAliveHeader;

/**
 * All Ms-Keep-Alive values of a message, in order. A message must have one at most, but the
 * negotiation has to see when there are two.
 *
 * <p>Each is encoded on a line of its own: joined with commas, a quoted string that never ends or a
 * sum of lengths would make something else of them for the next reader.
 */
public final class MsKeepAliveList extends SIPHeaderList<MsKeepAlive> {

  private static final long serialVersionUID = 1L;

  /** Makes an empty list; called by the RI. */
  public MsKeepAliveList() {
    super(MsKeepAlive.class, MsKeepAliveHeader.NAME);
  }

  @Override
  public StringBuilder encode(StringBuilder buffer) {
    // The RI puts any header of this name into this list, whatever its class.
    List<? extends SIPHeader> headers = hlist;
    for (Object header : headers) {
      ((SIPHeader) header).encode(buffer);
    }
    return buffer;
  }

  @Override
  public MsKeepAliveList clone() {
    return (MsKeepAliveList) super.clone();
  }
}
