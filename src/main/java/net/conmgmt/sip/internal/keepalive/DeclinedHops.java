package net.conmgmt.sip.internal.keepalive;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.ManagedConnection;

/**
 * The first hops of a stack that have declined a dialect. Without this memory, the first REGISTER
 * of every new connection would be refused again. A hop is asked again after a day, as it may have
 * learned the dialect by then. Thread-safe.
 */
final class DeclinedHops {

  static final long KEPT_NANOS = TimeUnit.DAYS.toNanos(1);

  /** More than a client has first hops; bounds the memory. */
  static final int MOST = 256;

  private record Hop(KeepAliveDialect dialect, InetSocketAddress address, String transport) {
    static Hop of(KeepAliveDialect dialect, ManagedConnection connection) {
      return new Hop(dialect, connection.remoteAddress(), connection.transport());
    }
  }

  // In the order of the refusals, the oldest first.
  private final Map<Hop, Long> declinedAtNanos = new LinkedHashMap<>();

  /** The peer of this connection has declined. */
  synchronized void add(KeepAliveDialect dialect, ManagedConnection connection, long nowNanos) {
    Hop hop = Hop.of(dialect, connection);
    declinedAtNanos.remove(hop);
    declinedAtNanos.put(hop, nowNanos);
    if (declinedAtNanos.size() > MOST) {
      declinedAtNanos.remove(declinedAtNanos.keySet().iterator().next());
    }
  }

  /** Whether the peer of this connection has declined within the last day. */
  synchronized boolean has(KeepAliveDialect dialect, ManagedConnection connection, long nowNanos) {
    if (declinedAtNanos.isEmpty()) {
      return false;
    }
    declinedAtNanos.values().removeIf(at -> nowNanos - at >= KEPT_NANOS);
    return declinedAtNanos.containsKey(Hop.of(dialect, connection));
  }
}
