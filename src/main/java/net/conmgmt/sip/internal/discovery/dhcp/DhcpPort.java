package net.conmgmt.sip.internal.discovery.dhcp;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A UDP port that receives the answers of DHCP servers, read by a daemon thread. All stacks of the
 * process share it: of several sockets on one address and port the system would give an answer to
 * one only. Every user sees every datagram. Thread-safe.
 */
final class DhcpPort {

  private static final Logger LOG = LogManager.getLogger(DhcpPort.class);

  /** Guards itself, and who uses the ports in it. */
  private static final Map<InetSocketAddress, DhcpPort> OPEN = new HashMap<>();

  private final InetSocketAddress key;
  private final DatagramSocket socket;
  private final List<Consumer<byte[]>> users = new CopyOnWriteArrayList<>();

  private DhcpPort(InetSocketAddress key) throws IOException {
    this.key = key;
    socket = new DatagramSocket(null);
    try {
      // The system's own DHCP client may hold the port.
      socket.setReuseAddress(true);
      socket.bind(key);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Opens the port or joins those who use it already.
   *
   * @param user gets every datagram, on the port's thread, until it leaves
   * @param longest when it is taken out, should it not leave: a stack may stop before that
   * @throws IOException when the system does not permit it
   */
  static DhcpPort join(InetSocketAddress address, Consumer<byte[]> user, Duration longest)
      throws IOException {
    DhcpPort port = open(address, user);
    CompletableFuture<?> unused =
        new CompletableFuture<@Nullable Void>()
            .completeOnTimeout(null, longest.toMillis(), TimeUnit.MILLISECONDS)
            .thenRun(() -> port.leave(user));
    return port;
  }

  private static DhcpPort open(InetSocketAddress address, Consumer<byte[]> user)
      throws IOException {
    synchronized (OPEN) {
      DhcpPort port = OPEN.get(address);
      boolean isNew = port == null;
      if (port == null) {
        port = new DhcpPort(address);
        if (address.getPort() != 0) {
          OPEN.put(address, port);
        }
      }
      port.users.add(user);
      if (isNew) {
        Thread thread =
            new Thread(port::read, "conmgmt-dhcp-" + address.getAddress().getHostAddress());
        thread.setDaemon(true);
        thread.start();
      }
      return port;
    }
  }

  /** The last one to leave closes the port. May be called again. */
  void leave(Consumer<byte[]> user) {
    synchronized (OPEN) {
      users.remove(user);
      if (users.isEmpty()) {
        close();
      }
    }
  }

  void send(byte[] message, InetSocketAddress to) throws IOException {
    socket.send(new DatagramPacket(message, message.length, to));
  }

  int number() {
    return socket.getLocalPort();
  }

  boolean isClosed() {
    return socket.isClosed();
  }

  private void read() {
    // One byte more than is read, so that a longer message is seen to be too long.
    byte[] buffer = new byte[DhcpMessages.MAX_BYTES + 1];
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        byte[] message = Arrays.copyOf(buffer, packet.getLength());
        users.forEach(user -> user.accept(message));
      }
    } catch (IOException e) {
      LOG.debug("No more DHCP messages are read at {}: {}", key, e.getMessage());
    } finally {
      synchronized (OPEN) {
        close();
      }
    }
  }

  private void close() {
    socket.close();
    OPEN.remove(key, this);
  }
}
