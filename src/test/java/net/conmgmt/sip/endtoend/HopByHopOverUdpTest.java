package net.conmgmt.sip.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Stream;
import net.conmgmt.sip.plain.PlainProxy;
import net.conmgmt.sip.plain.PlainProxy.Leg;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An application that forwards between TCP and UDP, with the RI's properties of UDP as they are by
 * default and with a pool of threads.
 */
class HopByHopOverUdpTest {

  private static final int PATIENCE_MILLIS = 30_000;

  static Stream<Arguments> copiesAndPools() {
    return Stream.of(PlainProxy.Copy.values())
        .flatMap(copy -> Stream.of("", "3").map(threads -> Arguments.of(copy, threads)));
  }

  @ParameterizedTest(name = "{0} threads: {1}")
  @MethodSource("copiesAndPools")
  @Requirement({"HDR-11", "MSG-3"})
  void anOfferReceivedOverTcpDoesNotLeaveByUdpNorDoesAnAnswerComeBackFromThere(
      PlainProxy.Copy copy, String threads) throws Exception {
    int tcp = Stacks.freePort();
    int udp = Stacks.freePort();
    try (DatagramSocket callee = socket();
        PlainProxy proxy = proxy(threads, tcp, callee.getLocalPort(), copy)) {
      proxy.listenOn(new Leg("udp", udp)).forwardTo(new Leg("udp", callee.getLocalPort()));
      try (RawPeer caller = RawPeer.connect(tcp)) {
        caller.send(options("TCP", "Ms-Keep-Alive: UAC;hop-hop=yes\r\n"));
        DatagramPacket received = receive(callee);
        String forwarded = text(received);
        assertThat(forwarded).startsWith("OPTIONS ").contains("Via: SIP/2.0/UDP 127.0.0.1:" + udp);
        assertThat(keepAliveLines(forwarded)).isEmpty();
        // From the listening point's own socket, as with the RI's transport alone.
        assertThat(received.getPort()).isEqualTo(udp);

        send(callee, udp, RawPeer.okTo(forwarded, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=77\r\n"));
        // The proxy answers for its own hop.
        assertThat(keepAliveLines(caller.readMessage()))
            .containsExactly("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300");
      }
      assertThat(proxy.failures).isEmpty();
    }
  }

  @ParameterizedTest(name = "{0} threads: {1}")
  @MethodSource("copiesAndPools")
  @Requirement({"HDR-11", "MSG-3", "SRV-8"})
  void anOfferReceivedOverUdpIsNotAnsweredAndTheAnswerOfTheNextHopStaysThere(
      PlainProxy.Copy copy, String threads) throws Exception {
    int udp = Stacks.freePort();
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        DatagramSocket caller = socket();
        PlainProxy proxy = proxy(threads, Stacks.freePort(), listener.getLocalPort(), copy)) {
      proxy.listenOn(new Leg("udp", udp));
      send(caller, udp, options("UDP", "Ms-Keep-Alive: UAC;hop-hop=yes;from=caller\r\n"));
      try (RawPeer callee = RawPeer.accept(listener)) {
        String forwarded = callee.readMessage();
        assertThat(keepAliveLines(forwarded)).containsExactly("Ms-Keep-Alive: UAC;hop-hop=yes");

        callee.send(RawPeer.okTo(forwarded, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=77\r\n"));
        DatagramPacket received = receive(caller);
        assertThat(text(received)).startsWith("SIP/2.0 200 ");
        assertThat(keepAliveLines(text(received))).isEmpty();
        assertThat(received.getPort()).isEqualTo(udp);
      }
      assertThat(proxy.failures).isEmpty();
    }
  }

  /** What the RI refuses by itself, on a channel of its own. */
  @ParameterizedTest
  @MethodSource("copiesAndPools")
  @Requirement("MSG-3")
  void aRefusalOfTheStackComesFromTheListeningPoint(PlainProxy.Copy copy, String threads)
      throws Exception {
    int udp = Stacks.freePort();
    try (DatagramSocket caller = socket();
        PlainProxy proxy = proxy(threads, Stacks.freePort(), caller.getLocalPort(), copy)) {
      proxy.listenOn(new Leg("udp", udp));
      send(caller, udp, options("UDP", "").replace("CSeq: 1 OPTIONS", "CSeq: 1 INFO"));
      DatagramPacket received = receive(caller);
      assertThat(text(received)).startsWith("SIP/2.0 400 ");
      assertThat(received.getPort()).isEqualTo(udp);
    }
  }

  private static PlainProxy proxy(String threads, int tcp, int next, PlainProxy.Copy copy)
      throws Exception {
    Properties properties = Stacks.managed();
    if (!threads.isEmpty()) {
      properties.setProperty("gov.nist.javax.sip.THREAD_POOL_SIZE", threads);
    }
    return new PlainProxy(properties, tcp, next, copy);
  }

  private static DatagramSocket socket() throws IOException {
    DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  private static void send(DatagramSocket from, int port, String message) throws IOException {
    byte[] bytes = message.getBytes(UTF_8);
    from.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
  }

  /** The next datagram but a 100, which a stateful proxy may send first. */
  private static DatagramPacket receive(DatagramSocket socket) throws IOException {
    while (true) {
      DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
      socket.receive(packet);
      if (!text(packet).startsWith("SIP/2.0 100 ")) {
        return packet;
      }
    }
  }

  private static String text(DatagramPacket packet) {
    return new String(packet.getData(), 0, packet.getLength(), UTF_8);
  }

  private static Stream<String> keepAliveLines(String message) {
    return message.lines().filter(l -> l.toLowerCase(Locale.ROOT).startsWith("ms-keep-alive"));
  }

  private static String options(String transport, String headerLine) {
    return "OPTIONS sip:callee@contoso.test SIP/2.0\r\n"
        + ("Via: SIP/2.0/" + transport + " 127.0.0.1:5999;rport;branch=z9hG4bK-hop-1\r\n")
        + "Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: hop-1\r\n"
        + "CSeq: 1 OPTIONS\r\n"
        + headerLine
        + "Content-Length: 0\r\n\r\n";
  }
}
