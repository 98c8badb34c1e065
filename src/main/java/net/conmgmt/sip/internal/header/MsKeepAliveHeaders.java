package net.conmgmt.sip.internal.header;

import gov.nist.javax.sip.header.SIPHeader;
import gov.nist.javax.sip.message.SIPMessage;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import org.jspecify.annotations.Nullable;

/**
 * Reads and sets the Ms-Keep-Alive headers of a message, for the negotiation. As thread-safe as the
 * message is.
 */
public final class MsKeepAliveHeaders {

  static {
    MsKeepAliveHeaderRegistration.ensureRegistered();
  }

  private MsKeepAliveHeaders() {}

  /**
   * All of them in their order, malformed ones included. A header that an application put there as
   * plain text (the RI's ExtensionHeader) is read like one from the wire.
   */
  public static List<MsKeepAliveHeader> in(SIPMessage message) {
    Iterator<SIPHeader> headers = message.getHeaders(MsKeepAliveHeader.NAME);
    if (!headers.hasNext()) {
      return List.of();
    }
    List<MsKeepAliveHeader> found = new ArrayList<>(2);
    while (headers.hasNext()) {
      SIPHeader header = headers.next();
      if (header instanceof MsKeepAliveHeader ours) {
        found.add(ours);
      } else {
        String value = header.getHeaderValue();
        found.addAll(MsKeepAliveReader.read(value == null ? "" : value, 0));
      }
    }
    return found;
  }

  /**
   * What is wrong with the first malformed one, with its text, bounded and without control
   * characters; null where there is none.
   */
  public static @Nullable String faultIn(SIPMessage message) {
    for (MsKeepAliveHeader header : in(message)) {
      if (!header.isValid() && header instanceof MsKeepAlive malformed) {
        return malformed.fault();
      }
    }
    return null;
  }

  /** Removes all of them, whatever put them there. */
  public static void removeAll(SIPMessage message) {
    message.removeHeader(MsKeepAliveHeader.NAME);
  }

  /**
   * Makes {@code header}, which is of this library, the only one of the message.
   *
   * @throws IllegalArgumentException if it is malformed or says yes to a mechanism other than
   *     hop-hop
   */
  public static void set(SIPMessage message, MsKeepAliveHeader header) {
    MsKeepAlive sent = ((MsKeepAlive) header).requireSendable();
    removeAll(message);
    message.setHeader(sent);
  }
}
