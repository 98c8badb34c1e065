package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.connection.Endpoint;
import net.conmgmt.sip.connection.ManagedConnection;
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
    } catch (java.io.IOException e) {
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

  private RawPeer connect(String transport) throws Exception {
    return transport.equals("tls")
        ? RawPeer.connectTls(port, authority.clientContext())
        : RawPeer.connect(port);
  }

  private RawPeer accept(ServerSocket server, String transport) throws Exception {
    if (!transport.equals("tls")) {
      return RawPeer.accept(server);
    }
    SSLContext context =
        authority.issue().commonName("localhost").names("ip:127.0.0.1").make().serverContext();
    return RawPeer.acceptTls(server, context);
  }

  /** The threads that wait for bytes of the stack under test. */
  private long ioThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("conmgmt-io-" + port))
        .count();
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void theProxyRemovesTheEndpointAndTheConnectionOfAClientThatResets(String kind, String transport)
      throws Exception {
    try (PlainApplication server =
        new PlainApplication(properties(kind), "127.0.0.1", port, transport)) {
      EventRecorder events = new EventRecorder();
      ConnectionManagement management = ConnectionManagement.of(server.stack());
      management.addListener(events);
      try (RawPeer client = connect(transport)) {
        client.send(RawRequest.register("alice", OFFER));
        assertThat(client.readMessage()).startsWith("SIP/2.0 200").contains("UAS;hop-hop=yes");
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
      // And the next one is served.
      try (RawPeer again = connect(transport)) {
        again.send(RawRequest.register("alice", OFFER));
        assertThat(again.readMessage()).startsWith("SIP/2.0 200");
      }
      events.await("closed PROXY", 2);
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
        Thread sender = sending(agent);
        try (RawPeer proxy = accept(listener, transport)) {
          proxy.send(RawPeer.okTo(proxy.readMessage(), ANSWER));
          sender.join();
          assertThat(agent.responses.poll(20, TimeUnit.SECONDS)).isNotNull();
          events.await("negotiated CLIENT", round);
          proxy.reset();
          assertThat(events.await("closed CLIENT", round)).startsWith("closed CLIENT IO_ERROR");
        }
        assertThat(management.connections()).isEmpty();
      }
    }
  }

  /** Sending waits for the handshake, which this thread has to answer. */
  private static Thread sending(PlainApplication agent) {
    Thread sender =
        new Thread(
            () -> {
              try {
                agent.register("alice", "contoso.test");
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    sender.start();
    return sender;
  }
}
