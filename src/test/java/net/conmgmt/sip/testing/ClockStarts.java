package net.conmgmt.sip.testing;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Where the clock of a test in virtual time starts:
 * {@code @MethodSource("net.conmgmt.sip.testing.ClockStarts#all")} at a parameterized class shows
 * that all its tests survive the wrap of the scale.
 */
public final class ClockStarts {

  private static final List<Long> STARTS =
      List.of(
          Long.MIN_VALUE, -1L, 0L, Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(100), Long.MAX_VALUE);

  private ClockStarts() {}

  /** Instants in nanoseconds: the ends of the scale, zero, and shortly before a wrap. */
  public static List<Long> all() {
    return STARTS;
  }
}
