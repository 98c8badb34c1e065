package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.stack.SIPClientTransaction;
import java.io.IOException;
import javax.sip.address.Hop;
import net.conmgmt.sip.internal.discovery.SecureHop;

/**
 * Keeps a request for a hop of TLS from leaving over TCP, whatever the router is. The RI sends it
 * so where the provider has no listening point for TLS, and in a dialog where it falls back to the
 * outbound proxy. Stateless.
 */
final class ClearText {

  private ClearText() {}

  /**
   * Returns where {@code processor} may send {@code message}.
   *
   * @throws IOException when its transaction was made for a secure hop, and this is a plain one
   */
  static void refuse(SIPMessage message, ManagedMessageProcessor processor) throws IOException {
    if (processor.isSecure()
        || !(message instanceof SIPRequest request)
        || !(request.getTransaction() instanceof SIPClientTransaction transaction)) {
      return;
    }
    Hop hop = transaction.getNextHop();
    if (hop != null && SecureHop.isSecure(hop.getTransport())) {
      throw new IOException(SecureHop.refusal(request, hop, "that the stack takes " + processor));
    }
  }
}
