package net.conmgmt.sip.internal.discovery.dhcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who keeps the DHCP client port open; real sockets on loopback. */
@Timeout(30)
class DhcpPortTest {

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  /** A stack may stop before its discovery ends, and other clients' answers never cease. */
  @Test
  void whoNeverLeavesIsTakenOutThoughTheNetworkIsNeverSilent() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK)) {
      DhcpPort port =
          DhcpPort.join(new InetSocketAddress(LOOPBACK, 0), message -> {}, Duration.ofMillis(300));
      DatagramPacket packet =
          new DatagramPacket(new byte[1], 1, new InetSocketAddress(LOOPBACK, port.number()));
      await()
          .pollInterval(Duration.ofMillis(20))
          .until(
              () -> {
                server.send(packet);
                return port.isClosed();
              });
      assertThat(port.isClosed()).isTrue();
    }
  }

  @Test
  void thePortThatTheClientOfTheSystemHoldsCanBeUsedToo() throws Exception {
    try (DatagramSocket client = new DatagramSocket(null)) {
      client.setReuseAddress(true);
      client.bind(new InetSocketAddress(LOOPBACK, 0));
      Consumer<byte[]> user = message -> {};
      DhcpPort port =
          DhcpPort.join(
              new InetSocketAddress(LOOPBACK, client.getLocalPort()), user, Duration.ofMinutes(1));
      assertThat(port.number()).isEqualTo(client.getLocalPort());
      port.leave(user);
    }
  }

  @Test
  void theThreadThatReadsKeepsNoJvmAlive() throws Exception {
    Consumer<byte[]> user = message -> {};
    FutureTask<DhcpPort> join =
        new FutureTask<>(
            () -> DhcpPort.join(new InetSocketAddress(LOOPBACK, 0), user, Duration.ofMinutes(1)));
    // A thread is what its maker is unless it is told.
    Thread application = new Thread(join, "application");
    application.setDaemon(false);
    application.start();
    DhcpPort port = join.get();
    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> thread.getName().equals("conmgmt-dhcp-127.0.0.1"))
        .isNotEmpty()
        .allMatch(Thread::isDaemon);
    port.leave(user);
  }
}
