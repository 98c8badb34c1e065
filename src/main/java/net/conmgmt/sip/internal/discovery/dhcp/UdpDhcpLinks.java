package net.conmgmt.sip.internal.discovery.dhcp;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import org.jspecify.annotations.Nullable;

/**
 * Opens a UDP socket on port 68 of every suitable interface. An interface is suitable if it is up,
 * has an IPv4 address and an Ethernet hardware address, and is neither loopback nor point-to-point;
 * one that was named in the property only has to be up and have an IPv4 address. Immutable and
 * thread-safe.
 */
public final class UdpDhcpLinks implements DhcpLinks {

  private static final int CLIENT_PORT = 68;
  private static final InetSocketAddress SERVERS = new InetSocketAddress("255.255.255.255", 67);

  private final List<String> names;
  private final int clientPort;
  private final InetSocketAddress servers;

  /**
   * Limits the links.
   *
   * @param names comma separated names of the only interfaces to use; empty for all suitable ones
   */
  public UdpDhcpLinks(String names) {
    this(names, CLIENT_PORT, SERVERS);
  }

  UdpDhcpLinks(String names, int clientPort, InetSocketAddress servers) {
    this.names =
        List.of(names.split(",", -1)).stream()
            .map(String::trim)
            .filter(name -> !name.isEmpty())
            .toList();
    this.clientPort = clientPort;
    this.servers = servers;
  }

  @Override
  public Opened open() {
    List<DhcpLink> links = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (NetworkInterface network : interfaces(failures)) {
      try {
        DhcpLink link = open(network);
        if (link != null) {
          links.add(link);
        } else if (!names.isEmpty()) {
          failures.add(network.getName() + ": expected to be up with an IPv4 address");
        }
      } catch (IOException e) {
        failures.add(network.getName() + ": port " + clientPort + ": " + e.getMessage());
      }
    }
    return new Opened(links, failures);
  }

  private List<NetworkInterface> interfaces(List<String> failures) {
    try {
      if (names.isEmpty()) {
        return NetworkInterface.networkInterfaces().toList();
      }
      List<NetworkInterface> named = new ArrayList<>();
      for (String name : names) {
        NetworkInterface network = NetworkInterface.getByName(name);
        if (network != null) {
          named.add(network);
        } else {
          failures.add(
              name
                  + ": no such interface, see "
                  + ConnectionManagementProperties.Key.DHCP_INTERFACES.propertyName());
        }
      }
      return named;
    } catch (SocketException e) {
      failures.add("the network interfaces cannot be listed: " + e.getMessage());
      return List.of();
    }
  }

  /** The link, or null when the interface is not suitable. */
  private @Nullable DhcpLink open(NetworkInterface network) throws IOException {
    boolean named = !names.isEmpty();
    byte[] hardwareAddress = network.getHardwareAddress();
    boolean ethernet =
        hardwareAddress != null && hardwareAddress.length == DhcpMessages.HARDWARE_ADDRESS_BYTES;
    Inet4Address address =
        network
            .inetAddresses()
            .filter(Inet4Address.class::isInstance)
            .map(Inet4Address.class::cast)
            .findFirst()
            .orElse(null);
    if (address == null
        || !network.isUp()
        || (!named && (!ethernet || network.isLoopback() || network.isPointToPoint()))) {
      return null;
    }
    // Loopback has no hardware address and calls itself all zeros.
    return new UdpDhcpLink(
        network.getName(),
        address,
        ethernet ? hardwareAddress : new byte[DhcpMessages.HARDWARE_ADDRESS_BYTES],
        clientPort,
        servers);
  }
}
