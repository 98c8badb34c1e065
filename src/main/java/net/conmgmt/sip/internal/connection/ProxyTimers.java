package net.conmgmt.sip.internal.connection;

import net.conmgmt.sip.RemainingTimes;

/**
 * The timers of a connection that a peer opened: the expiry timer ([MS-CONMGMT] 3.4.2), the
 * connection timer and the idle timer ([MS-CONMGMT] 3.5.2).
 */
public final class ProxyTimers extends ConnectionTimers {

  /** What the timers bring about. None of the calls holds a lock. */
  public interface Effects {
    /** No successful response in time ([MS-CONMGMT] 3.5.6). */
    default void connectionTimerFired() {}

    /** No traffic at all for the idle time ([MS-CONMGMT] 3.5.6). Told once. */
    default void idleTimerFired() {}

    /** Nothing was received for T plus grace ([MS-CONMGMT] 3.4.6). Told once for each silence. */
    default void expiryTimerFired() {}
  }

  private static final int CONNECTION_DUE = 1;
  private static final int IDLE_DUE = 2;
  private static final int EXPIRY_DUE = 4;

  private final Effects effects;

  // Below: guarded by this.
  // Set under the lock, for good.
  private volatile boolean succeeded;
  // OFF unless the connection timer runs.
  private int connectionSeconds;
  private long connectionStartNanos;
  private int idleSeconds;
  private int expirySeconds;
  // When it was agreed on or was last due.
  private long expiryStartNanos;
  private boolean expiryTold;

  /** Timers of a connection with that traffic; none runs yet. */
  public ProxyTimers(Traffic traffic, Effects effects) {
    super(traffic);
    this.effects = effects;
  }

  /** The connection was established; starts the connection timer and the idle timer. */
  public synchronized void start(int connectionSeconds, int idleSeconds) {
    if (isStopped()) {
      return;
    }
    connectionStartNanos = now();
    this.connectionSeconds = succeeded ? OFF : Math.max(1, connectionSeconds);
    this.idleSeconds = Math.max(1, idleSeconds);
    arm();
  }

  /** A provisional response was sent; restarts the connection timer. */
  public synchronized void provisionalSent() {
    if (isStopped() || connectionSeconds == OFF) {
      return;
    }
    // The pending task comes in time for what is later now.
    connectionStartNanos = now();
  }

  /** A successful response was sent; the connection timer is cancelled for good. */
  public void successSent() {
    if (!succeeded) {
      cancelConnectionTimer();
    }
  }

  private synchronized void cancelConnectionTimer() {
    succeeded = true;
    connectionSeconds = OFF;
  }

  /** Negotiated; starts the expiry timer at T plus grace, or anew with these. */
  public synchronized void startExpiry(int timeoutSeconds, int graceSeconds) {
    if (isStopped()) {
      return;
    }
    long seconds = Math.max(1, (long) timeoutSeconds + graceSeconds);
    expirySeconds = (int) Math.min(Integer.MAX_VALUE, seconds);
    expiryStartNanos = now();
    expiryTold = false;
    arm();
  }

  @Override
  int takeDue(long now) {
    int due = 0;
    if (connectionSeconds != OFF && connectionDeadline() - now <= 0) {
      connectionSeconds = OFF;
      due |= CONNECTION_DUE;
    }
    if (idleSeconds != OFF && idleDeadline() - now <= 0) {
      idleSeconds = OFF;
      due |= IDLE_DUE;
    }
    if (expirySeconds != OFF && expiryDeadline() - now <= 0) {
      due |= isSilenceTold() ? 0 : EXPIRY_DUE;
      expiryTold = true;
      // From now on it looks once in a period whether a byte has ended the silence.
      expiryStartNanos = now;
    }
    return due;
  }

  @Override
  void tell(int due) {
    if ((due & CONNECTION_DUE) != 0) {
      effects.connectionTimerFired();
    }
    if ((due & EXPIRY_DUE) != 0) {
      effects.expiryTimerFired();
    }
    if ((due & IDLE_DUE) != 0) {
      effects.idleTimerFired();
    }
  }

  @Override
  long nanosToNext(long now) {
    long connection = connectionSeconds != OFF ? connectionDeadline() - now : NEVER;
    long idle = idleSeconds != OFF ? idleDeadline() - now : NEVER;
    long expiry = expirySeconds != OFF ? expiryDeadline() - now : NEVER;
    return Math.min(connection, Math.min(idle, expiry));
  }

  @Override
  RemainingTimes remaining(long now) {
    return new RemainingTimes(
        connectionSeconds != OFF ? toMillis(connectionDeadline() - now) : RemainingTimes.OFF,
        idleSeconds != OFF ? toMillis(idleDeadline() - now) : RemainingTimes.OFF,
        expirySeconds != OFF && !isSilenceTold()
            ? toMillis(expiryDeadline() - now)
            : RemainingTimes.OFF,
        RemainingTimes.OFF,
        RemainingTimes.OFF,
        toMillis(toNanos(expirySeconds)));
  }

  private long connectionDeadline() {
    return withPatience(connectionStartNanos + toNanos(connectionSeconds));
  }

  /** The silence before the connection was established does not count. */
  private long idleDeadline() {
    long lastTraffic = later(lastReceivedNanos(), lastSentNanos());
    return withPatience(later(lastTraffic, connectionStartNanos) + toNanos(idleSeconds));
  }

  private long expiryDeadline() {
    return withPatience(later(expiryStartNanos, lastReceivedNanos()) + toNanos(expirySeconds));
  }

  private boolean isSilenceTold() {
    return expiryTold && lastReceivedNanos() - expiryStartNanos < 0;
  }

  /** The connection, for log lines. */
  @Override
  public String toString() {
    return String.valueOf(effects);
  }
}
