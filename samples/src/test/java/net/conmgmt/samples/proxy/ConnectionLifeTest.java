package net.conmgmt.samples.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conmgmt.samples.demo.Timeline;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.registrar.Registrar;
import net.conmgmt.samples.sip.PeerAddress;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.testing.Certificates;
import net.conmgmt.samples.testing.Ports;
import net.conmgmt.samples.testing.RawPeer;
import net.conmgmt.samples.testing.RawUa;
import net.conmgmt.samples.ua.SampleUa;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What becomes of connections at the sample proxy with time-outs of a second or two, with each kind
 * of I/O, over TCP and TLS. That something does not come too early is seen in a clock that began
 * before it; that it does come, in its event.
 */
@Execution(ExecutionMode.SAME_THREAD)
class ConnectionLifeTest {

  private static final String LOOPBACK = "127.0.0.1";
  private static final String OFFER = "Ms-Keep-Alive: UAC;hop-hop=yes";
  private static final int SECONDS = 30;

  @TempDir private static Path folder;
  private static Certificates certificates;
  private static Path users;

  private static final Timeline TIMELINE =
      new Timeline(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
          EventLog.none(),
          () -> false);
  private static final List<AutoCloseable> STACKS = new CopyOnWriteArrayList<>();
  private static final Map<Way, Site> SITES = new ConcurrentHashMap<>();

  private final List<AutoCloseable> peers = new ArrayList<>();

  private record Way(String kind, String transport) {
    boolean isTls() {
      return transport.equals("TLS");
    }
  }

  private record Proxy(String name, ProxyServer server, int port) {
    List<Registrar.Binding> bindings(String user) {
      return server.registrar().bindings("sip:" + user + "@contoso.test");
    }
  }

  /**
   * @param hasty has a connection timer of 5 s and expires clients after 2 s
   * @param patient has time-outs that nobody meets here
   * @param clock a registrar that expires clients after 1 s, reached with TCP
   * @param edge forwards to it, and has the same time-outs
   */
  private record Site(Proxy hasty, Proxy patient, Proxy clock, Proxy edge) {}

  static Stream<Way> ways() {
    return List.of("nio", "blocking").stream()
        .flatMap(kind -> Stream.of(new Way(kind, "TCP"), new Way(kind, "TLS")));
  }

  @BeforeAll
  static void startProxies() throws Exception {
    certificates = new Certificates(folder, "ip:" + LOOPBACK);
    users =
        Files.writeString(
            folder.resolve("users"),
            Stream.of("alice", "bob", "carol", "dave")
                .map(user -> user + ":" + user + "\n")
                .collect(Collectors.joining()));
    String[] oneSecond = {"KEEP_ALIVE_TIMEOUT", "1", "KEEP_ALIVE_GRACE", "0"};
    for (Way way : ways().toList()) {
      Way inside = new Way(way.kind(), "TCP");
      Proxy clock = proxy(inside, "clock of " + way, null, oneSecond);
      SITES.put(
          way,
          new Site(
              proxy(
                  way,
                  "hasty " + way,
                  null,
                  "CONNECTION_TIMEOUT",
                  "5",
                  "IDLE_TIMEOUT",
                  "10",
                  "KEEP_ALIVE_TIMEOUT",
                  "1",
                  "KEEP_ALIVE_GRACE",
                  "1"),
              proxy(way, "patient " + way, null),
              clock,
              proxy(
                  way, "edge " + way, new PeerAddress(LOOPBACK, clock.port(), "TCP"), oneSecond)));
    }
  }

