package net.conmgmt.sip.internal.keepalive;

import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.internal.connection.Rhythm;

/**
 * What a client may count on in one dialect until it ends. Immutable.
 *
 * @param basis the Call-ID of the registration or dialog that it was granted for, with which it
 *     ends; empty where it holds as long as its connection
 * @param sequence the number of the request that it was granted for
 * @param timeoutSeconds the peer's T, or the longest time of this side's own choice
 * @param lifetimeSeconds how long the registration lasts that it was granted for; 0 for no limit
 */
record Grant(
    KeepAliveDialect dialect,
    String basis,
    long sequence,
    int timeoutSeconds,
    Rhythm rhythm,
    int lifetimeSeconds) {

  /** One that holds as long as its connection. */
  static Grant ofConnection(KeepAliveDialect dialect, int timeoutSeconds, Rhythm rhythm) {
    return new Grant(dialect, "", 0, timeoutSeconds, rhythm, 0);
  }
}
