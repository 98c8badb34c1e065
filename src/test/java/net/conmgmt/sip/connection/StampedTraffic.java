package net.conmgmt.sip.connection;

import net.conmgmt.sip.time.Scheduler;

/** Traffic as a test makes it. Not thread-safe. */
class StampedTraffic implements ProxyTimers.Effects, ClientTimers.Effects {

  private final Scheduler clock;
  private long lastReceivedNanos;
  private long lastSentNanos;

  StampedTraffic(Scheduler clock) {
    this.clock = clock;
    lastReceivedNanos = clock.nanoTime();
    lastSentNanos = lastReceivedNanos;
  }

  void received() {
    lastReceivedNanos = clock.nanoTime();
  }

  void sent() {
    lastSentNanos = clock.nanoTime();
  }

  @Override
  public long lastReceivedNanos() {
    return lastReceivedNanos;
  }

  @Override
  public long lastSentNanos() {
    return lastSentNanos;
  }
}
