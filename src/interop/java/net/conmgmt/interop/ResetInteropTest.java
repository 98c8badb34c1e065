package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A peer that ends the connection with RST in the midst of silence, as kernels do for a process
 * that died, and as firewalls do.
 */
@Tag("peers")
class ResetInteropTest {

  private static final String OFFER = "Ms-Keep-Alive: UAC;hop-hop=yes";
  private static final int ROUNDS = 20;
  private static final int SECONDS = 20;
  private static final String ANSWER = "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300\r\n";

  @TempDir private Path folder;
  private TestCertificates authority;
  private final int port = freePort();

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = new TestCertificates(folder);
  }

  @AfterEach
  void noThreadIsLeft() {
    await().until(() -> ioThreads() == 0);
  }

  private static int freePort() {
    try {
      return Stacks.freePort();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Properties properties(String kind, String... more) throws Exception {
    Properties properties =
        authority.properties(
            authority.keyStore("localhost", "ip:127.0.0.1"),
            IoKinds.PROPERTY,
            kind,
            "gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE",
            "Disabled");
    properties.putAll(Stacks.managed(more));
    return properties;
  }

  /** Connects from that port of its own; 0 for any. */
  private RawPeer connect(String transport, int from) throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    Socket tcp = new Socket();
    tcp.setReuseAddress(true);
    tcp.bind(new InetSocketAddress(loopback, from));
    tcp.connect(new InetSocketAddress(loopback, port));
    return transport.equals("tls")
        ? RawPeer.overTls(tcp, authority.clientContext())
        : RawPeer.over(tcp);
  }

  private RawPeer accept(ServerSocket server, String transport) throws Exception {
    if (!transport.equals("tls")) {
      return RawPeer.accept(server);
    }
    SSLContext context =
        authority.issue().commonName("localhost").names("ip:127.0.0.1").make().serverContext();
    return RawPeer.acceptTls(server, context);
  }

  /** The threads that wait for bytes of the stack under test, or work on them. */
  private long ioThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches("conmgmt-(io|worker)-" + port + "\\b.*"))
        .count();
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void theProxyRemovesTheEndpointAndTheConnectionOfAClientThatResets(String kind, String transport)
      throws Exception {
    try (PlainApplication server = server(kind, transport)) {
      EventRecorder events = new EventRecorder();
      ConnectionManagement management = ConnectionManagement.of(server.stack());
      management.addListener(events);
      try (RawPeer client = connect(transport, 0)) {
        register(client);
        ManagedConnection connection = management.connections().iterator().next();
        management.authenticated(connection, new Endpoint("sip:alice@contoso.test", "one"));
        events.await("authenticated sip:alice@contoso.test");
        client.reset();
        assertThat(events.await("closed")).startsWith("closed PROXY IO_ERROR");
        assertThat(events.events())
            .containsSubsequence(
                "removed sip:alice@contoso.test IO_ERROR", events.await("closed PROXY"))
            .filteredOn(event -> event.startsWith("closed"))
            .hasSize(1);
      }
      assertThat(management.connections()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void nothingIsLeftOfClientsThatReset(String kind, String transport) throws Exception {
    try (PlainApplication server = server(kind, transport)) {
      EventRecorder events = new EventRecorder();
      ConnectionManagement.of(server.stack()).addListener(events);
      int clientPort = Stacks.freePort();
      long descriptors = 0;
      for (int round = 0; round <= ROUNDS; round++) {
        // Only one connection is allowed, so the one before must no longer count.
        try (RawPeer client = connect(transport, clientPort)) {
          register(client);
          client.reset();
        }
        events.await("closed PROXY IO_ERROR", round + 1);
        if (round == 0) {
          descriptors = openDescriptors();
        }
      }
      long atFirst = descriptors;
      await().untilAsserted(() -> assertThat(openDescriptors()).isLessThan(atFirst + ROUNDS / 2));
      // Their address leads to whoever listens there now.
      try (ServerSocket listener =
          new ServerSocket(clientPort, 5, InetAddress.getLoopbackAddress())) {
        Future<?> sender = sending(() -> server.sendTo(Request.OPTIONS, "127.0.0.1", clientPort));
        try (RawPeer successor = accept(listener, transport)) {
          assertThat(successor.readMessage()).startsWith("OPTIONS");
        }
        sender.get(SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  /** A server that takes one connection at a time. */
  private PlainApplication server(String kind, String transport) throws Exception {
    Properties properties = properties(kind, "net.conmgmt.sip.MAX_CONNECTIONS", "1");
    return new PlainApplication(properties, "127.0.0.1", port, transport);
  }

  private static void register(RawPeer client) throws IOException {
    client.send(RawRequest.register("alice", OFFER));
    assertThat(client.readMessage()).startsWith("SIP/2.0 200").contains("UAS;hop-hop=yes");
  }

  private static long openDescriptors() throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
      return entries.count();
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void theUserAgentIsToldOfAProxyThatResetsAndItsNextRequestConnectsAgain(
      String kind, String transport) throws Exception {
    try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        PlainApplication agent =
            new PlainApplication(
                properties(
                    kind,
                    "javax.sip.OUTBOUND_PROXY",
                    "127.0.0.1:" + listener.getLocalPort() + "/" + transport),
                "127.0.0.1",
                port,
                transport)) {
      EventRecorder events = new EventRecorder();
      ConnectionManagement management = ConnectionManagement.of(agent.stack());
      management.addListener(events);
      for (int round = 1; round <= 2; round++) {
        Future<?> sender = sending(() -> agent.register("alice", "contoso.test"));
        try (RawPeer proxy = accept(listener, transport)) {
          proxy.send(RawPeer.okTo(proxy.readMessage(), ANSWER));
          sender.get(SECONDS, TimeUnit.SECONDS);
          assertThat(agent.responses.poll(SECONDS, TimeUnit.SECONDS)).isNotNull();
          events.await("negotiated CLIENT", round);
          proxy.reset();
          assertThat(events.await("closed CLIENT", round)).startsWith("closed CLIENT IO_ERROR");
        }
        assertThat(management.connections()).isEmpty();
      }
    }
  }

  /** Sending waits for the handshake, which this thread has to answer. */
  private static Future<?> sending(Callable<?> request) {
    FutureTask<?> sending = new FutureTask<>(request);
    new Thread(sending).start();
    return sending;
  }
}
