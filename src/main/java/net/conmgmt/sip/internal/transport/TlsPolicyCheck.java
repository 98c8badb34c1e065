package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.TlsSecurityPolicy;
import gov.nist.javax.sip.stack.SIPClientTransaction;
import java.io.IOException;
import net.conmgmt.sip.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * Asks the application's {@code gov.nist.javax.sip.TLS_SECURITY_POLICY} once whether a server may
 * be used: when TLS stands, and before the first request of a transaction is written. Thread-safe.
 */
final class TlsPolicyCheck {

  private final TlsSecurityPolicy policy;
  private final SocketConnection connection;

  // Guarded by this.
  private @Nullable SIPClientTransaction transaction;
  private boolean asked;

  TlsPolicyCheck(TlsSecurityPolicy policy, SocketConnection connection) {
    this.policy = policy;
    this.connection = connection;
  }

  /** The transaction that is going to send; the policy looks at certificates through it. */
  synchronized void concerns(SIPClientTransaction sender) {
    if (!asked) {
      transaction = sender;
    }
  }

  /**
   * Returns at once where the policy has been asked, or where no transaction sends.
   *
   * @throws IOException when the policy refuses, which closes the connection
   */
  synchronized void ask() throws IOException {
    SIPClientTransaction sender = transaction;
    if (sender == null) {
      return;
    }
    connection.attempt().awaitOpen();
    asked = true;
    transaction = null;
    try {
      policy.enforceTlsPolicy(sender);
    } catch (SecurityException e) {
      String refusal = "TLS_SECURITY_POLICY refuses the server: " + e.getMessage();
      connection.close(CloseReason.TLS_FAILED, refusal);
      throw new IOException(refusal, e);
    }
  }
}
