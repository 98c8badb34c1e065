package net.conmgmt.sip.connection;

import net.conmgmt.sip.time.Scheduler;

/**
 * When a connection last received and sent: all that its timers have to do for each read and write.
 * A superclass of the timers and not a part of them, as its fields then lie side by side at the
 * beginning of the object: with a hundred thousand connections it is the cache lines that count.
 *
 * <p>Thread-safe, without a lock.
 */
abstract class TrafficStamps {

  final Scheduler scheduler;
  private volatile long receivedNanos;
  private volatile long sentNanos;
  // The expiry timer fired and waits for a byte.
  private volatile boolean asleep;

  TrafficStamps(Scheduler scheduler) {
    this.scheduler = scheduler;
    receivedNanos = scheduler.nanoTime();
    sentNanos = receivedNanos;
  }

  /** Bytes arrived after the timer fell asleep: the one case in which traffic takes a lock. */
  abstract void wake();

  /** Bytes arrived. */
  public final void received() {
    receivedNanos = scheduler.nanoTime();
    if (asleep) {
      wake();
    }
  }

  /** Bytes were sent. */
  public final void sent() {
    sentNanos = scheduler.nanoTime();
  }

  final long receivedNanos() {
    return receivedNanos;
  }

  final long sentNanos() {
    return sentNanos;
  }

  final boolean isAsleep() {
    return asleep;
  }

  final void asleep(boolean isSo) {
    asleep = isSo;
  }
}
