package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Path;
import java.util.Properties;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.keepalive.KeepAliveListener;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Peers that break rules: each costs itself its connection, with the right reason, and leaves no
 * thread, no table entry and no descriptor behind. Another peer is served all the while.
 */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
class HostilePeersTest {

  private static final String SILENT = "closed PROXY CONNECTION_TIMER";
  private static final byte[] IPV6_LOOPBACK = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

  private final String io;
  private final String transport;
  private final EventRecorder events = new EventRecorder();
  @TempDir private Path folder;
  private TestCertificates authority;
  private int port;
  private PlainApplication server;
  private long descriptors;

  HostilePeersTest(String io, String transport) {
    this.io = io;
    this.transport = transport;
  }

  @BeforeEach
  void startServer() throws Exception {
    authority = new TestCertificates(folder);
    port = Stacks.freePort();
    String[] limits = {
      IoKinds.PROPERTY,
      io,
      "net.conmgmt.sip.MAX_HEADER_BYTES",
      "4096",
      "net.conmgmt.sip.MAX_BODY_BYTES",
      "1048576",
      "net.conmgmt.sip.MAX_WRITE_QUEUE_BYTES",
      "65536",
      "net.conmgmt.sip.MESSAGE_TIMEOUT",
      "2",
      "net.conmgmt.sip.CONNECTION_TIMEOUT",
      "4",
      "net.conmgmt.sip.MAX_CONNECTIONS",
      "8",
      "net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS",
      "6",
    };
    Properties properties = authority.properties(authority.keyStore("x", "ip:127.0.0.1"), limits);
    server = new PlainApplication(properties, "127.0.0.1", port, transport);
    if (hasIpv6()) {
      server.alsoListenOn("::1", port);
    }
    ConnectionManagement.of(server.stack()).addListener(events);
    // What the first connection of a stack opens for good must not count as left behind.
    try (RawPeer first = connect()) {
      first.send(request("OPTIONS", 0, ""));
      first.readMessage();
    }
    events.await("closed PROXY PEER_CLOSED");
    descriptors = openDescriptors();
  }

