package net.conmgmt.sip.internal.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many accepted connections a stack holds, in all and for one remote address. An IPv6
 * peer is counted by its /64, since one subscriber commonly has all addresses of it; that of a link
 * holds everybody on it, so there each address counts by itself. Every operation is O(1).
 * Thread-safe.
 */
final class ConnectionQuota {

  private final int most;
  private final int mostPerAddress;
  // Guarded by this.
  private final Map<Object, Integer> perAddress = new HashMap<>();
  private int total;

  ConnectionQuota(int most, int mostPerAddress) {
    this.most = most;
    this.mostPerAddress = mostPerAddress;
  }

  /** Counts one more connection; why it must be refused, or null when there is room. */
  synchronized @Nullable String take(InetAddress peer) {
    if (total >= most) {
      return "there are " + total + " already (MAX_CONNECTIONS)";
    }
    Object key = key(peer);
    int count = perAddress.getOrDefault(key, 0);
    if (count >= mostPerAddress) {
      return "there are " + count + " from that address already (MAX_CONNECTIONS_PER_ADDRESS)";
    }
    perAddress.put(key, count + 1);
    total++;
    return null;
  }

  /** A connection that was taken has ended. */
  synchronized void release(InetAddress peer) {
    perAddress.computeIfPresent(key(peer), (key, count) -> count == 1 ? null : count - 1);
    total--;
  }

  /** How many connections and addresses are counted: for tests. */
  synchronized int retained() {
    return total + perAddress.size();
  }

  private static Object key(InetAddress peer) {
    return peer instanceof Inet6Address && !peer.isLinkLocalAddress()
        ? ByteBuffer.wrap(peer.getAddress(), 0, 8)
        : peer;
  }
}
