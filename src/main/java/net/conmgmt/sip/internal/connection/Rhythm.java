package net.conmgmt.sip.internal.connection;

import java.util.concurrent.TimeUnit;

/**
 * Says when a client's keep-alives are due on a connection, taking everything that was negotiated
 * on it together. Immutable; spans are in nanoseconds, and 0 means none.
 *
 * @param silenceNanos a keep-alive is due so long after the last byte sent
 * @param leastNanos with {@code mostNanos}: the next keep-alive is due at random within these after
 *     the last one, whatever else is sent
 * @param answerDemanded whether a peer that has never answered a keep-alive must answer as well
 */
public record Rhythm(long silenceNanos, long leastNanos, long mostNanos, boolean answerDemanded) {

  /** No keep-alive is due. */
  public static final Rhythm NONE = new Rhythm(0, 0, 0, false);

  /** Two thirds of T after the last byte sent ([MS-CONMGMT] 3.4.2); T is at least 1. */
  public static Rhythm afterSilence(int timeoutSeconds) {
    long nanos = TimeUnit.SECONDS.toNanos(Math.max(1, timeoutSeconds));
    // Without an intermediate result that is too large; a nanosecond less does no harm.
    return new Rhythm(nanos / 3 * 2, 0, 0, false);
  }

  /** 80 to 100 % of T from one to the next (RFC 5626 section 4.4, RFC 6223 section 5). */
  public static Rhythm ofEach(int timeoutSeconds) {
    long most = TimeUnit.SECONDS.toNanos(Math.max(1, timeoutSeconds));
    return new Rhythm(0, most / 5 * 4, most, true);
  }

  /** 95 to 120 s from one to the next, where the peer names no T (RFC 5626 section 4.4.1). */
  public static Rhythm ofOwnChoice() {
    return new Rhythm(0, TimeUnit.SECONDS.toNanos(95), TimeUnit.SECONDS.toNanos(120), true);
  }

  /** Both: a keep-alive at whichever is due first. */
  public Rhythm and(Rhythm other) {
    return new Rhythm(
        shorter(silenceNanos, other.silenceNanos),
        shorter(leastNanos, other.leastNanos),
        shorter(mostNanos, other.mostNanos),
        answerDemanded || other.answerDemanded);
  }

  private static long shorter(long a, long b) {
    return a == 0 || b == 0 ? Math.max(a, b) : Math.min(a, b);
  }

  /** Whether any keep-alive is ever due. */
  public boolean isOn() {
    return longestNanos() > 0;
  }

  /** The longest time between two keep-alives while nothing else is sent. */
  public long longestNanos() {
    return shorter(silenceNanos, mostNanos);
  }
}
