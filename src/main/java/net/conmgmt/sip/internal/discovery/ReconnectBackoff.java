package net.conmgmt.sip.internal.discovery;

import java.time.Duration;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.FlowRecovery;

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
 *   <li>Where SIP outbound is in force, the pauses of the second rule are those of RFC 5626 section
 *       4.5 for a client all of whose flows have failed: 30 to 60 s, each further time twice as
 *       long, up to 30 minutes; they follow also the loss of a connection on which no keep-alive
 *       was answered.
 *   <li>What the registrar asks for in Retry-After is waited in any case, up to an hour.
 * </ol>
 */
final class ReconnectBackoff {

  private static final long SECOND = 1_000_000_000L;
  private static final long FIRST_DELAY_NANOS = SECOND;
  static final long LONGEST_DELAY_NANOS = 60 * SECOND;
  static final long LASTING_NANOS = 30 * SECOND;

  /** No peer can stop a client for longer. */
  static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);

  private final RandomGenerator random;
  private int failures;
  private long sinceNanos;
  private long pauseNanos;
  private boolean outbound;
  private boolean worked;
  private long askedAtNanos;
  private long askedNanos;

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
    worked = false;
  }

  /** A registration on the connection was accepted, as a flow of SIP outbound or without. */
  void registered(boolean asFlow) {
    outbound = asFlow;
    askedNanos = 0;
  }

  /** A keep-alive was answered on the connection. */
  void keepAliveAnswered() {
    worked = true;
  }

  /** The registrar has refused and asks to wait. */
  void retryAfter(Duration wait, long nowNanos) {
    askedAtNanos = nowNanos;
    askedNanos = (wait.compareTo(LONGEST_RETRY_AFTER) < 0 ? wait : LONGEST_RETRY_AFTER).toNanos();
  }

  /** No pause is longer than this as things stand. */
  long longestDelayNanos() {
    return outbound ? LONGEST_RETRY_AFTER.toNanos() : LONGEST_DELAY_NANOS;
  }

  /**
   * The connection is lost.
   *
   * @return whether it had lasted
   */
  boolean lost(long nowNanos) {
    boolean lasted = nowNanos - sinceNanos > LASTING_NANOS && (worked || !outbound);
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
    failures++;
    sinceNanos = nowNanos;
    pauseNanos =
        outbound
            ? FlowRecovery.delay(failures, true, Duration.ZERO, random).toNanos()
            : doubled(failures - 1);
  }

  private long doubled(int times) {
    long pause = FIRST_DELAY_NANOS;
    for (int i = 0; i < times && pause < LONGEST_DELAY_NANOS; i++) {
      pause *= 2;
    }
    pause = Math.min(pause, LONGEST_DELAY_NANOS);
    return pause - pause / 5 + random.nextLong(2 * pause / 5 + 1);
  }

  /** What happened before does not count any more. */
  void reset() {
    failures = 0;
    pauseNanos = 0;
    askedNanos = 0;
  }

  /** How long the next discovery has to wait; 0 when it may begin. */
  long delayNanos(long nowNanos) {
    return Math.max(
        left(pauseNanos, sinceNanos, nowNanos), left(askedNanos, askedAtNanos, nowNanos));
  }

  private static long left(long pauseNanos, long sinceNanos, long nowNanos) {
    return pauseNanos == 0 ? 0 : Math.max(0, pauseNanos - (nowNanos - sinceNanos));
  }
}
