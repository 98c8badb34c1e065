package net.conmgmt.sip.monitoring;

import java.util.List;

/**
 * One connection as JMX shows it. Times are milliseconds from the moment of asking; -1 is a timer
 * that does not run. Immutable.
 */
public interface ConnectionView {

  /** The number that {@link ConnectionManagementMXBean#closeConnection} takes. */
  long getId();

  /** {@code CLIENT} where this stack opened the connection, {@code PROXY} where it accepted it. */
  String getSide();

  /** {@code TCP} or {@code TLS}. */
  String getTransport();

  /** The local address and port. */
  String getLocal();

  /** The peer's address and port. */
  String getRemote();

  /** The name under which the peer was looked for, or empty. */
  String getPeerName();

  /** The addresses-of-record that registered on it. */
  List<String> getEndpoints();

  /** The negotiated T in seconds; 0 where there is none. */
  int getTimeoutSeconds();

  /** Until the connection timer fires. */
  long getConnectionTimerMillis();

  /** Until the idle timer fires. */
  long getIdleTimerMillis();

  /** Until the expiry timer fires. */
  long getExpiryTimerMillis();

  /** Until the next keep-alive is sent. */
  long getRefreshTimerMillis();

  /** Until a peer that answers keep-alives must have answered the last one. */
  long getPongTimerMillis();
}
