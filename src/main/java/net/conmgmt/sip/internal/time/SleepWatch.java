package net.conmgmt.sip.internal.time;

import java.util.concurrent.TimeUnit;

/**
 * Detects that the machine has slept: the time of day has advanced and the clock of the timers has
 * not. A time of day that was set forward looks the same. Not thread-safe.
 */
final class SleepWatch {

  /** Less than this is no sleep that a peer would notice. */
  private static final long SHORTEST_SLEEP_NANOS = TimeUnit.SECONDS.toNanos(2);

  private long aheadNanos;

  SleepWatch(long dayMillis, long nanoTime) {
    aheadNanos = ahead(dayMillis, nanoTime);
  }

  private static long ahead(long dayMillis, long nanoTime) {
    return TimeUnit.MILLISECONDS.toNanos(dayMillis) - nanoTime;
  }

  /** Whether the machine has slept since the last look. */
  boolean hasSlept(long dayMillis, long nanoTime) {
    long now = ahead(dayMillis, nanoTime);
    long moved = now - aheadNanos;
    aheadNanos = now;
    return moved >= SHORTEST_SLEEP_NANOS;
  }
}
