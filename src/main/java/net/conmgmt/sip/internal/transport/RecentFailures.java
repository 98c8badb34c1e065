package net.conmgmt.sip.internal.transport;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.connection.BoundedMap;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Hops that did not answer in time just now. What is sent to one of them fails at once for a while,
 * where each message would have to wait as long again. A hop that refuses at once is not among
 * them. Bounded; thread-safe.
 */
final class RecentFailures {

  static final long PAUSE_SECONDS = 5;

  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(PAUSE_SECONDS);
  private static final int MAX_HOPS = 1_024;

  private final Scheduler clock;
  // Guarded by this.
  private final Map<InetSocketAddress, Long> failedAtNanos = new BoundedMap<>(MAX_HOPS);

  RecentFailures(Scheduler clock) {
    this.clock = clock;
  }

  /** That hop has not answered in time. */
  synchronized void tookTooLong(InetSocketAddress hop) {
    failedAtNanos.put(hop, clock.nanoTime());
  }

  /** That hop has answered. */
  synchronized void succeeded(InetSocketAddress hop) {
    if (!failedAtNanos.isEmpty()) {
      failedAtNanos.remove(hop);
    }
  }

  /** Why nothing is to be sent to that hop now, or null. */
  synchronized @Nullable String reasonAgainst(InetSocketAddress hop) {
    Long failed = failedAtNanos.get(hop);
    if (failed == null) {
      return null;
    }
    long ago = clock.nanoTime() - failed;
    if (ago >= PAUSE_NANOS) {
      failedAtNanos.remove(hop);
      return null;
    }
    return "it did not answer in time "
        + TimeUnit.NANOSECONDS.toMillis(ago)
        + " ms ago; the next message after "
        + PAUSE_SECONDS
        + " s tries it again";
  }
}
