package net.conmgmt.sip.internal.io;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.time.Scheduler;

/**
 * Keeps the sockets of closed connections open for one second, in which their peers may take the
 * last bytes. Thread-safe.
 */
final class LingeringCloses {

  static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Scheduler scheduler;
  private final Map<SocketWire, Scheduler.Task> leaving = new ConcurrentHashMap<>();
  private volatile boolean over;

  LingeringCloses(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  /**
   * Closes the socket of that wire when the patience is over; false when its peer must not be
   * waited for. Called under the wire's lock, so that the end cannot come before the beginning.
   */
  boolean begin(SocketWire wire) {
    if (over) {
      return false;
    }
    leaving.put(wire, scheduler.schedule(Scheduler.named(wire, wire::closeNow), PATIENCE_NANOS));
    if (over) {
      end(wire);
      return false;
    }
    return true;
  }

  /** The wire's socket is closed. */
  void end(SocketWire wire) {
    Scheduler.Task task = leaving.remove(wire);
    if (task != null) {
      task.cancel();
    }
  }

  /** Closes all sockets; nobody is waited for from now on. */
  void stop() {
    over = true;
    leaving.keySet().forEach(SocketWire::closeNow);
  }
}
