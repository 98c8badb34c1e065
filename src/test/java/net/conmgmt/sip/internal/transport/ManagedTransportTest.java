package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import gov.nist.javax.sip.stack.SIPClientTransaction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.sip.SipException;
import javax.sip.header.CSeqHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
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

/** The managed TCP transport on real sockets, under an application that knows nothing of it. */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
class ManagedTransportTest {

  private final String io;
  private final String transport;

  private final EventRecorder events = new EventRecorder();
  @TempDir private Path folder;
  private TestCertificates authority;
  private Path keyStore;
  private int port;
  private PlainApplication server;

  ManagedTransportTest(String io, String transport) {
    this.io = io;
    this.transport = transport;
  }

  @BeforeEach
  void startServer() throws Exception {
    authority = new TestCertificates(folder);
    keyStore = authority.keyStore("x", "ip:127.0.0.1");
    port = Stacks.freePort();
    server =
        application(
            port,
            "gov.nist.javax.sip.THREAD_POOL_SIZE",
            "4",
            "net.conmgmt.sip.MAX_WRITE_QUEUE_BYTES",
            "65536");
    ConnectionManagement.of(server.stack()).addListener(events);
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  private PlainApplication application(int ownPort, String... more) throws Exception {
    Properties properties = authority.properties(keyStore, more);
    properties.setProperty(IoKinds.PROPERTY, io);
    return new PlainApplication(properties, "127.0.0.1", ownPort, transport);
  }

  private RawPeer connect() throws Exception {
    return transport.equals("tls")
        ? RawPeer.connectTls(port, authority.clientContext())
        : RawPeer.connect(port);
  }

  private static String options(int number) {
    return options(number, "");
  }

  private static String options(int number, String displayName) {
    return "OPTIONS sip:peer@127.0.0.1 SIP/2.0\r\n"
        + "Via: SIP/2.0/X 127.0.0.1:5999;branch=z9hG4bK-"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: "
        + displayName
        + " <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: call-"
        + number
        + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  }

  @Test
  void aConnectionDoesNotHoldTheTransactionThatUsedItLast() throws Exception {
    try (PlainApplication client = application(Stacks.freePort())) {
      SIPClientTransaction transaction =
          (SIPClientTransaction) client.sendTo(Request.OPTIONS, "127.0.0.1", port);
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(transaction.getMessageChannel()).isInstanceOf(ManagedMessageChannel.class);
      assertThat(transaction.getMessageChannel().getEncapsulatedClientTransaction()).isNull();
    }
  }

  @Test
  void everyFirstRequestOfTwoHundredConnectionsIsAnswered() throws Exception {
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      int another = Stacks.freePort();
      server.alsoListenOn(another);
      ports.add(another);
    }
    try (PlainApplication client = application(Stacks.freePort())) {
      for (int destination : ports) {
        client.sendTo(Request.OPTIONS, "127.0.0.1", destination);
      }
      for (int i = 0; i < 200; i++) {
        assertThat(client.responses.poll(30, TimeUnit.SECONDS)).as("response %d", i).isNotNull();
      }
      assertThat(ConnectionManagement.of(client.stack()).connections()).hasSize(200);
      assertThat(ConnectionManagement.of(server.stack()).connections()).hasSize(200);
    }
  }

