package net.conmgmt.sip.transport;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names under which addresses were found. The RI knows a hop by its address only: when it dials
 * one again, the certificate must still carry the name (3.2). Bounded; thread-safe.
 */
final class PeerNames {

  private static final int MAX_NAMES = 256;

  private final Map<InetSocketAddress, String> names =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InetSocketAddress, String> eldest) {
          return size() > MAX_NAMES;
        }
      };

  /** Whether the host of a hop is an IP address: the RI marks all of them as names. */
  static boolean isAddress(String host) {
    return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
  }

  synchronized void put(InetSocketAddress address, String name) {
    names.put(new InetSocketAddress(address.getAddress(), address.getPort()), name);
  }

  synchronized @Nullable String get(InetSocketAddress address) {
    return names.get(address);
  }
}
