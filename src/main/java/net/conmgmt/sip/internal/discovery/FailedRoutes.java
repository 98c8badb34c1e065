package net.conmgmt.sip.internal.discovery;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Remembers the addresses that failed a short time ago: they could not be connected, their
 * connection was lost soon or given up, or they never answered a request. A discovery tries them
 * after the others and never leaves them out. An address is forgotten once it is connected, or two
 * minutes after it failed, so that the entries that the domain prefers come first again.
 * Thread-safe.
 */
final class FailedRoutes {

  /**
   * Longer than the longest pause between two discoveries, so that it outlasts a series of them.
   */
  static final long POSTPONED_NANOS = 2 * ReconnectBackoff.LONGEST_DELAY_NANOS;

  /** More than one discovery tries; bounds the memory. */
  static final int MOST = 256;

  /** An address and how it is spoken to. */
  record Route(InetSocketAddress address, String transport) {}

  // In the order of the failures, the oldest first.
  private final Map<Route, Long> failedAtNanos = new LinkedHashMap<>();

  /** It could not be connected, or did not last. */
  synchronized void failed(Route route, long nowNanos) {
    failedAtNanos.remove(route);
    failedAtNanos.put(route, nowNanos);
    if (failedAtNanos.size() > MOST) {
      failedAtNanos.remove(failedAtNanos.keySet().iterator().next());
    }
  }

  /** It was connected. */
  synchronized void connected(Route route) {
    failedAtNanos.remove(route);
  }

  /** What failed in another network says nothing about this one. */
  synchronized void clear() {
    failedAtNanos.clear();
  }

  /** Those that come after the others now. */
  synchronized Set<Route> postponed(long nowNanos) {
    failedAtNanos.values().removeIf(failedAt -> nowNanos - failedAt >= POSTPONED_NANOS);
    return new HashSet<>(failedAtNanos.keySet());
  }
}
