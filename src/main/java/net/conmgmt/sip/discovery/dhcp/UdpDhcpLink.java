package net.conmgmt.sip.discovery.dhcp;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** A UDP socket bound to one interface's address, read by a daemon thread of its own. */
final class UdpDhcpLink implements DhcpLink {

  private static final Logger LOG = LogManager.getLogger(UdpDhcpLink.class);

  /** Ends the thread when nobody is left to close the link: the stack may stop before the timer. */
  private static final int SILENCE_MILLIS =
      (int) TimeUnit.NANOSECONDS.toMillis(2 * DhcpDiscovery.TIMER_NANOS);

  private final String name;
  private final Inet4Address address;
  private final byte[] hardwareAddress;
  private final InetSocketAddress servers;
  private final DatagramSocket socket;

  UdpDhcpLink(
      String name,
      Inet4Address address,
      byte[] hardwareAddress,
      int port,
      InetSocketAddress servers)
      throws IOException {
    this.name = name;
    this.address = address;
    this.hardwareAddress = hardwareAddress.clone();
    this.servers = servers;
    socket = new DatagramSocket(null);
    try {
      // The system's own DHCP client may hold the port.
      socket.setReuseAddress(true);
      socket.setBroadcast(true);
      socket.setSoTimeout(SILENCE_MILLIS);
      // To the interface's address: a broadcast then leaves by this interface.
      socket.bind(new InetSocketAddress(address, port));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
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
    return socket.getLocalPort();
  }

  boolean isClosed() {
    return socket.isClosed();
  }

  @Override
  public void listen(Consumer<byte[]> receiver) {
    Thread thread = new Thread(() -> read(receiver), "conmgmt-dhcp-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  private void read(Consumer<byte[]> receiver) {
    // One byte more than is read, so that a longer message is seen to be too long.
    byte[] buffer = new byte[DhcpMessages.MAX_BYTES + 1];
    try {
      while (!socket.isClosed()) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        receiver.accept(Arrays.copyOf(buffer, packet.getLength()));
      }
    } catch (IOException e) {
      LOG.debug("Reading DHCP messages on {} ends: {}", name, e.getMessage());
    } finally {
      socket.close();
    }
  }

  @Override
  public void send(byte[] message) throws IOException {
    socket.send(new DatagramPacket(message, message.length, servers));
  }

  @Override
  public void close() {
    socket.close();
  }
}
