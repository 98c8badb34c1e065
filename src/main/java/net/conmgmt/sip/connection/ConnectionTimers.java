package net.conmgmt.sip.connection;

import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one connection: refresh (3.4.2) and pong on the client, expiry, connection and idle
 * timer on the proxy (3.4.2, 3.5.2). They are deadlines, not tasks: at most one task is pending for
 * the connection, at its earliest deadline or before, and finds out when it runs what is due.
 * Traffic only stamps an instant, without a lock.
 *
 * <p>All arguments are in seconds. Thread-safe. What is due is decided under the lock and told to
 * the {@link Effects} outside it, on the scheduler's thread.
 */
public final class ConnectionTimers {

  /** What the timers bring about. None of the calls holds a lock. */
  public interface Effects {
    /** Client: nothing was sent for two thirds of T. Told again after each such period. */
    default void refreshDue() {}

    /** Proxy: no successful response in time (3.5.6). */
    default void connectionTimerFired() {}

    /** Proxy: no traffic at all for the idle time (3.5.6). Told once. */
    default void idleTimerFired() {}

    /** Proxy: nothing was received for T plus grace (3.4.6). Told once for each silence. */
    default void expiryTimerFired() {}

    /** Client: a peer that has answered a keep-alive did not answer this one. Told once. */
    default void pongTimerFired() {}
  }

  private static final int CONNECTION_DUE = 1;
  private static final int IDLE_DUE = 2;
  private static final int EXPIRY_DUE = 4;
  private static final int REFRESH_DUE = 8;
  private static final int PONG_DUE = 16;

  /** A period or timer that is not set. */
  private static final long OFF = 0;

  private final Scheduler scheduler;
  private final Effects effects;

  private volatile long lastReceivedNanos;
  private volatile long lastSentNanos;
  // The expiry timer fired and waits for a byte: the one case in which traffic takes the lock.
  private volatile boolean expired;

  // Below: guarded by this.
  private boolean stopped;
  private Scheduler.@Nullable Task task;
  private long taskAtNanos;
  private long establishedNanos;
  private boolean connectionTimerRuns;
  private boolean succeeded;
  private long connectionPeriodNanos;
  private long connectionStartNanos;
  private long idlePeriodNanos;
  private long refreshPeriodNanos;
  private long refreshStartNanos;
  private long expiryPeriodNanos;
  private long expiryStartNanos;
  // A keep-alive waits for its answer; whether that has an end depends on whether the peer answers.
  private boolean pongOpen;
  private boolean peerAnswers;
  private long pongPeriodNanos;
  private long pongStartNanos;

  /** Timers of a connection; none runs yet. */
  public ConnectionTimers(Scheduler scheduler, Effects effects) {
    this.scheduler = scheduler;
    this.effects = effects;
    lastReceivedNanos = scheduler.nanoTime();
    lastSentNanos = lastReceivedNanos;
  }

  /** Proxy: the connection was established; starts the connection timer and the idle timer. */
  public synchronized void startProxy(int connectionSeconds, int idleSeconds) {
    if (stopped) {
      return;
    }
    establishedNanos = scheduler.nanoTime();
    connectionPeriodNanos = toNanos(connectionSeconds);
    connectionStartNanos = establishedNanos;
    connectionTimerRuns = !succeeded;
    idlePeriodNanos = toNanos(idleSeconds);
    arm();
  }

  /** Bytes arrived. */
  public void received() {
    lastReceivedNanos = scheduler.nanoTime();
    if (expired) {
      wakeExpiry();
    }
  }

  /** Bytes were sent. */
  public void sent() {
    lastSentNanos = scheduler.nanoTime();
  }

  /** Proxy: a provisional response was sent; restarts the connection timer. */
  public synchronized void provisionalSent() {
    if (stopped || succeeded || connectionPeriodNanos == OFF) {
      return;
    }
    connectionStartNanos = scheduler.nanoTime();
    connectionTimerRuns = true;
    arm();
  }

  /** Proxy: a successful response was sent; the connection timer is cancelled for good. */
  public synchronized void successSent() {
    succeeded = true;
    connectionTimerRuns = false;
  }

  /** Client: negotiated; from now on, or anew with this T. */
  public synchronized void startRefresh(int timeoutSeconds) {
    if (stopped) {
      return;
    }
    refreshPeriodNanos = twoThirds(toNanos(timeoutSeconds));
    refreshStartNanos = scheduler.nanoTime();
    arm();
  }

  /** Proxy: negotiated; starts the expiry timer at T plus grace, or anew with these. */
  public synchronized void startExpiry(int timeoutSeconds, int graceSeconds) {
    if (stopped) {
      return;
    }
    expiryPeriodNanos = toNanos((long) timeoutSeconds + graceSeconds);
    expiryStartNanos = scheduler.nanoTime();
    expired = false;
    arm();
  }

  /**
   * Client: a keep-alive is about to be sent. If the peer has ever answered one, it must do so
   * within that time; 0 is no limit. A keep-alive that is unanswered already keeps its deadline.
   */
  public synchronized void keepAliveSent(int pongSeconds) {
    if (stopped || pongOpen) {
      return;
    }
    pongOpen = true;
    pongPeriodNanos = pongSeconds == 0 ? OFF : toNanos(pongSeconds);
    pongStartNanos = scheduler.nanoTime();
    arm();
  }

  /** Client: the peer answered; without a keep-alive that waits for it this means nothing. */
  public synchronized void keepAliveAnswered() {
    peerAnswers |= pongOpen;
    pongOpen = false;
  }