  /** Stacks take a second to stop: they stop together, and when nobody needs another any more. */
  @AfterAll
  static void stopAll() throws Exception {
    ExecutorService pool = Executors.newCachedThreadPool();
    try {
      List<Callable<Void>> ends = new ArrayList<>();
      for (AutoCloseable stack : STACKS) {
        ends.add(
            () -> {
              stack.close();
              return null;
            });
      }
      for (var end : pool.invokeAll(ends)) {
        end.get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @AfterEach
  void closePeers() throws Exception {
    for (AutoCloseable peer : peers) {
      peer.close();
    }
  }

  private static Site siteOf(Way way) {
    return Objects.requireNonNull(SITES.get(way));
  }

  private static Proxy proxy(
      Way way, String name, @Nullable PeerAddress nextHop, String... properties) throws Exception {
    StackBuilder builder = new StackBuilder("proxy.properties");
    builder.set("net.conmgmt.sip.TRANSPORT", way.kind());
    for (int i = 0; i < properties.length; i += 2) {
      builder.set(StackBuilder.PREFIX + properties[i], properties[i + 1]);
    }
    if (way.isTls()) {
      builder.keyStore(certificates.keyStore(), Certificates.PASSWORD);
    }
    int port = Ports.free();
    ProxyServer server =
        new ProxyServer(
            builder,
            new ProxyServer.Settings(
                "contoso.test",
                LOOPBACK,
                way.isTls() ? null : port,
                way.isTls() ? port : null,
                null,
                nextHop == null ? users : null,
                nextHop),
            TIMELINE.logOf(name));
    STACKS.add(server);
    return new Proxy(name, server, port);
  }

  private RawUa device(Way way, Proxy proxy, String user, String device) throws Exception {
    RawPeer peer =
        way.isTls()
            ? RawPeer.connectTls(proxy.port(), certificates.clientContext())
            : RawPeer.connect(proxy.port());
    peers.add(peer);
    return new RawUa(peer, user, device);
  }

  private static String userAgent(Way way, Proxy proxy, String user) throws Exception {
    StackBuilder builder = new StackBuilder("uac.properties");
    builder.set("net.conmgmt.sip.TRANSPORT", way.kind()).trust(certificates.trustFile());
    builder.set("javax.sip.OUTBOUND_PROXY", LOOPBACK + ":" + proxy.port() + "/" + way.transport());
    String name = user + " of " + proxy.name();
    SampleUa agent =
        new SampleUa(
            builder,
            new SampleUa.Settings(
                "sip:" + user + "@contoso.test", user, LOOPBACK, List.of(way.transport()), 600),
            TIMELINE.logOf(name),
            text -> TIMELINE.say(text));
    STACKS.add(agent);
    agent.register().get(SECONDS, TimeUnit.SECONDS);
    return name;
  }

  /** Waits until the proxy has closed the device's connection, and gives the reason. */
  private static String closed(Proxy proxy, RawUa device) throws Exception {
    return reasonOf("connection.closed", proxy, device);
  }

  private static String reasonOf(String name, Proxy proxy, RawUa device) throws Exception {
    return TIMELINE
        .await(
            0,
            proxy.name(),
            name,
            event -> event.detail("remote").equals(device.address()),
            1,
            SECONDS)
        .detail("reason");
  }

  private static List<Timeline.Event> events(Proxy proxy, String name, String key, String value) {
    return TIMELINE.find(0, proxy.name(), name).stream()
        .filter(event -> event.detail(key).equals(value))
        .toList();
  }

  /** Which of the devices' connections the proxy has closed, in this order. */
  private static List<String> closedInOrder(Proxy proxy, RawUa... devices) {
    List<String> wanted = Stream.of(devices).map(RawUa::address).toList();
    return TIMELINE.find(0, proxy.name(), "connection.closed").stream()
        .map(event -> event.detail("remote"))
        .filter(wanted::contains)
        .toList();
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  void aSilentConnectionIsGoneAfterTheConnectionTimer(Way way) throws Exception {
    Proxy proxy = siteOf(way).hasty();
    long before = System.nanoTime();
    RawUa silent = device(way, proxy, "nobody", "desk");
    assertThat(silent.peer().readsNothingButTheEnd()).isTrue();
    assertThat(secondsSince(before)).isGreaterThanOrEqualTo(5);
    assertThat(closed(proxy, silent)).isEqualTo("CONNECTION_TIMER");
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  void aProvisionalResponseRestartsTheConnectionTimerAndASuccessEndsIt(Way way) throws Exception {
    Proxy proxy = siteOf(way).hasty();
    RawUa bob = device(way, proxy, "bob", "desk");
    bob.register();
    RawUa caller = device(way, proxy, "nobody", "desk");
    RawUa silent = device(way, proxy, "nobody", "phone");
    caller.request("INVITE", "sip:bob@contoso.test", "bob");
    String invite = bob.peer().readMessage();
    // Time passes, by another proxy's own clock.
    Proxy clock = siteOf(way).clock();
    RawUa second = device(new Way(way.kind(), "TCP"), clock, "carol", "first");
    second.register(OFFER);
    assertThat(closed(clock, second)).isEqualTo("EXPIRY_TIMER");
    long ringing = System.nanoTime();
    bob.peer().send(RawPeer.response("180 Ringing", invite));
    assertThat(closed(proxy, caller)).isEqualTo("CONNECTION_TIMER");
    assertThat(secondsSince(ringing)).isGreaterThanOrEqualTo(5);
    assertThat(closed(proxy, silent)).isEqualTo("CONNECTION_TIMER");
    assertThat(closedInOrder(proxy, silent, caller))
        .containsExactly(silent.address(), caller.address());
    assertThat(closedInOrder(proxy, bob)).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  void aFrozenClientIsGoneAtTPlusGraceAndNotBeforeAndNobodyIsSentThereAnyMore(Way way)
      throws Exception {
    Proxy proxy = siteOf(way).hasty();
    RawUa frozen = device(way, proxy, "dave", "desk");
    assertThat(frozen.register(OFFER)).contains("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=1\r\n");
    long lastByte = System.nanoTime();
    frozen.ping();
    // No NOTIFY and nothing else comes before the end.
    assertThat(frozen.peer().readsNothingButTheEnd()).isTrue();
    assertThat(secondsSince(lastByte)).isGreaterThanOrEqualTo(2);
    assertThat(closed(proxy, frozen)).isEqualTo("EXPIRY_TIMER");
    assertThat(events(proxy, "endpoint.removed", "aor", "sip:dave@contoso.test"))
        .extracting(event -> event.detail("reason"))
        .containsExactly("EXPIRY_TIMER");
    assertThat(proxy.bindings("dave")).isEmpty();
    RawUa caller = device(way, proxy, "nobody", "desk");
    assertThat(caller.exchange("OPTIONS", "sip:dave@contoso.test", "dave"))
        .startsWith("SIP/2.0 480");
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  void aUserAgentThatPingsStaysForTwentyPeriods(Way way) throws Exception {
    Proxy proxy = siteOf(way).hasty();
    String alice = userAgent(way, proxy, "alice");
    TIMELINE.await(0, alice, "keepalive.answered", event -> true, 20, SECONDS);
    // An answer may be told before the keep-alive itself is.
    TIMELINE.await(0, alice, "keepalive.sent", event -> true, 20, SECONDS);
    assertThat(TIMELINE.find(0, alice, "connection.closed")).isEmpty();
    assertThat(TIMELINE.find(0, alice, "registered")).hasSize(1);
    assertThat(proxy.bindings("alice")).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  void aSecondConnectionOfADeviceClosesTheFirstWithinASecondAndTheOtherDeviceStays(Way way)
      throws Exception {
    Proxy proxy = siteOf(way).patient();
    Proxy clock = siteOf(way).clock();
    RawUa first = device(way, proxy, "alice", "desk");
    first.register();
    String phone = userAgent(way, proxy, "alice");
    RawUa hand = device(new Way(way.kind(), "TCP"), clock, "carol", "second");
    RawUa second = device(way, proxy, "alice", "desk").at("192.0.2.8");
    second.register();
    hand.register(OFFER);
    assertThat(closed(clock, hand)).isEqualTo("EXPIRY_TIMER");
    assertThat(closedInOrder(proxy, first)).as("after a second").containsExactly(first.address());
    assertThat(closed(proxy, first)).isEqualTo("REPLACED");
    assertThat(first.peer().readsNothingButTheEnd()).isTrue();
    assertThat(events(proxy, "endpoint.replaced", "aor", "sip:alice@contoso.test"))
        .extracting(event -> event.detail("instance"))
        .containsExactly("desk");
    assertThat(events(proxy, "endpoint.authenticated", "aor", "sip:alice@contoso.test")).hasSize(3);
    assertThat(events(proxy, "endpoint.removed", "aor", "sip:alice@contoso.test")).isEmpty();
    second.ping();
    assertThat(TIMELINE.find(0, phone, "connection.closed")).isEmpty();
    assertThat(reasonOf("unregistered", proxy, first)).endsWith("REPLACED");
    assertThat(proxy.bindings("alice")).as("the phone and the second").hasSize(2);
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  void aProxyThatIsNotTheRegistrarDoesNothingOnExpiry(Way way) throws Exception {
    Way inside = new Way(way.kind(), "TCP");
    Proxy registrar = siteOf(way).clock();
    Proxy edge = siteOf(way).edge();
    RawUa alice = device(way, edge, "alice", "desk");
    assertThat(alice.register(OFFER)).contains("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=1\r\n");
    RawUa carol = device(inside, registrar, "carol", "third");
    carol.register(OFFER);
    assertThat(closed(registrar, carol)).isEqualTo("EXPIRY_TIMER");
    RawUa caller = device(inside, registrar, "nobody", "desk");
    caller.request("OPTIONS", "sip:alice@contoso.test", "alice");
    String options = alice.peer().readMessage();
    assertThat(options).startsWith("OPTIONS sip:alice-desk@192.0.2.7:9");
    alice.peer().send(RawPeer.response("200 OK", options));
    assertThat(caller.peer().readMessage()).startsWith("SIP/2.0 200");
    assertThat(closedInOrder(edge, alice)).isEmpty();
    assertThat(TIMELINE.find(0, edge.name(), "endpoint.removed")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  void aBindingGoesWithItsConnectionWhetherThatEndsByFinOrByRst(Way way) throws Exception {
    Proxy proxy = siteOf(way).patient();
    RawUa fin = device(way, proxy, "dave", "desk");
    fin.register();
    fin.close();
    assertThat(closed(proxy, fin)).isEqualTo("PEER_CLOSED");
    assertThat(proxy.bindings("dave")).isEmpty();
    RawUa rst = device(way, proxy, "dave", "phone");
    rst.register();
    rst.peer().reset();
    assertThat(closed(proxy, rst)).isEqualTo("IO_ERROR");
    assertThat(proxy.bindings("dave")).isEmpty();
    assertThat(events(proxy, "endpoint.removed", "aor", "sip:dave@contoso.test"))
        .extracting(event -> event.detail("instance") + " " + event.detail("reason"))
        .containsExactly("desk PEER_CLOSED", "phone IO_ERROR");
    RawUa caller = device(way, proxy, "nobody", "desk");
    assertThat(caller.exchange("OPTIONS", "sip:dave@contoso.test", "dave"))
        .startsWith("SIP/2.0 480");
  }
}
