package net.conmgmt.sip.discovery;

import java.util.random.RandomGenerator;

/**
 * When the outbound proxy of a domain may be looked for again: the first time at once, then 1 s
 * after the end of the one before, doubling up to 60 s, each up to a fifth shorter or longer. A
 * connection that lasted more than 30 s makes the next time a first one. Pure; not thread-safe.
 */
final class ReconnectBackoff {

  private static final long SECOND = 1_000_000_000L;
  private static final long FIRST_DELAY_NANOS = SECOND;
  private static final long LONGEST_DELAY_NANOS = 60 * SECOND;
  private static final long LASTING_NANOS = 30 * SECOND;

  private final RandomGenerator random;
  private int ends;
  private boolean connected;
  private long endedAtNanos;
  private long pauseNanos;

  ReconnectBackoff(RandomGenerator random) {
    this.random = random;
  }

  /** A discovery has ended. */
  void ended(boolean success, long nowNanos) {
    long delay = FIRST_DELAY_NANOS;
    for (int i = 0; i < ends && delay < LONGEST_DELAY_NANOS; i++) {
      delay *= 2;
    }
    delay = Math.min(delay, LONGEST_DELAY_NANOS);
    ends++;
    connected = success;
    endedAtNanos = nowNanos;
    pauseNanos = delay - delay / 5 + random.nextLong(2 * delay / 5 + 1);
  }

  /** How long the next discovery has to wait; 0 when it may begin. */
  long delayNanos(long nowNanos) {
    long since = nowNanos - endedAtNanos;
    if (connected && since > LASTING_NANOS) {
      ends = 0;
    }
    return ends == 0 ? 0 : Math.max(0, pauseNanos - since);
  }
}
