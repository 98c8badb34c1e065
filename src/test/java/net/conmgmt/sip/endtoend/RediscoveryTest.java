package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sip.SipException;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.DnsServer;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client does about its outbound proxy by itself, on real sockets. */
class RediscoveryTest {

  private static final String KINDS = "net.conmgmt.sip.testing.IoKinds#all";
  private static final String PROXY = "proxy.contoso.test";
  private static final String ALICE = "sip:alice@contoso.test";

  private final EventRecorder events = new EventRecorder();
  private DnsServer dns;

  @BeforeEach
  void startDns() throws Exception {
    dns = new DnsServer();
    dns.zone().address(PROXY, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void stopDns() {
    dns.close();
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void theApplicationIsToldOfTheLossAndTheProxyIsConnectedAgainWithoutAnyRequest(String kind)
      throws Exception {
    int port = Stacks.freePort();
    dns.zone().srv("_sipinternal._tcp.contoso.test", 0, 0, port, PROXY);
    try (PlainApplication client = client(kind)) {
      try (PlainApplication first = new PlainApplication(Stacks.managed(), "127.0.0.1", port)) {
        client.register("alice", "contoso.test");
        assertThat(first.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
        events.await("discovered 127.0.0.1:" + port + "/TCP");
      }
      events.await("lost contoso.test");
      try (PlainApplication second = new PlainApplication(Stacks.managed(), "127.0.0.1", port)) {
        events.await("discovered 127.0.0.1:" + port + "/TCP", 2);
        client.register("alice", "contoso.test");
        assertThat(second.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
        assertThat(ConnectionManagement.of(client.stack()).lastDiscovery(ALICE))
            .hasValueSatisfying(report -> assertThat(report.succeeded()).isTrue());
      }
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void whoHearsOfTheLossRegistersAtOnceAndIsTakenToTheNextProxy(String kind) throws Exception {
    int other = Stacks.freePort();
    try (Doorman closing = new Doorman();
        PlainApplication proxy = new PlainApplication(Stacks.managed(), "127.0.0.1", other);
        PlainApplication client = client(kind)) {
      dns.zone()
          .srv("_sipinternal._tcp.contoso.test", 0, 0, closing.port(), PROXY)
          .srv("_sipinternal._tcp.contoso.test", 1, 0, other, PROXY);
      ConnectionManagement management = ConnectionManagement.of(client.stack());
      management.addListener(
          new ConnectionManagementListener() {
            @Override
            public void outboundProxyLost(
                String domain, ManagedConnection connection, CloseReason reason) {
              try {
                client.register("alice", domain);
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            }
          });
      management.discover(ALICE).get(30, TimeUnit.SECONDS);
      closing.next().close();
      assertThat(proxy.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void whoWaitsForADiscoveryMaySendWhereItIsTold(String kind) throws Exception {
    int port = Stacks.freePort();
    dns.zone().srv("_sipinternal._tcp.contoso.test", 0, 0, port, PROXY);
    dns.zone().srv("_sipinternal._tcp.fabrikam.test", 0, 0, port, "proxy.fabrikam.test");
    dns.zone().address("proxy.fabrikam.test", InetAddress.getLoopbackAddress());
    try (PlainApplication proxy = new PlainApplication(Stacks.managed(), "127.0.0.1", port);
        PlainApplication client = client(kind)) {
      ConnectionManagement.of(client.stack())
          .discover(ALICE)
          .thenRun(
              () -> {
                try {
                  client.register("bob", "fabrikam.test");
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              })
          .get(30, TimeUnit.SECONDS);
      assertThat(proxy.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void aProxyThatAcceptsAndClosesAtOnceIsTriedAfterTheOther(String kind) throws Exception {
    int good = Stacks.freePort();
    try (Doorman closing = new Doorman();
        PlainApplication proxy = new PlainApplication(Stacks.managed(), "127.0.0.1", good);
        PlainApplication client = client(kind)) {
      dns.zone()
          .srv("_sipinternal._tcp.contoso.test", 0, 0, closing.port(), PROXY)
          .srv("_sipinternal._tcp.contoso.test", 1, 0, good, PROXY);
      CompletableFuture<DiscoveryReport> first =
          ConnectionManagement.of(client.stack()).discover(ALICE);
      DiscoveryReport report = first.get(30, TimeUnit.SECONDS);
      assertThat(report.chosen()).isEqualTo("127.0.0.1:" + closing.port() + "/TCP");
      ManagedConnection chosen = report.chosenConnection().orElseThrow();
      assertThat(ConnectionManagement.of(client.stack()).outboundProxy(ALICE)).containsSame(chosen);
      closing.next().close();
      events.await("lost contoso.test");
      assertThat(chosen.isOpen()).isFalse();
      events.await("discovered 127.0.0.1:" + good + "/TCP");
      client.register("alice", "contoso.test");
      assertThat(proxy.requests.poll(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(closing.waiting()).as("connections to it since then").isZero();
    }
  }

  /** As a server that is out of descriptors does; several requests notice the end at once. */
  @ParameterizedTest
  @MethodSource(KINDS)
  @Requirement("CLI-12")
  void everyConnectionToAProxyThatClosesAtOnceIsOneOfADiscovery(String kind) throws Exception {
    AtomicInteger connections = new AtomicInteger();
    ServerSocket closing = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    try (PlainApplication client = client(kind, onRequest(), "tcp")) {
      Thread door =
          new Thread(
              () -> {
                try {
                  while (true) {
                    try (Socket socket = closing.accept()) {
                      assertThat(socket.isConnected()).isTrue();
                      connections.incrementAndGet();
                    }
                  }
                } catch (IOException e) {
                  assertThat(closing.isClosed()).as("%s", e).isTrue();
                }
              });
      door.start();
      dns.zone().srv("_sipinternal._tcp.contoso.test", 0, 0, closing.getLocalPort(), PROXY);
      List<Thread> senders = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Thread sender = new Thread(() -> registerOften(client));
        sender.start();
        senders.add(sender);
      }
      for (Thread sender : senders) {
        sender.join();
      }
      closing.close();
      door.join();
      events.await("discovered 127.0.0.1:" + closing.getLocalPort() + "/TCP", connections.get());
      assertThat(events.events())
          .filteredOn(event -> event.startsWith("discovered 127.0.0.1:"))
          .as("discoveries, one for each connection")
          .hasSize(connections.get());
    } finally {
      closing.close();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  @Requirement({"CLI-12", "DIA-10"})
  void aRequestAfterTheLossOfAFlowThatNeverWorkedWaitsAsSipOutboundWantsIt(String kind)
      throws Exception {
    int port = Stacks.freePort();
    dns.zone().srv("_sipinternal._tcp.contoso.test", 0, 0, port, PROXY);
    Properties properties = onRequest();
    properties.setProperty("net.conmgmt.sip.KEEP_ALIVE_DIALECTS", "outbound");
    try (PlainApplication client = client(kind, properties, "tcp")) {
      Properties registrar = Stacks.managed("net.conmgmt.sip.KEEP_ALIVE_DIALECTS", "outbound");
      try (PlainApplication proxy = new PlainApplication(registrar, "127.0.0.1", port)) {
        client.register("alice", "contoso.test");
        events.await("negotiated CLIENT 300");
        assertThat(proxy.requests.poll(20, TimeUnit.SECONDS)).isNotNull();
      }
      events.await("lost contoso.test");
      // At 30 s the earliest; without outbound it would be one second.
      assertThatThrownBy(() -> client.register("alice", "contoso.test"))
          .isInstanceOf(SipException.class)
          .cause()
          .hasMessageMatching(".* the next discovery begins in [1-6][0-9] s, .*");
    }
  }

  private static Properties onRequest() {
    Properties properties = new Properties();
    properties.setProperty("net.conmgmt.sip.REDISCOVERY", "on-request");
    properties.setProperty("net.conmgmt.sip.DISCOVERY_TIMEOUT", "2");
    return properties;
  }

  private static void registerOften(PlainApplication client) {
    for (int i = 0; i < 3; i++) {
      try {
        client.register("alice", "contoso.test");
      } catch (Exception e) {
        assertThat(e).as("refused, or gone meanwhile").isInstanceOf(SipException.class);
      }
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  @Requirement("DISC-13")
  void theFirstServiceIsConnectedWhileThreeQueriesAndDhcpHaveNoAnswer(
      String kind, @TempDir Path folder) throws Exception {
    for (String silent : List.of("_sipinternal._tcp.", "_sip._tls.", "_sip._tcp.")) {
      dns.drop(silent + "contoso.test");
    }
    Duration delay = Duration.ofMillis(100);
    dns.delay("_sipinternaltls._tcp.contoso.test", delay).delay(PROXY, delay);
    TestCertificates authority = new TestCertificates(folder);
    Properties properties = authority.properties(authority.keyStore("x", "dns:" + PROXY));
    properties.setProperty("net.conmgmt.sip.DNS_TIMEOUT", "300");
    properties.setProperty("net.conmgmt.sip.DHCP", "on");
    properties.setProperty("net.conmgmt.sip.DHCP_INTERFACES", loopbackName());
    List<String> done = new CopyOnWriteArrayList<>();
    try (Doorman proxy = new Doorman();
        PlainApplication client = client(kind, properties, "tls")) {
      dns.zone().srv("_sipinternaltls._tcp.contoso.test", 0, 0, proxy.port(), PROXY);
      ConnectionManagement management = ConnectionManagement.of(client.stack());
      management.addListener(
          new ConnectionManagementListener() {
            @Override
            public void discoveryQueryEnded(String domain, Query query) {
              done.add(query.name());
            }
          });
      CompletableFuture<DiscoveryReport> discovery = management.discover(ALICE);
      Socket connection = proxy.next();
      assertThat(done)
          .contains("_sipinternaltls._tcp.contoso.test")
          .doesNotContain("_sipinternal._tcp.contoso.test")
          .doesNotContain("_sip._tls.contoso.test")
          .doesNotContain("_sip._tcp.contoso.test");
      connection.close();
      DiscoveryReport report = discovery.get(30, TimeUnit.SECONDS);
      assertThat(report.queries().subList(1, 4))
          .extracting(Query::result)
          .containsOnly(Query.Result.PENDING);
      // Where port 68 may not be used, DHCP is complete at once.
      assertThat(report.queries().get(4).records()).isEmpty();
    }
  }

  private PlainApplication client(String kind) throws Exception {
    return client(kind, new Properties(), "tcp");
  }

  private PlainApplication client(String kind, Properties more, String transport) throws Exception {
    Properties properties =
        Stacks.managed(
            IoKinds.PROPERTY,
            kind,
            "javax.sip.ROUTER_PATH",
            "net.conmgmt.sip.discovery.DiscoveryRouter",
            "net.conmgmt.sip.DNS_SERVERS",
            dns.property(),
            "net.conmgmt.sip.REDISCOVERY",
            "at-once");
    properties.putAll(more);
    PlainApplication client =
        new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), transport);
    ConnectionManagement.of(client.stack()).addListener(events);
    return client;
  }

  private static String loopbackName() throws IOException {
    return java.net.NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress()).getName();
  }

  /** Accepts connections and hands them out. */
  private static final class Doorman implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();

    Doorman() throws IOException {
      Thread thread = new Thread(this::accept, "doorman");
      thread.setDaemon(true);
      thread.start();
    }

    private void accept() {
      try {
        while (true) {
          accepted.add(server.accept());
        }
      } catch (IOException e) {
        assertThat(server.isClosed()).as("%s", e).isTrue();
      }
    }

    int port() {
      return server.getLocalPort();
    }

    Socket next() throws InterruptedException {
      Socket socket = accepted.poll(30, TimeUnit.SECONDS);
      assertThat(socket).as("a connection").isNotNull();
      return socket;
    }

    int waiting() {
      return accepted.size();
    }

    @Override
    public void close() throws IOException {
      server.close();
      for (Socket socket : accepted) {
        socket.close();
      }
    }
  }
}
