package net.conmgmt.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.config.ConnectionManagementProperties;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.TestCertificates;
import org.jspecify.annotations.Nullable;
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
  private static TestCertificates certificates;
  private static Path keyStore;
  private static Path trustStore;
  private static Path users;

  private final Timeline timeline =
      new Timeline(
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
          EventLog.none(),
          new Lifetime());
  private final List<AutoCloseable> opened = new ArrayList<>();

  private record Way(String kind, String transport) {
    boolean isTls() {
      return transport.equals("TLS");
    }
  }

  static Stream<Way> ways() {
    return IoKinds.all().stream()
        .flatMap(kind -> Stream.of(new Way(kind, "TCP"), new Way(kind, "TLS")));
  }

  @BeforeAll
  static void prepare() throws Exception {
    certificates = new TestCertificates(folder);
    keyStore = certificates.keyStore("proxy.contoso.test", "ip:" + LOOPBACK);
    trustStore = certificates.trustStore();
    users = Files.writeString(folder.resolve("users"), "alice:alice\nbob:bob\ncarol:carol\n");
  }

  /** Stacks take a second to stop: they stop together. */
  @AfterEach
  void closeAll() throws Exception {
    Collections.reverse(opened);
    ExecutorService pool = Executors.newCachedThreadPool();
    try {
      List<Callable<Void>> ends = new ArrayList<>();
      for (AutoCloseable open : opened) {
        ends.add(
            () -> {
              open.close();
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

  private record Proxy(ProxyServer server, int port) {}

  private Proxy proxy(Way way, String who, @Nullable PeerAddress nextHop, String... properties)
      throws Exception {
    StackBuilder builder = new StackBuilder("proxy.properties", new CommonOptions());
    builder.set(IoKinds.PROPERTY, way.kind());
    for (int i = 0; i < properties.length; i += 2) {
      builder.set(ConnectionManagementProperties.PREFIX + properties[i], properties[i + 1]);
    }
    if (way.isTls()) {
      builder.keyStore(keyStore, TestCertificates.PASSWORD);
    }
    int port = StackBuilder.freePort(LOOPBACK);
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
            timeline.logOf(who));
    opened.add(server);
    return new Proxy(server, port);
  }

  private RawUa device(Way way, Proxy proxy, String user, String device) throws Exception {
    RawPeer peer =
        way.isTls()
            ? RawPeer.connect(proxy.port(), certificates.clientContext())
            : RawPeer.connect(proxy.port());
    opened.add(peer);
    return new RawUa(peer, user, device);
  }

  private SampleUa userAgent(Way way, Proxy proxy, String user) throws Exception {
    StackBuilder builder = new StackBuilder("uac.properties", new CommonOptions());
    builder.set(IoKinds.PROPERTY, way.kind()).trust(trustStore);
    builder.set(
        "javax.sip.OUTBOUND_PROXY", LOOPBACK + ":" + proxy.port() + "/" + way.transport());
    SampleUa agent =
        new SampleUa(
            builder,
            new SampleUa.Settings(
                "sip:" + user + "@contoso.test", user, LOOPBACK, List.of(way.transport()), 600),
            timeline.logOf(user),
            text -> timeline.say(text));
    opened.add(agent);
    agent.register().get(SECONDS, TimeUnit.SECONDS);
    return agent;
  }

  /** Waits until the proxy has closed the device's connection, and gives the reason. */
  private String closed(RawUa device) throws Exception {
    return timeline
        .await(
            0,
            "proxy",
            "connection.closed",
            event -> event.detail("remote").equals(device.address()),
            1,
            SECONDS)
        .detail("reason");
  }

  /** The addresses of the closed connections in the order in which they were closed. */
  private List<String> closedInOrder() {
    return timeline.find(0, "proxy", "connection.closed").stream()
        .map(event -> event.detail("remote"))
        .toList();
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  @Requirement({"OBP-1", "OBP-2"})
  void aSilentConnectionIsGoneAfterTheConnectionTimer(Way way) throws Exception {
    Proxy proxy = proxy(way, "proxy", null, "CONNECTION_TIMEOUT", "1");
    long before = System.nanoTime();
    RawUa silent = device(way, proxy, "alice", "desk");
    assertThat(silent.peer().readsEnd()).isTrue();
    assertThat(secondsSince(before)).isGreaterThanOrEqualTo(1);
    assertThat(closed(silent)).isEqualTo("CONNECTION_TIMER");
    assertThat(ConnectionManagement.of(proxy.server().stack()).connections()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  @Requirement("OBP-1")
  void aProvisionalResponseRestartsTheConnectionTimerAndASuccessEndsIt(Way way) throws Exception {
    Proxy proxy =
        proxy(
            way,
            "proxy",
            null,
            "CONNECTION_TIMEOUT",
            "3",
            "KEEP_ALIVE_TIMEOUT",
            "1",
            "KEEP_ALIVE_GRACE",
            "0");
    RawUa bob = device(way, proxy, "bob", "desk");
    bob.register();
    RawUa caller = device(way, proxy, "alice", "desk");
    RawUa silent = device(way, proxy, "alice", "phone");
    RawUa clock = device(way, proxy, "carol", "desk");
    clock.register(OFFER);
    assertThat(caller.exchange("INVITE", "sip:bob@contoso.test", "bob")).startsWith("SIP/2.0 100");
    String invite = bob.peer().readMessage();
    // A second passes, by the proxy's own clock.
    assertThat(closed(clock)).isEqualTo("EXPIRY_TIMER");
    long ringing = System.nanoTime();
    bob.peer().send(RawPeer.okTo(invite, "").replace("200 OK", "180 Ringing"));
    assertThat(caller.peer().readMessage()).startsWith("SIP/2.0 180");
    assertThat(closed(caller)).isEqualTo("CONNECTION_TIMER");
    assertThat(secondsSince(ringing)).isGreaterThanOrEqualTo(3);
    assertThat(closed(silent)).isEqualTo("CONNECTION_TIMER");
    assertThat(closedInOrder())
        .containsExactly(clock.address(), silent.address(), caller.address());
    bob.ping();
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  @Requirement({"SRV-6", "SRV-7"})
  void aFrozenClientIsGoneAtTPlusGraceAndNotBeforeAndNobodyIsSentThereAnyMore(Way way)
      throws Exception {
    Proxy proxy =
        proxy(way, "proxy", null, "KEEP_ALIVE_TIMEOUT", "1", "KEEP_ALIVE_GRACE", "1");
    RawUa bob = device(way, proxy, "bob", "desk");
    bob.register();
    RawUa frozen = device(way, proxy, "alice", "desk");
    assertThat(frozen.register(OFFER)).contains("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=1\r\n");
    long lastByte = System.nanoTime();
    frozen.ping();
    // No NOTIFY and nothing else comes before the end.
    assertThat(frozen.peer().readsEnd()).isTrue();
    assertThat(secondsSince(lastByte)).isGreaterThanOrEqualTo(2);
    assertThat(closed(frozen)).isEqualTo("EXPIRY_TIMER");
    assertThat(timeline.find(0, "proxy", "endpoint.removed"))
        .singleElement()
        .satisfies(event -> assertThat(event.detail("reason")).isEqualTo("EXPIRY_TIMER"))
        .satisfies(event -> assertThat(event.detail("instance")).isEqualTo("desk"));
    assertThat(proxy.server().registrar().bindings("sip:alice@contoso.test")).isEmpty();
    assertThat(bob.exchange("OPTIONS", "sip:alice@contoso.test", "alice"))
        .startsWith("SIP/2.0 480");
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  @Requirement({"CLI-7", "SRV-6", "OBP-3"})
  void aUserAgentThatPingsStaysForTwentyPeriods(Way way) throws Exception {
    Proxy proxy =
        proxy(
            way,
            "proxy",
            null,
            "KEEP_ALIVE_TIMEOUT",
            "1",
            "KEEP_ALIVE_GRACE",
            "1",
            "IDLE_TIMEOUT",
            "2");
    userAgent(way, proxy, "alice");
    timeline.await(0, "proxy", "keepalive.received", event -> true, 20, SECONDS);
    timeline.await(0, "alice", "keepalive.answered", event -> true, 19, SECONDS);
    assertThat(closedInOrder()).isEmpty();
    assertThat(timeline.find(0, "alice", "registered")).hasSize(1);
    assertThat(timeline.find(0, "proxy", "connection.established")).hasSize(1);
    assertThat(proxy.server().registrar().bindings("sip:alice@contoso.test")).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  @Requirement("OBP-4")
  void aSecondConnectionOfADeviceClosesTheFirstWithinASecondAndTheOtherDeviceStays(Way way)
      throws Exception {
    Proxy proxy = proxy(way, "proxy", null);
    Proxy oneSecond = proxy(way, "clock", null, "CONNECTION_TIMEOUT", "1");
    RawUa first = device(way, proxy, "alice", "desk");
    first.register();
    userAgent(way, proxy, "alice");
    RawUa second = device(way, proxy, "alice", "desk");
    second.register();
    RawUa clock = device(way, oneSecond, "carol", "desk");
    assertThat(clock.peer().readsEnd()).isTrue();
    assertThat(closedInOrder()).as("after a second").containsExactly(first.address());
    assertThat(closed(first)).isEqualTo("REPLACED");
    assertThat(first.peer().readsEnd()).isTrue();
    assertThat(timeline.find(0, "proxy", "endpoint.replaced"))
        .singleElement()
        .satisfies(event -> assertThat(event.detail("instance")).isEqualTo("desk"));
    assertThat(timeline.find(0, "proxy", "endpoint.authenticated")).hasSize(3);
    assertThat(timeline.find(0, "proxy", "endpoint.removed")).isEmpty();
    second.ping();
    assertThat(proxy.server().registrar().bindings("sip:alice@contoso.test")).hasSize(2);
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  @Requirement("SRV-7")
  void aProxyThatIsNotTheRegistrarDoesNothingOnExpiry(Way way) throws Exception {
    String[] oneSecond = {"KEEP_ALIVE_TIMEOUT", "1", "KEEP_ALIVE_GRACE", "0"};
    Way inside = new Way(way.kind(), "TCP");
    Proxy registrar = proxy(inside, "proxy", null, oneSecond);
    Proxy edge =
        proxy(way, "edge", new PeerAddress(LOOPBACK, registrar.port(), "TCP"), oneSecond);
    RawUa alice = device(way, edge, "alice", "desk");
    assertThat(alice.register(OFFER)).contains("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=1\r\n");
    RawUa bob = device(inside, registrar, "bob", "desk");
    bob.register();
    RawUa clock = device(inside, registrar, "carol", "desk");
    clock.register(OFFER);
    assertThat(closed(clock)).isEqualTo("EXPIRY_TIMER");
    bob.request("OPTIONS", "sip:alice@contoso.test", "alice");
    String options = alice.peer().readMessage();
    assertThat(options).startsWith("OPTIONS sip:alice-desk@192.0.2.7:9");
    alice.peer().send(RawPeer.okTo(options, ""));
    assertThat(bob.peer().readMessage()).startsWith("SIP/2.0 200");
    assertThat(timeline.find(0, "edge", "connection.closed")).isEmpty();
    assertThat(timeline.find(0, "edge", "endpoint.removed")).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("ways")
  @Execution(ExecutionMode.CONCURRENT)
  @Requirement("SRV-7")
  void aBindingGoesWithItsConnectionWhetherThatEndsByFinOrByRst(Way way) throws Exception {
    Proxy proxy = proxy(way, "proxy", null);
    RawUa bob = device(way, proxy, "bob", "desk");
    bob.register();
    RawUa fin = device(way, proxy, "alice", "desk");
    fin.register();
    fin.close();
    assertThat(closed(fin)).isEqualTo("PEER_CLOSED");
    assertThat(proxy.server().registrar().bindings("sip:alice@contoso.test")).isEmpty();
    RawUa rst = device(way, proxy, "alice", "phone");
    rst.register();
    rst.peer().reset();
    assertThat(closed(rst)).isEqualTo("IO_ERROR");
    assertThat(proxy.server().registrar().bindings("sip:alice@contoso.test")).isEmpty();
    assertThat(timeline.find(0, "proxy", "endpoint.removed"))
        .extracting(event -> event.detail("instance") + " " + event.detail("reason"))
        .containsExactly("desk PEER_CLOSED", "phone IO_ERROR");
    assertThat(bob.exchange("OPTIONS", "sip:alice@contoso.test", "alice"))
        .startsWith("SIP/2.0 480");
  }
}
