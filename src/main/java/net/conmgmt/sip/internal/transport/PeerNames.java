package net.conmgmt.sip.internal.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import net.conmgmt.sip.internal.config.HostNames;
import net.conmgmt.sip.internal.connection.BoundedMap;
import org.jspecify.annotations.Nullable;

/**
 * Which name was found at which address. The RI knows a hop by one of the two only: when it dials
 * an address again, the certificate must still carry the name ([MS-CONMGMT] 3.2), and a name that
 * was discovered is not looked up a second time. Bounded, what was used longest ago goes first;
 * thread-safe.
 */
final class PeerNames {

  private static final int MAX_NAMES = 256;

  private final Map<InetSocketAddress, String> names = new BoundedMap<>(MAX_NAMES);
  private final Map<String, InetSocketAddress> addresses = new BoundedMap<>(MAX_NAMES);

  /** The name by which the address was looked up, or null; asks no DNS server. */
  static @Nullable String nameIn(InetAddress address) {
    // The only way to learn it that makes no reverse look-up where there is none.
    String text = address.toString();
    String name = text.substring(0, text.indexOf('/'));
    return name.isEmpty() || HostNames.isAddress(name) ? null : name;
  }

  synchronized void put(InetSocketAddress address, String name) {
    InetSocketAddress plain = new InetSocketAddress(address.getAddress(), address.getPort());
    names.put(plain, name);
    addresses.put(key(name, address.getPort()), plain);
  }

  /** The name that was last found at that address. */
  synchronized @Nullable String nameAt(InetSocketAddress address) {
    String name = names.get(address);
    if (name != null) {
      // Whoever dials by one of the two may dial by the other next: both have been used.
      addresses.putIfAbsent(key(name, address.getPort()), address);
    }
    return name;
  }

  /** The address at which that name was last found. */
  synchronized @Nullable InetSocketAddress addressOf(String name, int port) {
    InetSocketAddress address = addresses.get(key(name, port));
    if (address != null) {
      names.putIfAbsent(address, name);
    }
    return address;
  }

  private static String key(String name, int port) {
    return HostNames.comparable(name) + ':' + port;
  }
}
