package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.stack.HandshakeCompletedListenerImpl;
import gov.nist.javax.sip.stack.TLSMessageChannel;
import javax.net.ssl.HandshakeCompletedEvent;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Shows the RI the cipher suite and the certificates of a connection, in the form in which it looks
 * for them.
 */
final class HandshakeOutcome extends HandshakeCompletedListenerImpl {

  private final HandshakeCompletedEvent outcome;

  /** An event cannot be without a socket, so it is given one that is not connected. */
  HandshakeOutcome(TLSMessageChannel channel, SSLSocket unconnected, SSLSession session) {
    super(channel, unconnected);
    outcome = new HandshakeCompletedEvent(unconnected, session);
  }

  @Override
  public @Nullable HandshakeCompletedEvent getHandshakeCompletedEvent() {
    return outcome;
  }
}