  @AfterEach
  void nothingIsLeftBehind() throws Exception {
    await().until(() -> openDescriptors() <= descriptors);
    StackScope scope = StackScope.of(server.stack());
    await().until(() -> StackTransport.of(scope).quota().retained() == 0);
    await().until(() -> StackTransport.of(scope).memory().takenBytes() == 0);
    await().until(() -> ConnectionManagement.of(server.stack()).connections().isEmpty());
    assertThat(KeepAliveListener.of(scope)).isNotNull();
    server.close();
    await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .noneMatch(name -> name.matches("conmgmt-(io|worker)-" + port + "\\b.*")));
  }

  private static boolean hasIpv6() throws IOException {
    return NetworkInterface.getByInetAddress(InetAddress.getByAddress(IPV6_LOOPBACK)) != null;
  }

  /** 0 where the system does not tell. */
  private static long openDescriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getOpenFileDescriptorCount()
        : 0;
  }

  private RawPeer connect() throws Exception {
    return transport.equals("tls")
        ? RawPeer.connectTls(port, authority.clientContext())
        : RawPeer.connect(port);
  }

  private String request(String method, int number, String moreLines) {
    return method
        + " sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/"
        + transport
        + " 127.0.0.1:5999;branch=z9hG4bK-"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: call-"
        + number
        + "\r\nCSeq: 1 "
        + method
        + "\r\n"
        + moreLines
        + "Content-Length: 0\r\n\r\n";
  }

  private void othersAreServed() throws Exception {
    try (RawPeer good = connect()) {
      good.send(request("OPTIONS", 99, ""));
      assertThat(good.readMessage()).startsWith("SIP/2.0 200 OK");
    }
  }

  /** Three peers at once, so that they wait for their timers together. */
  @Test
  void messagesThatTrickleEndWithTheMessageTimeoutAndASilentConnectionWithTheConnectionTimer()
      throws Exception {
    try (RawPeer silent = connect();
        RawPeer slowHeader = connect();
        RawPeer slowBody = connect()) {
      String begun = request("OPTIONS", 1, "Subject: slowly\r\n");
      slowHeader.send(begun.substring(0, 100));
      slowBody.send(
          request("MESSAGE", 1, "")
              .replace("Content-Length: 0\r\n\r\n", "Content-Length: 500\r\n\r\n"));
      slowBody.send("b".repeat(400));
      othersAreServed();
      assertThat(slowHeader.readsEnd()).isTrue();
      assertThat(slowBody.readsEnd()).isTrue();
      events.await(
          "closed PROXY BAD_INPUT a message was not complete within 2 s (MESSAGE_TIMEOUT)", 2);
      assertThat(events.events()).noneMatch(event -> event.startsWith(SILENT));
      assertThat(silent.readsEnd()).isTrue();
      events.await(SILENT);
    }
  }

  @Test
  void aMessageOfOneMegabyteIsTaken() throws Exception {
    try (RawPeer peer = connect()) {
      int size = 1_048_576;
      peer.send(
          request("MESSAGE", 1, "Content-Type: text/plain\r\n")
              .replace("Content-Length: 0\r\n\r\n", "Content-Length: " + size + "\r\n\r\n"));
      peer.send("m".repeat(size));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK");
      assertThat(server.requests)
          .anySatisfy(request -> assertThat(request.getRawContent()).hasSize(size));
    }
  }

  private String tooLarge(int size) {
    return request("MESSAGE", 1, "")
        .replace("Content-Length: 0\r\n\r\n", "Content-Length: " + size + "\r\n\r\n");
  }

  @Test
  void aBodyBeyondTheLimitIsAnsweredWith413AndTheConnectionGoesOn() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send(tooLarge(1_048_577));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 413 Request Entity Too Large\r\n");
      peer.send("b".repeat(1_048_577));
      peer.send(request("OPTIONS", 2, ""));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK");
      assertThat(StackTransport.of(StackScope.of(server.stack())).memory().takenBytes()).isZero();
    }
  }

  @Test
  void aBodyThatIsTooLargeToBeSkippedEndsTheConnectionBeforeItComes() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send(tooLarge(17 * 1_048_576));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 413 Request Entity Too Large\r\n");
      assertThat(peer.readsEnd()).isTrue();
      events.await("closed PROXY BAD_INPUT Too much to skip: Content-Length 17825792 is above");
    }
  }

  @Test
  void bytesThatBelongToNoMessageArePassedOver() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send("\r\n\u0000");
      peer.send("\t\ufeff" + request("OPTIONS", 1, "") + "\u0000\r\n");
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK");
      events.await("refused ");
      peer.send("\u0000" + request("OPTIONS", 2, ""));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK");
    }
  }

  @Test
  void aBareCarriageReturnCostsItsRequestOnly() throws Exception {
    try (RawPeer peer = connect()) {
      for (String bare : new String[] {"a\rb", "a\r"}) {
        peer.send(request("OPTIONS", 1, "Subject: " + bare + "\r\n"));
        assertThat(peer.readMessage()).startsWith("SIP/2.0 400 Bad Request\r\n");
        peer.send(request("OPTIONS", 2, ""));
        assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK");
      }
    }
  }

  @Test
  void aBareCarriageReturnThatHidesALengthEndsTheConnection() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send(request("OPTIONS", 1, "Subject: a\rContent-Length: 99\r\n"));
      assertThat(peer.readsEnd()).isTrue();
      events.await("closed PROXY BAD_INPUT");
    }
  }

  @Test
  void aFloodOfKeepAlivesIsAnsweredOnceForEachReadAndAtALimitedRate() throws Exception {
    try (RawPeer peer = connect()) {
      int pairs = 100_000;
      peer.send("\r\n\r\n".repeat(pairs) + request("OPTIONS", 1, ""));
      int pongs = 0;
      while (peer.socket().getInputStream().read() == '\r') {
        peer.read(1);
        pongs++;
      }
      assertThat(pongs).isBetween(1, 2_000);
      peer.readMessage();
      peer.send("\r\n\r\n");
      events.await("received");
    }
  }

  @Test
  void aHeaderBombEndsTheConnectionAtTheLimit() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send("OPTIONS sip:a@b SIP/2.0\r\n" + "Via: x\r\n".repeat(700));
      assertThat(peer.readsEnd()).isTrue();
      events.await("closed PROXY BAD_INPUT The header section is longer than 4096 bytes");
    }
  }

  @Test
  void garbageAfterAMessageEndsTheConnectionAfterTheMessageWasAnswered() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send(request("OPTIONS", 1, ""));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK");
      peer.send("<garbage>");
      assertThat(peer.readsEnd()).isTrue();
      events.await("closed PROXY BAD_INPUT Expected a SIP message or CRLF, found byte 0x3c");
    }
  }

  @Test
  void aRequestThatDoesNotParseIsAnsweredWith400AndCostsItselfOnly() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send(request("OPTIONS", 1, "").replace("CSeq: 1 OPTIONS", "CSeq: one OPTIONS"));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 400 Bad Request\r\n");
      events.await("refused a message that begins with 'OPTIONS sip:peer@127.0.0.1 SIP/2.0'");
      peer.send(request("OPTIONS", 2, ""));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK");
    }
  }

  @Test
  void aPeerThatDoesNotReadIsClosedAndOthersAreServed() throws Exception {
    try (RawPeer stalled = connect()) {
      Thread writer = new Thread(() -> writeUntilClosed(stalled));
      writer.start();
      othersAreServed();
      events.await("closed PROXY WRITE_QUEUE_FULL");
      writer.join();
    }
  }

  private void writeUntilClosed(RawPeer peer) {
    try {
      String padded =
          request("OPTIONS", 1, "").replace("<sip:a@b>", "x".repeat(3000) + "<sip:a@b>");
      for (int i = 0; i < 200_000; i++) {
        peer.send(padded.replace("z9hG4bK-1", "z9hG4bK-" + i));
      }
    } catch (IOException closed) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void theOtherProtocolOnThePortEndsTheConnection() throws Exception {
    if (transport.equals("tls")) {
      try (RawPeer plain = RawPeer.connect(port)) {
        plain.send(request("OPTIONS", 1, ""));
        assertThat(plain.readsEnd()).isTrue();
        events.await("closed PROXY TLS_FAILED");
      }
    } else {
      try (RawPeer tls = RawPeer.connect(port)) {
        // The first record of a TLS client.
        tls.send("\u0016\u0003\u0001\u0002\u0000\u0001");
        assertThat(tls.readsEnd()).isTrue();
        events.await(
            "closed PROXY BAD_INPUT Expected a SIP message or CRLF, found byte 0x16 (a TLS client"
                + " on a TCP port?)");
      }
    }
  }

  @Test
  void oneConnectionTooManyFromAnAddressIsRefusedAndTheOthersStay() throws Exception {
    RawPeer[] peers = new RawPeer[6];
    try {
      for (int i = 0; i < peers.length; i++) {
        peers[i] = connect();
        peers[i].send(request("OPTIONS", i, ""));
        assertThat(peers[i].readMessage()).startsWith("SIP/2.0 200 OK");
      }
      try (RawPeer tooMany = RawPeer.connect(port)) {
        assertThat(tooMany.readsEnd()).isTrue();
      }
      events.await(
          "connection refused: there are 6 from that address already (MAX_CONNECTIONS_PER_ADDRESS)");
      peers[0].send(request("OPTIONS", 7, ""));
      assertThat(peers[0].readMessage()).startsWith("SIP/2.0 200 OK");
    } finally {
      for (RawPeer peer : peers) {
        if (peer != null) {
          peer.close();
        }
      }
    }
    // A place is free again as soon as one has left.
    await().until(() -> ConnectionManagement.of(server.stack()).connections().isEmpty());
    othersAreServed();
  }

  @Test
  void aResetInTheMiddleOfAMessageEndsTheConnection() throws Exception {
    try (RawPeer peer = RawPeer.connect(port)) {
      if (transport.equals("tcp")) {
        peer.send("OPTIONS sip:a@b SIP/2.0\r\n");
        events.await("established PROXY", 2);
      }
      peer.socket().setSoLinger(true, 0);
    }
    events.await(transport.equals("tcp") ? "closed PROXY IO_ERROR" : "closed PROXY TLS_FAILED");
  }

  @Test
  void peersOnTheIpv6LoopbackAreServed() throws Exception {
    assumeTrue(hasIpv6(), "This machine has no IPv6 loopback address");
    InetAddress ipv6 = InetAddress.getByAddress(IPV6_LOOPBACK);
    try (RawPeer peer =
        transport.equals("tls")
            ? RawPeer.connectTls(ipv6, port, authority.clientContext())
            : RawPeer.connect(ipv6, port)) {
      peer.send(request("OPTIONS", 1, ""));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK");
      peer.send("\r\n\r\n");
      assertThat(peer.read(2)).isEqualTo("\r\n");
    }
  }
}
