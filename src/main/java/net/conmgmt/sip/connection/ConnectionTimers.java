package net.conmgmt.sip.connection;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import net.conmgmt.sip.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one connection: refresh (3.4.2) and pong on the client, expiry, connection and idle
 * timer on the proxy (3.4.2, 3.5.2). They are deadlines, not tasks: at most one task is pending for
 * the connection, at its earliest deadline or before, and finds out when it runs what is due.
 * Traffic only stamps an instant, without a lock or a fence.
 *
 * <p>The object is the pending task itself, and small, as a proxy has one for each connection.
 *
 * <p>All arguments are in seconds. Thread-safe. What is due is decided under the lock and told to
 * the {@link Effects} outside it, on the scheduler's thread.
 */
public final class ConnectionTimers implements Runnable {

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
  private static final int OFF = 0;

  private final Scheduler scheduler;
  private final Effects effects;

  private static final AtomicLongFieldUpdater<ConnectionTimers> LAST_RECEIVED =
      AtomicLongFieldUpdater.newUpdater(ConnectionTimers.class, "lastReceivedNanos");
  private static final AtomicLongFieldUpdater<ConnectionTimers> LAST_SENT =
      AtomicLongFieldUpdater.newUpdater(ConnectionTimers.class, "lastSentNanos");

  private volatile long lastReceivedNanos;
  private volatile long lastSentNanos;

  // Below: guarded by this.
  private boolean stopped;
  private Scheduler.@Nullable Task task;
  private long taskAtNanos;
  private boolean connectionTimerRuns;
  private boolean succeeded;
  private int connectionSeconds;
  private long connectionStartNanos;
  private int idleSeconds;
  private int refreshSeconds;
  private int expirySeconds;
  // When refresh or expiry was agreed on or was last due: a connection has only one of them.
  private long keepAliveStartNanos;
  private boolean expiryTold;
  // A keep-alive waits for its answer; whether that has an end depends on whether the peer answers.
  private boolean pongOpen;
  private boolean peerAnswers;
  private int pongSeconds;
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
    connectionStartNanos = scheduler.nanoTime();
    // The silence before the connection was established does not count.
    lastReceivedNanos = connectionStartNanos;
    this.connectionSeconds = Math.max(1, connectionSeconds);
    connectionTimerRuns = !succeeded;
    this.idleSeconds = Math.max(1, idleSeconds);
    arm();
  }

  /** Bytes arrived. */
  public void received() {
    LAST_RECEIVED.lazySet(this, scheduler.nanoTime());
  }

  /** Bytes were sent. */
  public void sent() {
    LAST_SENT.lazySet(this, scheduler.nanoTime());
  }

  /** Proxy: a provisional response was sent; restarts the connection timer. */
  public synchronized void provisionalSent() {
    if (stopped || succeeded || connectionSeconds == OFF) {
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
    refreshSeconds = Math.max(1, timeoutSeconds);
    keepAliveStartNanos = scheduler.nanoTime();
    arm();
  }

  /** Proxy: negotiated; starts the expiry timer at T plus grace, or anew with these. */
  public synchronized void startExpiry(int timeoutSeconds, int graceSeconds) {
    if (stopped) {
      return;
    }
    long seconds = Math.max(1, (long) timeoutSeconds + graceSeconds);
    expirySeconds = (int) Math.min(Integer.MAX_VALUE, seconds);
    keepAliveStartNanos = scheduler.nanoTime();
    expiryTold = false;
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
    this.pongSeconds = Math.max(OFF, pongSeconds);
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
        idleSeconds != OFF ? toMillis(idleDeadline() - now) : RemainingTimes.OFF,
        expirySeconds != OFF && !isSilenceTold()
            ? toMillis(expiryDeadline() - now)
            : RemainingTimes.OFF,
        refreshSeconds != OFF ? toMillis(refreshDeadline() - now) : RemainingTimes.OFF,
        awaitsPong() ? toMillis(pongDeadline() - now) : RemainingTimes.OFF,
        toMillis(Math.max(toNanos(expirySeconds), twoThirds(toNanos(refreshSeconds)))));
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

  /** For the scheduler: does what is due. At any other time nothing is. */
  @Override
  public void run() {
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
    if (idleSeconds != OFF && idleDeadline() - now <= 0) {
      idleSeconds = OFF;
      due |= IDLE_DUE;
    }
    if (expirySeconds != OFF && expiryDeadline() - now <= 0) {
      due |= isSilenceTold() ? 0 : EXPIRY_DUE;
      expiryTold = true;
      // From now on it looks once in a period whether a byte has ended the silence.
      keepAliveStartNanos = now;
    }
    if (awaitsPong() && pongDeadline() - now <= 0) {
      pongOpen = false;
      peerAnswers = false;
      due |= PONG_DUE;
    }
    if (refreshSeconds != OFF && refreshDeadline() - now <= 0) {
      // Even if the keep-alive cannot be sent, the next one is due a whole period later.
      keepAliveStartNanos = now;
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
    if (idleSeconds != OFF) {
      wait = Math.min(wait, idleDeadline() - now);
    }
    if (expirySeconds != OFF) {
      wait = Math.min(wait, expiryDeadline() - now);
    }
    if (refreshSeconds != OFF) {
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
    task = scheduler.schedule(this, wait);
  }

  private long connectionDeadline() {
    return connectionStartNanos + toNanos(connectionSeconds);
  }

  private long idleDeadline() {
    return later(lastReceivedNanos, lastSentNanos) + toNanos(idleSeconds);
  }

  private long expiryDeadline() {
    return later(keepAliveStartNanos, lastReceivedNanos) + toNanos(expirySeconds);
  }

  private boolean isSilenceTold() {
    return expiryTold && lastReceivedNanos - keepAliveStartNanos < 0;
  }

  private long refreshDeadline() {
    return later(keepAliveStartNanos, lastSentNanos) + twoThirds(toNanos(refreshSeconds));
  }

  private boolean awaitsPong() {
    return pongOpen && peerAnswers && pongSeconds != OFF;
  }

  private long pongDeadline() {
    return pongStartNanos + toNanos(pongSeconds);
  }

  private static long later(long a, long b) {
    return a - b >= 0 ? a : b;
  }

  /** Below a quarter of the scale, so that instants stay comparable by subtraction. */
  private static long toNanos(int seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  private static long twoThirds(long nanos) {
    return nanos / 3 * 2 + nanos % 3 * 2 / 3;
  }
}
