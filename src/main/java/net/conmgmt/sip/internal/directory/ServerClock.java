package net.conmgmt.sip.internal.directory;

/**
 * Reads the store's clock off this process's own. An answer that gives the store's time was made
 * between question and answer, so half the round trip is the most by which its middle is wrong; the
 * most certain answer is kept until its certainty has worn off. Guarded by its owner.
 */
final class ServerClock {

  private static final long NANOS = 1_000;

  /** Two clocks drift apart by no more than one part in this many. */
  private static final long DRIFT = 5_000;

  private boolean known;
  private long anchorMicros;
  private long anchorNanos;
  private long anchorDoubtNanos;

  /** An answer told the store's time; it was asked for and came at these instants of ours. */
  void sample(long serverMicros, long sentNanos, long receivedNanos) {
    long half = (receivedNanos - sentNanos) / 2;
    long middle = sentNanos + half;
    long doubt = doubtNanos(receivedNanos);
    boolean stepped = known && Math.abs(serverMicros - micros(middle)) > (half + doubt) / NANOS + 1;
    if (!known || half <= doubt || stepped) {
      anchorMicros = serverMicros;
      anchorNanos = middle;
      anchorDoubtNanos = half;
      known = true;
    }
  }

  /** What the store's clock shows at that instant of ours; 0 where it is not known yet. */
  long micros(long nanos) {
    return known ? anchorMicros + Math.floorDiv(nanos - anchorNanos, NANOS) : 0;
  }

  /** By how much that may be wrong. */
  long doubtMicros(long nanos) {
    return doubtNanos(nanos) / NANOS + 1;
  }

  private long doubtNanos(long nanos) {
    return anchorDoubtNanos + Math.abs(nanos - anchorNanos) / DRIFT;
  }
}
