package net.conmgmt.sip.internal.discovery.dhcp;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The DHCP client port on one interface's address, and the same port on the broadcast address: a
 * server answers to the address in the request, but some broadcast the answer. Thread-safe.
 */
final class UdpDhcpLink implements DhcpLink {

  private static final Logger LOG = LogManager.getLogger(UdpDhcpLink.class);

  private static final String BROADCAST = "255.255.255.255";
  private static final Duration LONGEST = Duration.ofNanos(2 * DhcpDiscovery.TIMER_NANOS);

  private final String name;
  private final Inet4Address address;
  private final byte[] hardwareAddress;
  private final InetSocketAddress servers;
  private final Consumer<byte[]> user = this::received;
  private final DhcpPort port;
  private final @Nullable DhcpPort broadcasts;
  private volatile Consumer<byte[]> receiver = message -> {};

  UdpDhcpLink(
      String name,
      Inet4Address address,
      byte[] hardwareAddress,
      int clientPort,
      InetSocketAddress servers)
      throws IOException {
    this.name = name;
    this.address = address;
    this.hardwareAddress = hardwareAddress.clone();
    this.servers = servers;
    // The interface's address: a broadcast then leaves by this interface.
    port = DhcpPort.join(new InetSocketAddress(address, clientPort), user, LONGEST);
    broadcasts = joinBroadcasts(port.number());
  }

  private @Nullable DhcpPort joinBroadcasts(int clientPort) {
    try {
      return DhcpPort.join(new InetSocketAddress(BROADCAST, clientPort), user, LONGEST);
    } catch (IOException e) {
      LOG.debug("DHCP answers that are broadcast will not be seen on {}", name, e);
      return null;
    }
  }

  private void received(byte[] message) {
    receiver.accept(message);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Inet4Address address() {
    return address;
  }

  @Override
  public byte[] hardwareAddress() {
    return hardwareAddress.clone();
  }

  /** The port of this end. */
  int port() {
    return port.number();
  }

  boolean isClosed() {
    return port.isClosed() && (broadcasts == null || broadcasts.isClosed());
  }

  @Override
  public void listen(Consumer<byte[]> to) {
    receiver = to;
  }

  @Override
  public void send(byte[] message) throws IOException {
    port.send(message, servers);
  }

  @Override
  public void close() {
    port.leave(user);
    if (broadcasts != null) {
      broadcasts.leave(user);
    }
  }
}