  @Test
  void aListenerThatHearsOfTheEndMaySendOverANewConnection() throws Exception {
    int another = Stacks.freePort();
    whenClosed(() -> server.sendTo(Request.OPTIONS, "127.0.0.1", another));
    try (PlainApplication peer = application(another)) {
      connect().close();
      assertThat(peer.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(server.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
    }
  }

  @Test
  void aListenerThatBlocksHoldsUpNoOtherConnection() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    whenClosed(
        () -> {
          blocked.countDown();
          release.await();
        });
    try (RawPeer before = connect()) {
      connect().close();
      assertThat(blocked.await(30, TimeUnit.SECONDS)).isTrue();
      before.send(options(1));
      assertThat(before.readMessage()).startsWith("SIP/2.0 200");
      try (RawPeer after = connect()) {
        after.send(options(2));
        assertThat(after.readMessage()).startsWith("SIP/2.0 200");
      }
    } finally {
      release.countDown();
    }
  }

  /** What may throw. */
  private interface Action {
    void run() throws Exception;
  }

  private void whenClosed(Action action) {
    ConnectionManagement.of(server.stack())
        .addListener(
            new ConnectionManagementListener() {
              @Override
              public void closed(ManagedConnection connection, CloseReason reason, String detail) {
                try {
                  action.run();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              }
            });
  }

  @Test
  void pipelinedRequestsOfOneCallArriveInTheOrderInWhichTheyWereSent() throws Exception {
    try (RawPeer peer = connect()) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 2000; i++) {
        all.append(
            options(i)
                .replaceFirst("Call-ID: [^\r]*", "Call-ID: one")
                .replace("CSeq: 1 ", "CSeq: " + (i + 1) + ' '));
      }
      Thread reader = readAway(peer);
      peer.send(all.toString());
      for (int i = 0; i < 2000; i++) {
        Request request = server.requests.poll(30, TimeUnit.SECONDS);
        assertThat(request).isNotNull();
        CSeqHeader cseq = (CSeqHeader) request.getHeader(CSeqHeader.NAME);
        assertThat(cseq.getSeqNumber()).isEqualTo(i + 1);
      }
      peer.socket().close();
      reader.join();
    }
  }

  private static Thread readAway(RawPeer peer) {
    Thread reader =
        new Thread(
            () -> {
              try {
                peer.socket().getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
              } catch (java.io.IOException closed) {
                Thread.currentThread().interrupt();
              }
            });
    reader.start();
    return reader;
  }

  @Test
  void aMessageSentByteByByteIsOneMessage() throws Exception {
    try (RawPeer peer = connect()) {
      for (char c : options(1).toCharArray()) {
        peer.send(String.valueOf(c));
      }
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200 OK\r\n");
    }
  }

