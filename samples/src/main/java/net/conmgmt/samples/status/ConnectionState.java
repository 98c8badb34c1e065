package net.conmgmt.samples.status;

import net.conmgmt.sip.ConnectionStatus;

/** How a connection stands, in the words of the page. */
enum ConnectionState {
  /** Keep-alive was negotiated. */
  KEPT,
  /** A proxy waits for a first success on it. */
  UNPROVEN,
  /** Open, and nothing was negotiated. */
  OPEN;

  static ConnectionState of(ConnectionStatus status) {
    if (status.timeoutSeconds() > 0) {
      return KEPT;
    }
    return status.timers().connectionMillis() >= 0 ? UNPROVEN : OPEN;
  }
}
