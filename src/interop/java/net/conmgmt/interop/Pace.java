package net.conmgmt.interop;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets work begin at a fixed rate, by a schedule: what takes longer once is made up for, but no
 * more than a second of it, so that a stall is not followed by a burst. For one thread.
 */
final class Pace {

  private static final long CATCH_UP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long intervalNanos;
  private long dueNanos = System.nanoTime();

  Pace(int perSecond) {
    intervalNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
  }

  /** Waits until the next piece of work is due. */
  void await() throws InterruptedException {
    dueNanos += intervalNanos;
    long missedNanos = System.nanoTime() - dueNanos - CATCH_UP_NANOS;
    dueNanos += Math.max(0, missedNanos);
    for (long left = dueNanos - System.nanoTime(); left > 0; left = dueNanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        throw new InterruptedException("Interrupted before the next piece of work was due");
      }
    }
  }
}
