package net.conmgmt.sip.internal.connection;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import net.conmgmt.sip.internal.time.Scheduler;

/**
 * Records when bytes last moved on a connection, for its timers. Instants are in nanoseconds of the
 * scheduler.
 *
 * <p>A transport's connection is one of these instead of having one: a read or a write then writes
 * its instant where it is at work already. Among many connections any further object is in no
 * cache, and costs more than the clock. Thread-safe; a stamp takes no lock and no fence.
 */
public class Traffic {

  private static final AtomicLongFieldUpdater<Traffic> LAST_RECEIVED =
      AtomicLongFieldUpdater.newUpdater(Traffic.class, "lastReceivedNanos");
  private static final AtomicLongFieldUpdater<Traffic> LAST_SENT =
      AtomicLongFieldUpdater.newUpdater(Traffic.class, "lastSentNanos");

  private volatile long lastReceivedNanos;
  private volatile long lastSentNanos;
  private final Scheduler scheduler;

  /** Of a connection that is made now, which counts as traffic. */
  public Traffic(Scheduler scheduler) {
    this.scheduler = scheduler;
    lastReceivedNanos = scheduler.nanoTime();
    lastSentNanos = lastReceivedNanos;
  }

  /** Bytes arrived now, whatever they are. */
  public final void bytesReceived() {
    LAST_RECEIVED.lazySet(this, scheduler.nanoTime());
  }

  /** Bytes were handed to the socket now. */
  public final void bytesSent() {
    LAST_SENT.lazySet(this, scheduler.nanoTime());
  }

  final Scheduler scheduler() {
    return scheduler;
  }

  final long lastReceivedNanos() {
    return lastReceivedNanos;
  }

  final long lastSentNanos() {
    return lastSentNanos;
  }
}