  /** When the timers fire. */
  public synchronized RemainingTimes remaining() {
    if (stopped) {
      return RemainingTimes.NONE;
    }
    long now = scheduler.nanoTime();
    return new RemainingTimes(
        connectionTimerRuns ? toMillis(connectionDeadline() - now) : RemainingTimes.OFF,
        idlePeriodNanos != OFF ? toMillis(idleDeadline() - now) : RemainingTimes.OFF,
        expiryPeriodNanos != OFF && !expired
            ? toMillis(expiryDeadline() - now)
            : RemainingTimes.OFF,
        refreshPeriodNanos != OFF ? toMillis(refreshDeadline() - now) : RemainingTimes.OFF,
        awaitsPong() ? toMillis(pongDeadline() - now) : RemainingTimes.OFF,
        Math.max(expiryPeriodNanos, refreshPeriodNanos) / 1_000_000);
  }

  /** The connection, for log lines. */
  @Override
  public String toString() {
    return String.valueOf(effects);
  }

  /** What is overdue fires at once. */
  private static long toMillis(long nanos) {
    return Math.max(0, nanos / 1_000_000);
  }

  /** Ends all timers for good; no task is left. */
  public synchronized void stop() {
    stopped = true;
    if (task != null) {
      task.cancel();
      task = null;
    }
  }

  private synchronized void wakeExpiry() {
    if (stopped || !expired) {
      return;
    }
    expired = false;
    arm();
  }

  private void run() {
    int due;
    synchronized (this) {
      if (stopped) {
        return;
      }
      task = null;
      due = takeDue(scheduler.nanoTime());
      arm();
    }
    if ((due & CONNECTION_DUE) != 0) {
      effects.connectionTimerFired();
    }
    if ((due & EXPIRY_DUE) != 0) {
      effects.expiryTimerFired();
    }
    if ((due & IDLE_DUE) != 0) {
      effects.idleTimerFired();
    }
    if ((due & PONG_DUE) != 0) {
      effects.pongTimerFired();
    }
    if ((due & REFRESH_DUE) != 0) {
      effects.refreshDue();
    }
  }

  private int takeDue(long now) {
    int due = 0;
    if (connectionTimerRuns && connectionDeadline() - now <= 0) {
      connectionTimerRuns = false;
      due |= CONNECTION_DUE;
    }
    if (idlePeriodNanos != OFF && idleDeadline() - now <= 0) {
      idlePeriodNanos = OFF;
      due |= IDLE_DUE;
    }
    if (expiryPeriodNanos != OFF && !expired && expiryDeadline() - now <= 0) {
      expired = true;
      // A byte may have come in between, before it could see that it must wake the timer.
      if (expiryDeadline() - now > 0) {
        expired = false;
      } else {
        due |= EXPIRY_DUE;
      }
    }
    if (awaitsPong() && pongDeadline() - now <= 0) {
      pongOpen = false;
      peerAnswers = false;
      due |= PONG_DUE;
    }
    if (refreshPeriodNanos != OFF && refreshDeadline() - now <= 0) {
      // Even if the keep-alive cannot be sent, the next one is due a whole period later.
      refreshStartNanos = now;
      due |= REFRESH_DUE;
    }
    return due;
  }

  /** Makes sure that the task is pending no later than the earliest deadline. */
  private void arm() {
    long now = scheduler.nanoTime();
    long wait = Long.MAX_VALUE;
    if (connectionTimerRuns) {
      wait = Math.min(wait, connectionDeadline() - now);
    }
    if (idlePeriodNanos != OFF) {
      wait = Math.min(wait, idleDeadline() - now);
    }
    if (expiryPeriodNanos != OFF && !expired) {
      wait = Math.min(wait, expiryDeadline() - now);
    }
    if (refreshPeriodNanos != OFF) {
      wait = Math.min(wait, refreshDeadline() - now);
    }
    if (awaitsPong()) {
      wait = Math.min(wait, pongDeadline() - now);
    }
    if (wait == Long.MAX_VALUE) {
      return;
    }
    if (task != null) {
      if (taskAtNanos - now <= wait) {
        return;
      }
      task.cancel();
    }
    taskAtNanos = now + wait;
    task = scheduler.schedule(this::run, wait);
  }

  private long connectionDeadline() {
    return connectionStartNanos + connectionPeriodNanos;
  }

  private long idleDeadline() {
    return later(establishedNanos, later(lastReceivedNanos, lastSentNanos)) + idlePeriodNanos;
  }

  private long expiryDeadline() {
    return later(expiryStartNanos, lastReceivedNanos) + expiryPeriodNanos;
  }

  private long refreshDeadline() {
    return later(refreshStartNanos, lastSentNanos) + refreshPeriodNanos;
  }

  private boolean awaitsPong() {
    return pongOpen && peerAnswers && pongPeriodNanos != OFF;
  }

  private long pongDeadline() {
    return pongStartNanos + pongPeriodNanos;
  }

  private static long later(long a, long b) {
    return a - b >= 0 ? a : b;
  }

  /** Clamped to a quarter of the scale, so that instants stay comparable by subtraction. */
  private static long toNanos(long seconds) {
    return Math.min(TimeUnit.SECONDS.toNanos(Math.max(1, seconds)), Long.MAX_VALUE / 4);
  }

  private static long twoThirds(long nanos) {
    return nanos / 3 * 2 + nanos % 3 * 2 / 3;
  }
}
