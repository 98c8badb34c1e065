package net.conmgmt.sip.internal.directory;

/**
 * Reads the store's clock off this process's own: from what its last answers said of its time.
 * Guarded by its owner.
 */
final class ServerClock {

  private static final long NANOS = 1_000;

  /** An answer that took longer says too little of the time: this process may have slept. */
  private static final long MAX_ROUND_TRIP_NANOS = 500_000_000;

  private boolean known;
  private long anchorMicros;
  private long anchorNanos;

  /** An answer told the store's time; it was asked for and came at these instants of ours. */
  void sample(long serverMicros, long sentNanos, long receivedNanos) {
    long roundTrip = receivedNanos - sentNanos;
    if (known && roundTrip > MAX_ROUND_TRIP_NANOS) {
      return;
    }
    anchorMicros = serverMicros;
    anchorNanos = sentNanos + roundTrip / 2;
    known = true;
  }

  /** What the store's clock shows at that instant of ours; 0 where it is not known yet. */
  long micros(long nanos) {
    return known ? anchorMicros + Math.floorDiv(nanos - anchorNanos, NANOS) : 0;
  }
}
