package net.conmgmt.sip.internal.connection;

import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.RemainingTimes;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one connection. They are deadlines rather than tasks: at most one task is pending
 * for the connection, at or before its earliest deadline, and checks when it runs which deadlines
 * have passed. {@link Traffic} does not go through here; it is read when a deadline has passed.
 *
 * <p>The object is the pending task itself, and small, as a proxy has one for each connection.
 *
 * <p>Times are in seconds, instants in nanoseconds of the scheduler. Thread-safe. What is due is
 * decided under the lock and told outside it, on the scheduler's thread.
 */
public abstract sealed class ConnectionTimers implements Runnable
    permits ClientTimers, ProxyTimers {

  /** A period or timer that is not set. */
  static final int OFF = 0;

  /** No deadline. */
  static final long NEVER = Long.MAX_VALUE;

  /** Later than this, it was not the peer alone that stood still. */
  private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** The time to read what has arrived meanwhile. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  // Its clock is that of the timers too.
  private final Traffic traffic;

  // Below: guarded by this.
  private boolean stopped;
  private Scheduler.@Nullable Task task;
  private long taskAtNanos;
  // Whether the last run was late, so that nothing was held against the peer before this instant.
  private boolean patient;
  private long patientUntilNanos;

  ConnectionTimers(Traffic traffic) {
    this.traffic = traffic;
    patientUntilNanos = now();
  }

  // What each side adds. All but tell is called under the lock.

  /** Takes note of what is due, each as a bit, and begins its next period. */
  abstract int takeDue(long now);

  /** Tells what was due, without a lock. */
  abstract void tell(int due);

  /** How long to wait from now for the earliest deadline, or {@link #NEVER}. */
  abstract long nanosToNext(long now);

  abstract RemainingTimes remaining(long now);

  /** When the timers fire. */
  public final synchronized RemainingTimes remaining() {
    return stopped ? RemainingTimes.NONE : remaining(now());
  }

  /** Ends all timers for good; no task is left. */
  public final synchronized void stop() {
    stopped = true;
    if (task != null) {
      task.cancel();
      task = null;
    }
  }

  /** For the scheduler: does what is due. At any other time nothing is. */
  @Override
  public final void run() {
    int due;
    synchronized (this) {
      boolean replaced = task != null && taskAtNanos - now() > 0;
      if (stopped || replaced) {
        // It had left the queue when it was cancelled; the one in its place is pending.
        return;
      }
      if (task != null) {
        lookAgainIfLate();
      }
      task = null;
      due = takeDue(now());
      arm();
    }
    tell(due);
  }

  /**
   * This process may have stood still with the peer's bytes in its socket. They are read before the
   * peer is given up: its deadlines move once, and not again where this process stays slow.
   */
  private void lookAgainIfLate() {
    long now = now();
    patient = !patient && now - taskAtNanos > LATE_NANOS;
    if (patient) {
      patientUntilNanos = now + PATIENCE_NANOS;
    }
  }

  /** The deadline of what waits for the peer. */
  final long withPatience(long deadlineNanos) {
    return later(deadlineNanos, patientUntilNanos);
  }

  final long lastReceivedNanos() {
    return traffic.lastReceivedNanos();
  }

  final long lastSentNanos() {
    return traffic.lastSentNanos();
  }

  /** Called under the lock. */
  final boolean isStopped() {
    return stopped;
  }

  final long now() {
    return traffic.scheduler().nanoTime();
  }

  /** Makes sure that the task is pending no later than the earliest deadline. */
  final void arm() {
    long now = now();
    long wait = nanosToNext(now);
    if (wait == NEVER) {
      if (task != null) {
        task.cancel();
        task = null;
      }
      return;
    }
    if (task != null) {
      if (taskAtNanos - now <= wait) {
        return;
      }
      task.cancel();
    }
    taskAtNanos = now + wait;
    task = traffic.scheduler().schedule(this, wait);
  }

  /** What is overdue fires at once. */
  static long toMillis(long nanos) {
    return Math.max(0, nanos / 1_000_000);
  }

  /** Below a quarter of the scale, so that instants stay comparable by subtraction. */
  static long toNanos(int seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  static long later(long a, long b) {
    return a - b >= 0 ? a : b;
  }
}
