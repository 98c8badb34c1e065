package net.conmgmt.sip.internal.discovery.dhcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real sockets, on loopback and with ephemeral ports. */
@Timeout(30)
class UdpDhcpLinksTest {

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @Requirement("DISC-4")
  @Test
  void aServerIsAskedAndItsAnswerUsedOnANamedInterface() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK);
        SystemScheduler scheduler = new SystemScheduler("test")) {
      DhcpLinks links = onLoopback(loopbackName(), 0, server);
      CompletableFuture<DhcpResult> result = new CompletableFuture<>();
      scheduler.schedule(
          () -> {
            CompletableFuture<?> unused =
                DhcpDiscovery.start(scheduler, new Random(1), links).thenAccept(result::complete);
          },
          0);
      DatagramPacket request = new DatagramPacket(new byte[600], 600);
      server.receive(request);
      byte[] inform = Arrays.copyOf(request.getData(), request.getLength());
      assertThat(Arrays.copyOfRange(inform, 12, 16)).containsExactly(127, 0, 0, 1);
      byte[] xid = Arrays.copyOfRange(inform, 4, 8);
      byte[] answer = DhcpReplies.ackOf(0, new byte[6], "a.contoso.com", "b.contoso.com");
      System.arraycopy(xid, 0, answer, 4, 4);
      for (byte[] message : new byte[][] {new byte[5_000], new byte[0], answer}) {
        server.send(new DatagramPacket(message, message.length, request.getSocketAddress()));
      }
      assertThat(result.get(30, TimeUnit.SECONDS).names())
          .containsExactlyInAnyOrder("a.contoso.com", "b.contoso.com");
    }
  }

  @Requirement("DISC-4")
  @Test
  void anAnswerThatIsBroadcastIsSeen() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK)) {
      server.setBroadcast(true);
      UdpDhcpLink link = (UdpDhcpLink) onLoopback(loopbackName(), 0, server).open().links().get(0);
      BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
      link.listen(received::add);
      byte[] message = {1, 2, 3};
      server.send(
          new DatagramPacket(
              message, message.length, new InetSocketAddress("255.255.255.255", link.port())));
      assertThat(received.poll(30, TimeUnit.SECONDS)).isEqualTo(message);
      link.close();
    }
  }

  @Test
  void severalStacksShareThePortAndTheLastOneClosesIt() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK)) {
      int port = freePort();
      UdpDhcpLink first =
          (UdpDhcpLink) onLoopback(loopbackName(), port, server).open().links().get(0);
      UdpDhcpLink second =
          (UdpDhcpLink) onLoopback(loopbackName(), port, server).open().links().get(0);
      BlockingQueue<byte[]> atFirst = new LinkedBlockingQueue<>();
      BlockingQueue<byte[]> atSecond = new LinkedBlockingQueue<>();
      first.listen(atFirst::add);
      second.listen(atSecond::add);
      byte[] message = {1, 2, 3};
      DatagramPacket packet =
          new DatagramPacket(message, message.length, new InetSocketAddress(LOOPBACK, port));
      server.send(packet);
      assertThat(atFirst.poll(30, TimeUnit.SECONDS)).isEqualTo(message);
      assertThat(atSecond.poll(30, TimeUnit.SECONDS)).isEqualTo(message);
      first.close();
      first.close();
      server.send(packet);
      assertThat(atSecond.poll(30, TimeUnit.SECONDS)).isEqualTo(message);
      assertThat(atFirst).isEmpty();
      assertThat(second.isClosed()).isFalse();
      second.close();
      assertThat(second.isClosed()).isTrue();
      awaitFree(port);
    }
  }

  @Test
  void aClosedLinkGivesItsPortBack() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK)) {
      UdpDhcpLink link = (UdpDhcpLink) onLoopback(loopbackName(), 0, server).open().links().get(0);
      link.listen(message -> {});
      int port = link.port();
      link.close();
      assertThat(link.isClosed()).isTrue();
      awaitFree(port);
    }
  }

  @Requirement("DISC-5")
  @Test
  void aPortThatMayNotBeUsedIsAFailureThatSaysWhichAndWhy() throws Exception {
    try (DatagramSocket other = new DatagramSocket(null)) {
      other.setReuseAddress(false);
      other.bind(new InetSocketAddress(LOOPBACK, 0));
      DhcpLinks.Opened opened = onLoopback(loopbackName(), other.getLocalPort(), other).open();
      assertThat(opened.links()).isEmpty();
      assertThat(opened.failures())
          .singleElement()
          .asString()
          .startsWith(loopbackName() + ": port " + other.getLocalPort() + ": ");
    }
  }

  @Test
  void aNameThatNoInterfaceHasIsAFailureThatNamesTheProperty() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK)) {
      DhcpLinks.Opened opened = onLoopback(" nosuch0, " + loopbackName() + ",", 0, server).open();
      assertThat(opened.failures())
          .containsExactly("nosuch0: no such interface, see net.conmgmt.sip.DHCP_INTERFACES");
      assertThat(opened.links()).extracting(DhcpLink::name).containsExactly(loopbackName());
      opened.links().forEach(DhcpLink::close);
    }
  }

  /** The thread that receives lets go of the socket a moment after it was closed. */
  private static void awaitFree(int port) {
    await()
        .ignoreExceptions()
        .until(
            () -> {
              new DatagramSocket(port, LOOPBACK).close();
              return true;
            });
  }

  /** Binds sockets on what this machine has, and sends nothing. */
  @Requirement("DISC-4")
  @Test
  void withoutNamesEveryEthernetThatIsUpWithAnIpv4AddressIsUsedAndLoopbackIsNot() throws Exception {
    try (DatagramSocket server = new DatagramSocket(0, LOOPBACK)) {
      DhcpLinks.Opened opened = onLoopback("", 0, server).open();
      List<String> expected = new ArrayList<>();
      for (NetworkInterface network : NetworkInterface.networkInterfaces().toList()) {
        byte[] hardwareAddress = network.getHardwareAddress();
        if (network.isUp()
            && !network.isPointToPoint()
            && hardwareAddress != null
            && hardwareAddress.length == 6
            && network.inetAddresses().anyMatch(Inet4Address.class::isInstance)) {
          expected.add(network.getName());
        }
      }
      assertThat(opened.failures()).isEmpty();
      assertThat(opened.links())
          .extracting(DhcpLink::name)
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(opened.links())
          .allSatisfy(
              link -> {
                NetworkInterface network = NetworkInterface.getByName(link.name());
                assertThat(network.isUp()).isTrue();
                assertThat(network.isLoopback() || network.isPointToPoint()).isFalse();
                assertThat(link.hardwareAddress()).isEqualTo(network.getHardwareAddress());
                assertThat(network.inetAddresses()).contains(link.address());
              });
      opened.links().forEach(DhcpLink::close);
    }
  }

  private static int freePort() throws Exception {
    try (DatagramSocket socket = new DatagramSocket(0, LOOPBACK)) {
      return socket.getLocalPort();
    }
  }

  private static UdpDhcpLinks onLoopback(String names, int clientPort, DatagramSocket server) {
    return new UdpDhcpLinks(names, clientPort, (InetSocketAddress) server.getLocalSocketAddress());
  }

  private static String loopbackName() throws Exception {
    return NetworkInterface.getByInetAddress(LOOPBACK).getName();
  }
}
