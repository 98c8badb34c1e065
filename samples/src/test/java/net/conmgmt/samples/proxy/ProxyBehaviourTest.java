package net.conmgmt.samples.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.SipStackImpl;
import java.io.BufferedWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.Certificates;
import net.conmgmt.samples.testing.Ports;
import net.conmgmt.samples.testing.RawPeer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What RFC 3261 section 16 asks of a proxy, between clients that are played byte by byte. */
@Execution(ExecutionMode.CONCURRENT)
class ProxyBehaviourTest {

  private static final String LOOPBACK = "127.0.0.1";

  /** Of what is cancelled, instead of half a minute. */
  private static final long TIMEOUT_MILLIS = 300;

  /** Two clients behind two NATs have the same one. */
  private static final String CONTACT = "192.168.1.10:5060";

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(2);
  private final CountDownLatch bobGone = new CountDownLatch(1);
  private ProxyServer proxy;
  private int port;
  private int calls;
  private volatile boolean faulty;

  @BeforeEach
  void start() throws Exception {
    port = Ports.free();
    proxy = proxy(new StackBuilder("proxy.properties"), LOOPBACK, null);
  }

  private ProxyServer proxy(
      StackBuilder properties, String listen, @org.jspecify.annotations.Nullable Integer tlsPort)
      throws Exception {
    EventLog events = EventLog.none();
    events.watch(
        (name, details) -> {
          if (name.equals("connection.closed")) {
            closed.countDown();
          }
          if (name.equals("unregistered") && "sip:bob@contoso.test".equals(details.get("aor"))) {
            bobGone.countDown();
          }
          if (faulty && name.equals("registered")) {
            throw new IllegalStateException("a fault of this test");
          }
        });
    ProxyServer server =
        new ProxyServer(
            properties,
            new ProxyServer.Settings("contoso.test", listen, port, tlsPort, null, null, null),
            events,
            TIMEOUT_MILLIS,
            Forwarder.TIMER_C_MILLIS);
    opened.add(0, server);
    return server;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private RawPeer connect() throws Exception {
    return opened(RawPeer.connect(port));
  }

  private RawPeer opened(RawPeer peer) {
    opened.add(peer);
    return peer;
  }

  private RawPeer registered(String user) throws Exception {
    return registered(connect(), user, "<sip:" + user + "@" + CONTACT + ";transport=tcp>");
  }

  private RawPeer registered(RawPeer peer, String user, String contact) throws Exception {
    peer.send(
        request("REGISTER", "sip:contoso.test", user, user, "Contact: " + contact, "Expires: 60"));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    return peer;
  }

  /** Each is a new transaction and a new call. */
  private String request(String method, String uri, String from, String to, String... lines) {
    calls++;
    return inCall(calls, method, uri, from, to, "", lines);
  }

  private String inCall(
      int call, String method, String uri, String from, String to, String toTag, String... lines) {
    return method
        + " "
        + uri
        + " SIP/2.0\r\nVia: SIP/2.0/TCP 192.168.1.10:5060;branch=z9hG4bK"
        + method
        + call
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:"
        + from
        + "@contoso.test>;tag="
        + from
        + "\r\nTo: <sip:"
        + to
        + "@contoso.test>"
        + toTag
        + "\r\nCall-ID: call-"
        + call
        + "\r\nCSeq: 1 "
        + method
        + "\r\n"
        + String.join("", List.of(lines).stream().map(line -> line + "\r\n").toList())
        + "Content-Length: 0\r\n\r\n";
  }

  private static String contact(String user) {
    return "Contact: <sip:" + user + "@" + CONTACT + ";transport=tcp>";
  }

  private static String header(String message, String name) {
    return message
        .lines()
        .filter(line -> line.startsWith(name + ":"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("No " + name + " in " + message));
  }

  private static String readFinal(RawPeer peer) throws Exception {
    String response = peer.readMessage();
    while (response.startsWith("SIP/2.0 1")) {
      response = peer.readMessage();
    }
    return response;
  }

  @Test
  void theAnswerToARegistrationSaysItsTimeInExpiresAsWell() throws Exception {
    RawPeer peer = connect();
    peer.send(request("REGISTER", "sip:contoso.test", "a", "a", contact("a") + ";expires=77"));
    assertThat(peer.readMessage()).contains(";expires=77\r\n", "\r\nExpires: 77\r\n");
    peer.send(request("REGISTER", "sip:contoso.test", "a", "a", contact("a"), "Expires: 0"));
    assertThat(peer.readMessage()).contains("\r\nExpires: 0\r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "INVITE, 200, no Contact",
    "SUBSCRIBE, 200, no Expires",
    "INVITE, 486, no Via of the caller",
    "MESSAGE, 486, no Via of the caller",
    "INVITE, 486, another From tag",
    "MESSAGE, 200, another From tag",
  })
  void aResponseThatIsAmissReachesTheCallerAllTheSame(String method, int status, String amiss)
      throws Exception {
    RawPeer alice = registered("alice");
    RawPeer bob = registered("bob");
    alice.send(
        request(method, "sip:bob@contoso.test", "alice", "bob", contact("alice"), "Event: x"));
    String response = RawPeer.response(status + " Yes", bob.readMessage());
    if (amiss.contains("Via")) {
      response = response.replaceFirst("(Via: [^,\r]*)(,|\r\nVia:)[^\r]*", "$1");
      assertThat(response).doesNotContain("branch=z9hG4bK" + method);
    } else if (amiss.contains("From")) {
      response = response.replace(";tag=alice", ";tag=somebody");
    }
    bob.send(response);
    assertThat(readFinal(alice))
        .startsWith("SIP/2.0 " + status)
        .contains("branch=z9hG4bK" + method, ";tag=alice");
  }

  @ParameterizedTest
  @CsvSource({
    "INVITE, Event: x",
    "NOTIFY, Event: x",
    "NOTIFY, Subscription-State: active",
    "PUBLISH, Subject: x",
    "SUBSCRIBE, Subject: x"
  })
  void aRequestWithoutAHeaderThatItsMethodNeedsIsAnsweredWith400(String method, String line)
      throws Exception {
    RawPeer alice = registered("alice");
    RawPeer bob = registered("bob");
    alice.send(request(method, "sip:bob@contoso.test", "alice", "bob", line));
    assertThat(readFinal(alice)).startsWith("SIP/2.0 400");
    bob.send(request("OPTIONS", "sip:contoso.test", "bob", "bob"));
    assertThat(bob.readMessage()).startsWith("SIP/2.0 200");
  }

  @Test
  void whoComesBeforeTheProxyIsCompleteIsAnsweredWhenItIs(@TempDir Path folder) throws Exception {
    Path users = folder.resolve("users");
    assertThat(new ProcessBuilder("mkfifo", users.toString()).start().waitFor()).isZero();
    int slow = Ports.free();
    Future<ProxyServer> starting =
        inBackground(
            () ->
                new ProxyServer(
                    new StackBuilder("proxy.properties"),
                    new ProxyServer.Settings(
                        "contoso.test", LOOPBACK, slow, null, null, users, null),
                    EventLog.none()));
    // Returns when the proxy, which listens already, begins to read its users.
    Future<BufferedWriter> reading = inBackground(() -> Files.newBufferedWriter(users));
    RawPeer early;
    try (BufferedWriter lines = reading.get(30, TimeUnit.SECONDS)) {
      early = opened(RawPeer.connect(slow));
      early.send(request("OPTIONS", "sip:contoso.test", "alice", "alice"));
      // The stack itself refuses this one, which shows that the one before has its turn too.
      early.send(request("OPTIONS", "sip:contoso.test", "bob", "<"));
      assertThat(early.readMessage()).startsWith("SIP/2.0 400").contains("From: <sip:bob@");
      lines.write("alice:a\n");
    }
    opened.add(0, starting.get(30, TimeUnit.SECONDS));
    assertThat(early.readMessage()).startsWith("SIP/2.0 200").contains("From: <sip:alice@");
  }

  private static <T> Future<T> inBackground(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    new Thread(task).start();
    return task;
  }

  @Test
  void aFaultOfTheProxyIsAnsweredWith500AndTheNextRequestAsEver() throws Exception {
    RawPeer alice = connect();
    String register = request("REGISTER", "sip:contoso.test", "alice", "alice", contact("alice"));
    faulty = true;
    alice.send(register);
    assertThat(alice.readMessage()).startsWith("SIP/2.0 500");
    faulty = false;
    registered(alice, "alice", "<sip:alice@" + CONTACT + ";transport=tcp>");
  }

  @Test
  void requestsThatNobodyAnswersLeaveNothingBehindWhenTheirConnectionsEnd() throws Exception {
    RawPeer alice = registered("alice");
    RawPeer bob = registered("bob");
    for (int i = 0; i < 50; i++) {
      alice.send(request("MESSAGE", "sip:bob@contoso.test", "alice", "bob"));
      bob.readMessage();
    }
    alice.close();
    bob.close();
    assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
    awaitNoTransactions();
  }

  @Test
  void aCancelledInvitationThatNobodyEndsIsEndedByTheProxy() throws Exception {
    RawPeer alice = registered("alice");
    RawPeer bob = registered("bob");
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", contact("alice")));
    String invite = bob.readMessage();
    bob.send(RawPeer.response("180 Ringing", invite));
    String ringing = alice.readMessage();
    while (!ringing.startsWith("SIP/2.0 180")) {
      ringing = alice.readMessage();
    }
    alice.send(
        inCall(calls, "CANCEL", "sip:bob@contoso.test", "alice", "bob", "")
            .replace("z9hG4bKCANCEL", "z9hG4bKINVITE"));
    assertThat(readFinal(alice)).startsWith("SIP/2.0 200").contains("CANCEL");
    String cancel = bob.readMessage();
    assertThat(cancel).startsWith("CANCEL");
    bob.send(RawPeer.response("200 OK", cancel));
    assertThat(readFinal(alice)).startsWith("SIP/2.0 487").contains("1 INVITE");
    alice.send(
        inCall(calls, "ACK", "sip:bob@contoso.test", "alice", "bob", ";tag=x")
            .replace("z9hG4bKACK", "z9hG4bKINVITE"));
    awaitNoTransactions();
  }

  @Test
  void anInvitationThatRingsForTooLongIsCancelledByTheProxy() throws Exception {
    port = Ports.free();
    opened.add(
        0,
        new ProxyServer(
            new StackBuilder("proxy.properties"),
            new ProxyServer.Settings("contoso.test", LOOPBACK, port, null, null, null, null),
            EventLog.none(),
            Forwarder.TIMEOUT_MILLIS,
            TIMEOUT_MILLIS));
    RawPeer alice = registered("alice");
    RawPeer bob = registered("bob");
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", contact("alice")));
    String invite = bob.readMessage();
    bob.send(RawPeer.response("180 Ringing", invite));
    String cancel = bob.readMessage();
    assertThat(cancel).startsWith("CANCEL");
    bob.send(RawPeer.response("200 OK", cancel));
    bob.send(RawPeer.response("487 Request Terminated", invite));
    assertThat(readFinal(alice)).startsWith("SIP/2.0 487");
  }

  @Test
  void aCallerWhoHasGoneStopsTheRinging() throws Exception {
    // The callee has as much time as a busy machine may take.
    port = Ports.free();
    proxy =
        new ProxyServer(
            new StackBuilder("proxy.properties"),
            new ProxyServer.Settings("contoso.test", LOOPBACK, port, null, null, null, null),
            EventLog.none());
    opened.add(0, proxy);
    RawPeer alice = registered("alice");
    RawPeer bob = registered("bob");
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", contact("alice")));
    String invite = bob.readMessage();
    bob.send(RawPeer.response("180 Ringing", invite));
    alice.close();
    String cancel = bob.readMessage();
    assertThat(cancel).startsWith("CANCEL");
    bob.send(RawPeer.response("200 OK", cancel));
    bob.send(RawPeer.response("487 Gone", invite));
    assertThat(bob.readMessage()).startsWith("ACK");
    awaitNoTransactions();
  }

  private void awaitNoTransactions() throws Exception {
    SipStackImpl stack = (SipStackImpl) proxy.stack();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(12);
    // A transaction of the past lingers for some seconds; one that stays, for ever.
    while (stack.getServerTransactionTableSize() + stack.getClientTransactionTableSize() > 0
        && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    assertThat(stack.getServerTransactionTableSize()).isZero();
    assertThat(stack.getClientTransactionTableSize()).isZero();
  }

  @Test
  void everySuccessOfAnInvitationReachesTheCaller() throws Exception {
    RawPeer alice = registered("alice");
    RawPeer bob = registered("bob");
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", contact("alice")));
    String invite = bob.readMessage();
    String success = RawPeer.response("200 OK", invite, contact("bob"));
    bob.send(success + success + success.replace(";tag=peer", ";tag=second"));
    assertThat(readFinal(alice)).startsWith("SIP/2.0 200").contains(";tag=peer");
    assertThat(alice.readMessage()).startsWith("SIP/2.0 200").contains(";tag=peer");
    assertThat(alice.readMessage()).startsWith("SIP/2.0 200").contains(";tag=second");
  }

  @Test
  void aSuccessThatAnswersNothingIsDroppedAndNobodyIsDialled() throws Exception {
    RawPeer bob = registered("bob");
    try (ServerSocket stranger = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      bob.send(
          "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 127.0.0.1:"
              + port
              + ";branch=z9hG4bKnone\r\nVia: SIP/2.0/TCP 127.0.0.1:"
              + stranger.getLocalPort()
              + ";branch=z9hG4bKstranger\r\nFrom: <sip:x@contoso.test>;tag=1\r\n"
              + "To: <sip:y@contoso.test>;tag=2\r\nCall-ID: none\r\nCSeq: 1 INVITE\r\n"
              + contact("x")
              + "\r\nContent-Length: 0\r\n\r\n");
      bob.send(request("OPTIONS", "sip:contoso.test", "bob", "bob"));
      assertThat(bob.readMessage()).startsWith("SIP/2.0 200");
      stranger.setSoTimeout(300);
      assertThatThrownBy(stranger::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void aByeGoesToThePeerOfTheCallWhateverContactsOthersHave() throws Exception {
    RawPeer carol = connect();
    RawPeer mallory = connect();
    RawPeer bob = registered(connect(), "bob", "<sip:phone@" + CONTACT + ";transport=tcp>");
    registered(carol, "carol", "<sip:phone@" + CONTACT + ";transport=tcp>");
    RawPeer alice = registered("alice");
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", contact("alice")));
    int call = calls;
    String invite = bob.readMessage();
    registered(mallory, "mallory", "<sip:phone@" + CONTACT + ";transport=tcp>");
    bob.send(
        RawPeer.response("200 OK", invite, "Contact: <sip:phone@" + CONTACT + ";transport=tcp>"));
    String route = header(readFinal(alice), "Record-Route").replace("Record-Route", "Route");
    String target = "sip:phone@" + CONTACT + ";transport=tcp";
    alice.send(inCall(call, "ACK", target, "alice", "bob", ";tag=peer", route));
    assertThat(bob.readMessage()).startsWith("ACK");
    alice.send(inCall(call, "BYE", target, "alice", "bob", ";tag=peer", route));
    String bye = bob.readMessage();
    assertThat(bye).startsWith("BYE sip:phone@");
    bob.send(RawPeer.response("200 OK", bye));
    assertThat(alice.readMessage()).startsWith("SIP/2.0 200").contains("BYE");
    // The other way too, although the address of the caller is that of others.
    bob.send(
        inCall(call, "INFO", "sip:alice@" + CONTACT, "bob", "alice", ";tag=alice", route)
            .replace(
                "From: <sip:bob@contoso.test>;tag=bob", "From: <sip:bob@contoso.test>;tag=peer"));
    assertThat(alice.readMessage()).startsWith("INFO");
  }

  @Test
  void aRouteThatWasTamperedWithIsRefusedAndOneWhoseConnectionIsGoneSaysSo() throws Exception {
    RawPeer bob = registered("bob");
    RawPeer alice = registered("alice");
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", contact("alice")));
    int call = calls;
    bob.send(RawPeer.response("200 OK", bob.readMessage(), contact("bob")));
    String route = header(readFinal(alice), "Record-Route").replace("Record-Route", "Route");
    String token = route.replaceAll(".*<sip:([^@>]*)@.*", "$1");
    char last = token.charAt(token.length() - 2);
    String forged = route.replace(token, token.replace(last, last == 'A' ? 'B' : 'A'));
    String target = "sip:bob@" + CONTACT;
    alice.send(inCall(call, "INFO", target, "alice", "bob", ";tag=peer", forged));
    assertThat(readFinal(alice)).startsWith("SIP/2.0 403");
    bob.close();
    assertThat(bobGone.await(30, TimeUnit.SECONDS)).isTrue();
    alice.send(inCall(call, "BYE", target, "alice", "bob", ";tag=peer", route));
    assertThat(readFinal(alice)).startsWith("SIP/2.0 430");
  }

  @Test
  void anAckThatHasGoneFarEnoughIsNotSentOn() throws Exception {
    RawPeer bob = registered("bob");
    RawPeer alice = registered("alice");
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", contact("alice")));
    int call = calls;
    bob.send(RawPeer.response("200 OK", bob.readMessage(), contact("bob")));
    String route = header(readFinal(alice), "Record-Route").replace("Record-Route", "Route");
    String ack = inCall(call, "ACK", "sip:bob@" + CONTACT, "alice", "bob", ";tag=peer", route);
    alice.send(ack.replace("Max-Forwards: 70", "Max-Forwards: 0"));
    alice.send(ack.replace("Max-Forwards: 70", "Max-Forwards: 7").replace("KACK", "KACK2"));
    assertThat(bob.readMessage()).startsWith("ACK").contains("Max-Forwards: 6");
  }

  @Test
  void aUserIsFoundHoweverHisNameIsEscaped() throws Exception {
    RawPeer peer = connect();
    peer.send(request("REGISTER", "sip:contoso.test", "%61lice", "%61lice", contact("alice")));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    RawPeer bob = registered("bob");
    bob.send(request("OPTIONS", "sip:alice@contoso.test", "bob", "alice"));
    assertThat(peer.readMessage()).startsWith("OPTIONS");
  }

  @Test
  void aSipsUriNeedsTlsOnBothSides(@TempDir Path folder) throws Exception {
    port = Ports.free();
    int tls = Ports.free();
    Certificates certificates = new Certificates(folder, "ip:" + LOOPBACK);
    StackBuilder properties = new StackBuilder("proxy.properties");
    properties.keyStore(certificates.keyStore(), Certificates.PASSWORD);
    proxy(properties, LOOPBACK, tls);
    RawPeer bob = registered("bob");
    RawPeer caller = opened(RawPeer.connectTls(tls, certificates.clientContext()));
    caller.send(request("MESSAGE", "sips:bob@contoso.test", "alice", "bob"));
    assertThat(readFinal(caller)).startsWith("SIP/2.0 480");
    RawPeer clear = connect();
    clear.send(request("MESSAGE", "sips:bob@contoso.test", "alice", "bob"));
    assertThat(readFinal(clear)).startsWith("SIP/2.0 416");
    RawPeer carol =
        registered(
            opened(RawPeer.connectTls(tls, certificates.clientContext())),
            "carol",
            "<sips:carol@" + CONTACT + ">");
    caller.send(request("INVITE", "sips:carol@contoso.test", "a", "carol", contact("a")));
    String invite = carol.readMessage();
    assertThat(header(invite, "Record-Route")).contains("<sips:").contains(":" + tls);
    carol.send(RawPeer.response("200 OK", invite, "Contact: <sips:carol@" + CONTACT + ">"));
    String route = header(readFinal(caller), "Record-Route").replace("Record-Route", "Route");
    caller.send(inCall(calls, "BYE", "sips:carol@" + CONTACT, "a", "carol", ";tag=peer", route));
    assertThat(carol.readMessage()).startsWith("BYE sips:carol@").doesNotContain("Route:");
    bob.send(request("OPTIONS", "sip:contoso.test", "bob", "bob"));
    assertThat(bob.readMessage()).startsWith("SIP/2.0 200");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::"})
  void aProxyOnAllAddressesNamesTheOneThatThePeerReached(String listen) throws Exception {
    port = Ports.free();
    proxy(new StackBuilder("proxy.properties"), listen, null);
    boolean six = listen.equals("::");
    InetAddress here = InetAddress.getByName(six ? "::1" : LOOPBACK);
    String self = (six ? "[0:0:0:0:0:0:0:1]" : LOOPBACK) + ":" + port;
    RawPeer bob =
        registered(
            opened(RawPeer.connect(here, port)), "bob", "<sip:bob@" + CONTACT + ";transport=tcp>");
    RawPeer alice = opened(RawPeer.connect(here, port));
    alice.send(request("INVITE", "sip:bob@contoso.test", "alice", "bob", contact("alice")));
    String invite = bob.readMessage();
    assertThat(header(invite, "Via")).contains(" " + self);
    assertThat(header(invite, "Record-Route")).contains("@" + self);
    alice.send(request("OPTIONS", "sip:" + self.replace("0:0:0:0:0:0:0:1", "::1"), "alice", "x"));
    assertThat(readFinal(alice)).startsWith("SIP/2.0 200");
  }
}
