package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.header.CSeq;
import gov.nist.javax.sip.header.CallID;
import gov.nist.javax.sip.header.ContentLength;
import gov.nist.javax.sip.header.From;
import gov.nist.javax.sip.header.RequestLine;
import gov.nist.javax.sip.header.StatusLine;
import gov.nist.javax.sip.header.To;
import gov.nist.javax.sip.header.Via;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Names the header fields that a SIP message cannot do without (RFC 3261 section 8.1.1), and those
 * that frame it.
 */
final class MandatoryHeaders {

  private static final Set<Class<?>> CLASSES =
      Set.of(
          From.class,
          To.class,
          CSeq.class,
          Via.class,
          CallID.class,
          ContentLength.class,
          RequestLine.class,
          StatusLine.class);

  private MandatoryHeaders() {}

  static boolean contains(@Nullable Class<?> headerClass) {
    return headerClass != null && CLASSES.contains(headerClass);
  }
}