  @Test
  void twoCrlfsAreAnsweredWithOneEvenBeforeAnyMessage() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send("\r\n\r\n");
      assertThat(peer.read(2)).isEqualTo("\r\n");
      peer.send("\r");
      peer.send("\n\r");
      peer.send("\n");
      assertThat(peer.read(2)).isEqualTo("\r\n");
      events.await("received", 2);
    }
  }

  /** MAX_WRITE_QUEUE_BYTES is for a peer that does not read, and no bound on a message. */
  @Test
  void aMessageFarAboveTheBoundOfTheBacklogReachesAPeerThatReads() throws Exception {
    String large = "x".repeat(5_000_000);
    try (RawPeer peer = connect()) {
      peer.send(options(1));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      SocketConnection connection =
          (SocketConnection)
              ConnectionManagement.of(server.stack()).connections().iterator().next();
      connection.write(ByteBuffer.wrap(large.getBytes(StandardCharsets.US_ASCII)));
      assertThat(peer.read(large.length()).equals(large)).isTrue();
      peer.send(options(2));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    }
  }

  @Test
  void endOfStreamIsNotTakenForAKeepAlive() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send(options(1));
      peer.readMessage();
    }
    events.await("closed PROXY PEER_CLOSED");
    assertThat(events.events()).doesNotContain("received");
  }

  @Test
  void aMessageThatDoesNotParseCostsOnlyItself() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send("NO SENSE AT ALL HERE\r\nContent-Length: 3\r\n\r\nabc" + options(1));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    }
  }

  @Test
  void aRefusedConnectFailsTheRequestAtOnce() throws Exception {
    int nobody = Stacks.freePort();
    assertThatThrownBy(() -> server.sendTo(Request.OPTIONS, "127.0.0.1", nobody))
        .isInstanceOf(SipException.class);
    events.await("closed CLIENT CONNECT_FAILED");
    assertThat(ConnectionManagement.of(server.stack()).connections()).isEmpty();
  }

  @Test
  void requestsToTheSameDestinationShareOneConnection() throws Exception {
    try (PlainApplication client = application(Stacks.freePort())) {
      for (int i = 0; i < 20; i++) {
        client.sendTo(Request.OPTIONS, "127.0.0.1", port);
      }
      for (int i = 0; i < 20; i++) {
        assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      }
      assertThat(events.events().stream().filter(e -> e.equals("established PROXY"))).hasSize(1);
    }
  }

  @Test
  void aConnectionWorksInBothDirections() throws Exception {
    int clientPort = Stacks.freePort();
    try (PlainApplication client = application(clientPort)) {
      client.sendTo(Request.OPTIONS, "127.0.0.1", port);
      client.responses.take();
      var back = ConnectionManagement.of(server.stack()).connections().iterator().next();
      server.sendTo(Request.OPTIONS, "127.0.0.1", back.remoteAddress().getPort());
      assertThat(client.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(server.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(ConnectionManagement.of(server.stack()).connections()).hasSize(1);
    }
  }

  @Test
  void aStackStopsAndStartsAgainWithoutLeavingAThreadOrAPort() throws Exception {
    int again = Stacks.freePort();
    // The server's own threads are there when its first connection is.
    try (RawPeer first = connect()) {
      first.send(options(0));
      first.readMessage();
    }
    events.await("closed PROXY");
    Set<String> before = managedThreads();
    for (int i = 0; i < 3; i++) {
      try (PlainApplication client = application(again)) {
        client.sendTo(Request.OPTIONS, "127.0.0.1", port);
        assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      }
    }
    await().until(() -> managedThreads().equals(before));
    await().until(() -> ConnectionManagement.of(server.stack()).connections().isEmpty());
  }

  /** All but those that the server has more or less of from time to time. */
  private Set<String> managedThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("conmgmt-"))
        .filter(thread -> !thread.getName().contains("-" + port + "-"))
        .map(thread -> thread.getName() + thread.getId())
        .collect(Collectors.toSet());
  }

  @Test
  void aKeepAliveNeverOpensAConnection() throws Exception {
    try (ServerSocket nobodyCalls = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> server.sendHeartbeat("127.0.0.1", nobodyCalls.getLocalPort()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("keep-alive");
      nobodyCalls.setSoTimeout(200);
      assertThatThrownBy(nobodyCalls::accept).isInstanceOf(SocketTimeoutException.class);
    }
    assertThat(events.events()).isEmpty();
  }

  @Test
  void aHeartbeatOfTheApplicationGoesOutOnTheOpenConnection() throws Exception {
    try (PlainApplication client = application(Stacks.freePort())) {
      client.sendTo(Request.OPTIONS, "127.0.0.1", port);
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      client.sendHeartbeat("127.0.0.1", port);
      events.await("received");
    }
  }

  @Test
  void connectingComesBeforeEstablishedAndClosedComesOnce() throws Exception {
    try (RawPeer peer = connect()) {
      peer.send(options(1));
      peer.readMessage();
    }
    events.await("closed");
    server.close();
    assertThat(events.events())
        .containsExactly("connecting PROXY", "established PROXY", "closed PROXY PEER_CLOSED ");
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> server.alsoListenOn(taken.getLocalPort()))
          .rootCause()
          .hasMessageContaining("in use");
    }
  }

  @Test
  void aBadPropertyValueRefusesToStart() throws Exception {
    int free = Stacks.freePort();
    assertThatThrownBy(() -> application(free, "net.conmgmt.sip.KEEP_ALIVE_TIMEOUT", "soon"))
        .hasStackTraceContaining(
            "Property net.conmgmt.sip.KEEP_ALIVE_TIMEOUT = 'soon': expected whole seconds");
  }
}
