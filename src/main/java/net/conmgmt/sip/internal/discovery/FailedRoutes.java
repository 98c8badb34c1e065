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
 * minutes after it failed (later where the pauses of its domain are longer), so that the entries
 * that the domain prefers come first again. Thread-safe.
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
  private final Map<Route, Failure> failures = new LinkedHashMap<>();

  private record Failure(long atNanos, long countsNanos) {}

  /** It could not be connected, or did not last. */
  void failed(Route route, long nowNanos) {
    failed(route, nowNanos, POSTPONED_NANOS);
  }

  /** The same; it counts so long. */
  synchronized void failed(Route route, long nowNanos, long countsNanos) {
    failures.remove(route);
    failures.put(route, new Failure(nowNanos, countsNanos));
    if (failures.size() > MOST) {
      failures.remove(failures.keySet().iterator().next());
    }
  }

  /** It was connected. */
  synchronized void connected(Route route) {
    failures.remove(route);
  }

  /** What failed in another network says nothing about this one. */
  synchronized void clear() {
    failures.clear();
  }

  /** Those that come after the others now. */
  synchronized Set<Route> postponed(long nowNanos) {
    failures.values().removeIf(each -> nowNanos - each.atNanos >= each.countsNanos);
    return new HashSet<>(failures.keySet());
  }
}
