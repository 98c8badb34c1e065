package net.conmgmt.sip.keepalive;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Consumer;
import net.conmgmt.sip.connection.ConnectionRegistry;
import net.conmgmt.sip.connection.ManagedConnection;
import net.conmgmt.sip.connection.Traffic;
import net.conmgmt.sip.time.Scheduler;

/**
 * A handler whose timers look at the traffic. Each read and each write stamps its instant here,
 * without a lock or a fence, and touches no other object of the connection: among many connections
 * memory is what a stamp costs.
 */
abstract class TimedHandler extends BaseHandler implements Traffic {

  private static final AtomicLongFieldUpdater<TimedHandler> LAST_RECEIVED =
      AtomicLongFieldUpdater.newUpdater(TimedHandler.class, "lastReceivedNanos");
  private static final AtomicLongFieldUpdater<TimedHandler> LAST_SENT =
      AtomicLongFieldUpdater.newUpdater(TimedHandler.class, "lastSentNanos");

  private final Scheduler scheduler;
  private volatile long lastReceivedNanos;
  private volatile long lastSentNanos;

  TimedHandler(
      ManagedConnection connection,
      ConnectionRegistry registry,
      Consumer<ManagedConnection> whenClosed,
      Scheduler scheduler) {
    super(connection, registry, whenClosed);
    this.scheduler = scheduler;
    lastReceivedNanos = scheduler.nanoTime();
    lastSentNanos = lastReceivedNanos;
  }

  @Override
  public final void bytesReceived() {
    LAST_RECEIVED.lazySet(this, scheduler.nanoTime());
  }

  @Override
  public final void bytesSent() {
    LAST_SENT.lazySet(this, scheduler.nanoTime());
  }

  @Override
  public final long lastReceivedNanos() {
    return lastReceivedNanos;
  }

  @Override
  public final long lastSentNanos() {
    return lastSentNanos;
  }
}
