package net.conmgmt.sip.internal.discovery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.xbill.DNS.ResolverConfig;

/**
 * Determines which DNS servers are asked: those of the property {@code DNS_SERVERS}, or else the
 * system's.
 */
final class DnsServers {

  private static final Logger LOG = LogManager.getLogger(DnsServers.class);
  private static final int DNS_PORT = 53;

  private DnsServers() {}

  /**
   * Reads {@code ip:port,ip:port}; IPv6 addresses in brackets; without port it is 53.
   *
   * @return none when the property is empty
   * @throws IllegalArgumentException naming the property, the entry and what was expected
   */
  static List<InetSocketAddress> parse(String property) {
    List<InetSocketAddress> servers = new ArrayList<>();
    if (property.isBlank()) {
      return servers;
    }
    for (String part : property.split(",", -1)) {
      String entry = part.trim();
      int colon = entry.lastIndexOf(':');
      boolean hasPort = colon > entry.indexOf(']');
      boolean bareIpv6 = !entry.startsWith("[") && entry.indexOf(':') != colon;
      if (bareIpv6) {
        throw refused(property, entry);
      }
      InetAddress ip = AddressOfRecord.parseIp(hasPort ? entry.substring(0, colon) : entry);
      int port = hasPort ? port(entry.substring(colon + 1)) : DNS_PORT;
      if (ip == null || port < 1 || port > 65_535) {
        throw refused(property, entry);
      }
      servers.add(new InetSocketAddress(ip, port));
    }
    return servers;
  }

  /**
   * The servers of the system, read anew: the network may be another one than before. None where
   * dnsjava cannot read them, such as after a {@code nameserver} without an address.
   */
  static List<InetSocketAddress> ofSystem() {
    try {
      return List.copyOf(new ResolverConfig().servers());
    } catch (RuntimeException e) {
      LOG.warn(
          "The DNS servers of the system cannot be read; name them in {}",
          ConnectionManagementProperties.Key.DNS_SERVERS.propertyName(),
          e);
      return List.of();
    }
  }

  private static int port(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static IllegalArgumentException refused(String property, String entry) {
    return new IllegalArgumentException(
        "Property "
            + ConnectionManagementProperties.Key.DNS_SERVERS.propertyName()
            + " = '"
            + property
            + "': '"
            + entry
            + "' is not ip:port; expected for example 192.0.2.1:53,[2001:db8::1]:53");
  }
}
