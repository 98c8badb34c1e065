package net.conmgmt.sip.internal.framing;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the time that a peer takes for one message: a peer that sends a byte now and then keeps
 * every other timer from firing. A task exists only while a message is incomplete. Thread-safe.
 */
public final class MessageDeadline {

  private final Scheduler scheduler;
  private final long patienceNanos;
  private final BooleanSupplier paused;
  private final Runnable expired;
  // All below is guarded by this.
  private Scheduler.@Nullable Task task;
  private boolean inside;
  private long message;
  private long since;

  /**
   * @param paused whether the peer is not read at the moment
   * @param expired what is to be done; names the connection in the log
   */
  public MessageDeadline(
      Scheduler scheduler, Duration patience, BooleanSupplier paused, Runnable expired) {
    this.scheduler = scheduler;
    patienceNanos = patience.toNanos();
    this.paused = paused;
    this.expired = expired;
  }

  /** The stream stands inside the message of that number. */
  public synchronized void inside(long number) {
    if (inside && number == message) {
      return;
    }
    inside = true;
    message = number;
    since = scheduler.nanoTime();
    if (task == null) {
      task = scheduler.scheduleGivingUp(Scheduler.named(expired, this::check), patienceNanos);
    }
  }

  /** The stream stands between two messages. */
  public synchronized void between() {
    inside = false;
  }

  private void check() {
    synchronized (this) {
      task = null;
      if (!inside) {
        return;
      }
      long left =
          paused.getAsBoolean() ? patienceNanos : patienceNanos - (scheduler.nanoTime() - since);
      if (left > 0) {
        task = scheduler.scheduleGivingUp(Scheduler.named(expired, this::check), left);
        return;
      }
    }
    expired.run();
  }

  /** Reading was stopped or goes on: a peer that is not read is not late. */
  public synchronized void restart() {
    since = scheduler.nanoTime();
  }

  /** The connection has ended. */
  public synchronized void cancel() {
    inside = false;
    if (task != null) {
      task.cancel();
      task = null;
    }
  }
}
