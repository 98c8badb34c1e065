package net.conmgmt.sip.internal.discovery;

import java.util.random.RandomGenerator;

/**
 * Decides when the outbound proxy of a domain may be looked for again. Pure; not thread-safe.
 *
 * <ol>
 *   <li>The first time at once.
 *   <li>After a discovery that failed, or a connection that was lost within 30 s: 1 s later, each
 *       further time twice as long, up to 60 s; every pause up to a fifth shorter or longer.
 *   <li>After the loss of a connection that lasted longer: within one second of the loss, at
 *       random, for a proxy that restarts loses all its clients at one instant. The doubling begins
 *       anew.
 * </ol>
 */
final class ReconnectBackoff {

  private static final long SECOND = 1_000_000_000L;
  private static final long FIRST_DELAY_NANOS = SECOND;
  static final long LONGEST_DELAY_NANOS = 60 * SECOND;
  static final long LASTING_NANOS = 30 * SECOND;

  private final RandomGenerator random;
  private int failures;
  private long sinceNanos;
  private long pauseNanos;

  ReconnectBackoff(RandomGenerator random) {
    this.random = random;
  }

  /** A discovery has failed. */
  void failed(long nowNanos) {
    pause(nowNanos);
  }

  /** A discovery has connected. */
  void connected(long nowNanos) {
    sinceNanos = nowNanos;
    pauseNanos = 0;
  }

  /**
   * The connection is lost.
   *
   * @return whether it had lasted
   */
  boolean lost(long nowNanos) {
    boolean lasted = nowNanos - sinceNanos > LASTING_NANOS;
    if (lasted) {
      failures = 0;
      sinceNanos = nowNanos;
      pauseNanos = random.nextLong(FIRST_DELAY_NANOS);
    } else {
      pause(nowNanos);
    }
    return lasted;
  }

  private void pause(long nowNanos) {
    long pause = FIRST_DELAY_NANOS;
    for (int i = 0; i < failures && pause < LONGEST_DELAY_NANOS; i++) {
      pause *= 2;
    }
    pause = Math.min(pause, LONGEST_DELAY_NANOS);
    failures++;
    sinceNanos = nowNanos;
    pauseNanos = pause - pause / 5 + random.nextLong(2 * pause / 5 + 1);
  }

  /** What happened before does not count any more. */
  void reset() {
    failures = 0;
    pauseNanos = 0;
  }

  /** How long the next discovery has to wait; 0 when it may begin. */
  long delayNanos(long nowNanos) {
    return pauseNanos == 0 ? 0 : Math.max(0, pauseNanos - (nowNanos - sinceNanos));
  }
}
