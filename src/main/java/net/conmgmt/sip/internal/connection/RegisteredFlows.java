package net.conmgmt.sip.internal.connection;

import java.time.Duration;
import net.conmgmt.sip.ManagedConnection;

/**
 * Hears how the registrations of a client go that ask for SIP outbound, to time the next connection
 * (RFC 5626 section 4.5). Thread-safe; does not block.
 */
public interface RegisteredFlows {

  /**
   * A REGISTER on this connection was accepted.
   *
   * @param inForce whether the registrar keeps its flow
   */
  void registered(ManagedConnection connection, boolean inForce);

  /** A REGISTER on this connection was refused, and the next is to wait so long (Retry-After). */
  void retryAfter(ManagedConnection connection, Duration wait);
}
