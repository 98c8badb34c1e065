package net.conmgmt.samples.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.sip.PeerAddress;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.Ports;
import net.conmgmt.samples.testing.RawPeer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The proxy between two clients that are played byte by byte: dialogs, CANCEL and its rules. */
class CallTest {

  private static final String LOOPBACK = "127.0.0.1";

  private int port;
  private ProxyServer proxy;
  private RawPeer alice;
  private RawPeer bob;
  private final CountDownLatch bobGone = new CountDownLatch(1);

  @BeforeEach
  void registerBoth() throws Exception {
    port = Ports.free();
    EventLog events = EventLog.none();
    events.watch(
        (name, details) -> {
          if (name.equals("unregistered") && details.toString().contains("sip:bob@contoso.test")) {
            bobGone.countDown();
          }
        });
    proxy =
        new ProxyServer(
            new StackBuilder("proxy.properties"),
            new ProxyServer.Settings("contoso.test", LOOPBACK, port, null, null, null, null),
            events);
    alice = registered("alice", 1);
    bob = registered("bob", 1);
  }

  @AfterEach
  void close() throws Exception {
    alice.close();
    bob.close();
    proxy.close();
  }

  private RawPeer registered(String user, int cseq) throws Exception {
    RawPeer peer = RawPeer.connect(port);
    peer.send(request("REGISTER", "sip:contoso.test", user, user, cseq, "r" + cseq, contact(user)));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").contains("Contact: <sip:" + user);
    return peer;
  }

  /** An address that nobody listens on: only the connection leads there. */
  private static String contact(String user) {
    return "Contact: <sip:" + user + "@192.0.2.7:9;transport=tcp>";
  }

  private static String request(
      String method, String uri, String from, String to, int cseq, String branch, String... more) {
    String toTag = method.equals("ACK") || method.equals("BYE") ? ";tag=" + to : "";
    return method
        + " "
        + uri
        + " SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.7:9;branch=z9hG4bK"
        + branch
        + from
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:"
        + from
        + "@contoso.test>;tag="
        + from
        + "\r\nTo: <sip:"
        + to
        + "@contoso.test>"
        + toTag
        + "\r\nCall-ID: call-"
        + (method.equals("REGISTER") ? from : "1")
        + "\r\nCSeq: "
        + cseq
        + " "
        + method
        + "\r\n"
        + Arrays.stream(more).map(line -> line + "\r\n").collect(Collectors.joining())
        + "Content-Length: 0\r\n\r\n";
  }

  private static String response(String status, String request, String... more) {
    String kept =
        request
            .lines()
            .filter(line -> line.matches("(?i)(Via|From|To|Call-ID|CSeq|Record-Route):.*"))
            .map(
                line -> line.startsWith("To:") && !line.contains("tag=") ? line + ";tag=bob" : line)
            .collect(Collectors.joining("\r\n"));
    return "SIP/2.0 "
        + status
        + "\r\n"
        + kept
        + "\r\n"
        + Arrays.stream(more).map(line -> line + "\r\n").collect(Collectors.joining())
        + "Content-Length: 0\r\n\r\n";
  }

