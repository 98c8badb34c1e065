package net.conmgmt.sip.internal.time;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A timer task that gives up a peer. If it runs late, this process was suspended, possibly with
 * data from the peer waiting in its socket; that data is read first, and the task runs a second
 * later. Thread-safe.
 */
final class GivingUp implements Runnable, Scheduler.Task {

  private static final long LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Scheduler scheduler;
  private final Runnable task;
  private final long atNanos;
  // Guarded by this.
  private Scheduler.@Nullable Task pending;
  private boolean cancelled;
  private boolean putOff;

  GivingUp(Scheduler scheduler, Runnable task, long delayNanos) {
    this.scheduler = scheduler;
    this.task = task;
    atNanos = scheduler.nanoTime() + Math.max(0, delayNanos);
  }

  synchronized GivingUp begin(long delayNanos) {
    pending = scheduler.schedule(this, delayNanos);
    return this;
  }

  @Override
  public void run() {
    synchronized (this) {
      if (cancelled) {
        return;
      }
      if (!putOff && scheduler.nanoTime() - atNanos > LATE_NANOS) {
        putOff = true;
        pending = scheduler.schedule(this, PATIENCE_NANOS);
        return;
      }
    }
    task.run();
  }

  @Override
  public synchronized void cancel() {
    cancelled = true;
    if (pending != null) {
      pending.cancel();
    }
  }

  /** The task, for log lines. */
  @Override
  public String toString() {
    return task.toString();
  }
}
