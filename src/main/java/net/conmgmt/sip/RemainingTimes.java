package net.conmgmt.sip;

/**
 * The times until the timers of one connection fire, in milliseconds from the moment of asking.
 * {@link #OFF} stands for a timer that does not run.
 *
 * @param connectionMillis the connection timer of the proxy ([MS-CONMGMT] 3.5.2)
 * @param idleMillis the idle timer of the proxy ([MS-CONMGMT] 3.5.2)
 * @param expiryMillis the expiry timer of the proxy ([MS-CONMGMT] 3.4.2)
 * @param refreshMillis the refresh timer of the client ([MS-CONMGMT] 3.4.2)
 * @param pongMillis the pong timer of the client: until a peer that answers keep-alives must have
 *     answered the last one (RFC 5626)
 * @param periodMillis the whole time of the expiry or refresh timer; 0 where none was negotiated
 */
public record RemainingTimes(
    long connectionMillis,
    long idleMillis,
    long expiryMillis,
    long refreshMillis,
    long pongMillis,
    long periodMillis) {

  /** The remaining time of a timer that does not run. */
  public static final long OFF = -1;

  /** No timer runs. */
  public static final RemainingTimes NONE = new RemainingTimes(OFF, OFF, OFF, OFF, OFF, 0);
}