  private static String headerOf(String message, String name) {
    return message
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("No " + name + " in " + message));
  }

  @Test
  void aCallIsSetUpAcknowledgedAndEndedOnTheConnectionsOfTheClients() throws Exception {
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", 1, "i", contact("alice")));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 100");
    String invite = bob.readMessage();
    assertThat(invite)
        .startsWith("INVITE sip:bob@192.0.2.7:9;transport=tcp SIP/2.0")
        .contains("Max-Forwards: 69")
        .containsPattern("Record-Route: <sip:[^@]+@127.0.0.1:" + port + ";transport=tcp;lr>");
    bob.send(response("180 Ringing", invite));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 180");
    bob.send(response("200 OK", invite, contact("bob")));
    String answer = alice.readMessage();
    assertThat(answer).startsWith("SIP/2.0 200").doesNotContain("SIP/2.0/TCP 127.0.0.1");
    String route = headerOf(answer, "Record-Route").replace("Record-Route", "Route");
    alice.send(request("ACK", "sip:bob@192.0.2.7:9;transport=tcp", "alice", "bob", 1, "a", route));
    assertThat(bob.readMessage()).startsWith("ACK sip:bob@").doesNotContain("\r\nRoute:");
    bob.send(request("BYE", "sip:alice@192.0.2.7:9;transport=tcp", "bob", "alice", 5, "b", route));
    String bye = alice.readMessage();
    assertThat(bye).startsWith("BYE sip:alice@");
    alice.send(response("200 OK", bye));
    assertThat(bob.readMessage()).startsWith("SIP/2.0 200").contains("CSeq: 5 BYE");
  }

  @Test
  void aCallThatIsCancelledEndsOnBothSides() throws Exception {
    String call =
        request("INVITE", "sip:bob@contoso.test", "alice", "bob", 1, "i", contact("alice"));
    alice.send(call);
    assertThat(alice.readMessage()).startsWith("SIP/2.0 100");
    String invite = bob.readMessage();
    bob.send(response("180 Ringing", invite));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 180");
    alice.send(request("CANCEL", "sip:bob@contoso.test", "alice", "bob", 1, "i"));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 200").contains("CSeq: 1 CANCEL");
    String cancel = bob.readMessage();
    assertThat(cancel).startsWith("CANCEL sip:bob@192.0.2.7:9");
    assertThat(headerOf(invite, "Via")).startsWith(headerOf(cancel, "Via"));
    bob.send(response("200 OK", cancel));
    bob.send(response("487 Request Terminated", invite));
    assertThat(bob.readMessage()).startsWith("ACK");
    assertThat(alice.readMessage()).startsWith("SIP/2.0 487");
  }

  @Test
  void aClientWhoseConnectionIsGoneIsNotDialled() throws Exception {
    bob.close();
    assertThat(bobGone.await(30, TimeUnit.SECONDS)).isTrue();
    alice.send(request("OPTIONS", "sip:bob@contoso.test", "alice", "bob", 2, "o"));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 480");
  }

  @Test
  void aRequestThatWaitsForAClientWhoseConnectionEndsIsAnsweredAtOnce() throws Exception {
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", 3, "w", contact("alice")));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 100");
    bob.send(response("180 Ringing", bob.readMessage()));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 180");
    alice.send(request("OPTIONS", "sip:bob@contoso.test", "alice", "bob", 4, "p"));
    assertThat(bob.readMessage()).startsWith("OPTIONS");
    bob.close();
    List<String> answers = List.of(alice.readMessage(), alice.readMessage());
    assertThat(answers).allMatch(answer -> answer.startsWith("SIP/2.0 480 That connection"));
    assertThat(answers.stream().map(answer -> headerOf(answer, "CSeq")))
        .containsExactlyInAnyOrder("CSeq: 3 INVITE", "CSeq: 4 OPTIONS");
  }

  @Test
  void aRequestThatWaitsForANextHopThatEndsTheConnectionIsAnsweredAtOnce() throws Exception {
    try (ServerSocket nextHop = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        ProxyServer edge = edgeOf(nextHop, EventLog.none());
        RawPeer caller = RawPeer.connect(portOf(edge))) {
      caller.send(request("OPTIONS", "sip:bob@contoso.test", "carol", "bob", 5, "n"));
      try (RawPeer hop = RawPeer.accept(nextHop)) {
        assertThat(hop.readMessage()).startsWith("OPTIONS");
      }
      assertThat(caller.readMessage()).startsWith("SIP/2.0 500 The next hop");
    }
  }

  @Test
  void anAnswerJustBeforeTheEndOfItsConnectionIsTheAnswer() throws Exception {
    for (int i = 10; i < 30; i++) {
      alice.send(request("OPTIONS", "sip:bob@contoso.test", "alice", "bob", i, "e" + i));
      bob.send(response("200 OK", bob.readMessage()));
      bob.close();
      assertThat(alice.readMessage()).startsWith("SIP/2.0 200");
      bob = registered("bob", i);
    }
  }

  @Test
  void anAnswerToAClientThatHasGoneIsDroppedAndItsAddressIsNotDialled() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    EventLog events = EventLog.none();
    events.watch(
        (name, details) -> {
          if (name.equals("connection.closed")) {
            gone.countDown();
          }
        });
    try (ServerSocket nextHop = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        ServerSocket stranger = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        ProxyServer edge = edgeOf(nextHop, events);
        RawPeer caller = RawPeer.connect(portOf(edge))) {
      caller.send(request("OPTIONS", "sip:bob@contoso.test", "carol", "bob", 5, "n"));
      try (RawPeer hop = RawPeer.accept(nextHop)) {
        String waiting = hop.readMessage();
        String other;
        try (RawPeer stray = RawPeer.connect(portOf(edge))) {
          stray.send(
              request("OPTIONS", "sip:bob@contoso.test", "dave", "bob", 6, "s")
                  .replace("192.0.2.7:9", LOOPBACK + ":" + stranger.getLocalPort()));
          other = hop.readMessage();
          assertThat(other).contains("From: <sip:dave@");
        }
        assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
        hop.send(response("200 OK", other));
        hop.send(response("200 OK", waiting));
        assertThat(caller.readMessage()).startsWith("SIP/2.0 200");
        stranger.setSoTimeout(200);
        assertThatThrownBy(stranger::accept).isInstanceOf(SocketTimeoutException.class);
      }
    }
  }

  @Test
  void aProxyThatDrainsAcceptsNobodyAndServesWhoIsConnectedUntilEverybodyHasGone()
      throws Exception {
    proxy.drain(Duration.ZERO);
    assertThatThrownBy(() -> RawPeer.connect(port)).isInstanceOf(ConnectException.class);
    CompletableFuture<Void> drained =
        CompletableFuture.runAsync(
            () -> {
              try {
                proxy.drain(Duration.ofMinutes(5));
              } catch (InterruptedException e) {
                throw new CompletionException(e);
              }
            });
    alice.send(request("OPTIONS", "sip:bob@contoso.test", "alice", "bob", 7, "d"));
    bob.send(response("200 OK", bob.readMessage()));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 200");
    assertThat(drained).isNotDone();
    alice.close();
    bob.close();
    drained.get(30, TimeUnit.SECONDS);
    assertThat(proxy.connections()).isZero();
  }

  @Test
  void anInviteRingsOnAllDevicesAndStopsOnTheOthersWhenOneAnswers() throws Exception {
    try (RawPeer second = RawPeer.connect(port)) {
      second.send(
          request("REGISTER", "sip:contoso.test", "bob", "bob", 1, "2", contact("bob"))
              .replace("192.0.2.7:9", "192.0.2.8:9")
              .replace("call-bob", "call-bob-2"));
      assertThat(second.readMessage()).startsWith("SIP/2.0 200");
      alice.send(
          request("INVITE", "sip:bob@contoso.test", "alice", "bob", 1, "i", contact("alice")));
      assertThat(alice.readMessage()).startsWith("SIP/2.0 100");
      String first = bob.readMessage();
      String other = second.readMessage();
      assertThat(List.of(first, other)).allMatch(invite -> invite.startsWith("INVITE sip:bob@"));
      second.send(response("180 Ringing", other));
      assertThat(alice.readMessage()).startsWith("SIP/2.0 180");
      bob.send(response("200 OK", first, contact("bob")));
      assertThat(alice.readMessage()).startsWith("SIP/2.0 200");
      String cancel = second.readMessage();
      assertThat(cancel).startsWith("CANCEL sip:bob@192.0.2.8:9");
      second.send(response("200 OK", cancel));
      second.send(response("487 Request Terminated", other));
      assertThat(second.readMessage()).startsWith("ACK");
    }
  }

  /** A proxy that sends everything on to a next hop. */
  private static ProxyServer edgeOf(ServerSocket nextHop, EventLog events) throws Exception {
    return new ProxyServer(
        new StackBuilder("proxy.properties"),
        new ProxyServer.Settings(
            "contoso.test",
            LOOPBACK,
            Ports.free(),
            null,
            null,
            null,
            new PeerAddress(LOOPBACK, nextHop.getLocalPort(), "TCP")),
        events);
  }

  private static int portOf(ProxyServer server) {
    return Integer.parseInt(server.addresses().replaceAll(".*:", ""));
  }
}
