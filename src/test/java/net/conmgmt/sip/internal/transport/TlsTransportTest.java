package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.ListeningPointImpl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.sip.SipStack;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.apache.logging.log4j.Level;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS over the managed transport: it works, and the peer is who it has to be. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#all")
class TlsTransportTest {

  private final String io;

  private static final String PROXY = "proxy.contoso.test";

  @TempDir private Path folder;
  private TestCertificates authority;
  private final EventRecorder serverEvents = new EventRecorder();
  private final EventRecorder clientEvents = new EventRecorder();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private int port;

  TlsTransportTest(String io) {
    this.io = io;
  }

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = new TestCertificates(folder);
    port = Stacks.freePort();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  private PlainApplication server(Path keyStore, String... more) throws Exception {
    PlainApplication server =
        new PlainApplication(properties(keyStore, more), "127.0.0.1", port, "tls");
    opened.add(server);
    ConnectionManagement.of(server.stack()).addListener(serverEvents);
    return server;
  }

  private PlainApplication client(String... more) throws Exception {
    Path nobody = authority.keyStore("client");
    PlainApplication client =
        new PlainApplication(properties(nobody, more), "127.0.0.1", Stacks.freePort(), "tls");
    opened.add(client);
    ConnectionManagement.of(client.stack()).addListener(clientEvents);
    return client;
  }

  private Properties properties(Path keyStore, String... more) throws Exception {
    Properties properties = authority.properties(keyStore, more);
    properties.setProperty(IoKinds.PROPERTY, io);
    return properties;
  }

  private ManagedConnection connect(SipStack stack, @Nullable String name) throws Exception {
    return connect(stack, name, port);
  }

  private static ManagedConnection connect(SipStack stack, @Nullable String name, int toPort)
      throws Exception {
    Connector connector = Objects.requireNonNull(StackScope.of(stack).find(Connector.class));
    try {
      return connector
          .connect(
              new ConnectionTarget(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), toPort), "TLS", name))
          .get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  @Requirement({"TLS-4", "TLS-1", "MSG-3"})
  void requestsGoBothWaysOverTls(String version) throws Exception {
    PlainApplication server = server(authority.keyStore("x", "dns:" + PROXY));
    PlainApplication client = client("gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS", version);
    ManagedConnection connection = connect(client.stack(), PROXY);
    assertThat(connection.peerName()).isEqualTo(PROXY);
    for (int i = 0; i < 50; i++) {
      client.sendTo(Request.REGISTER, "127.0.0.1", port);
    }
    for (int i = 0; i < 50; i++) {
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
    }
    server.sendTo(Request.OPTIONS, "127.0.0.1", connection.localAddress().getPort());
    assertThat(server.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
    assertThat(ConnectionManagement.of(server.stack()).connections()).hasSize(1);
    clientEvents.await("negotiated CLIENT 300 200");
    serverEvents.await("negotiated PROXY 300 332");
    connection.sendKeepAlive();
    serverEvents.await("received");
    clientEvents.await("answered");
  }

  @Test
  void aListeningPointWithoutCertificateSaysThatItCannotAccept() throws Exception {
    Path own = authority.keyStore("x", "dns:" + PROXY);
    try (CapturedLog log = new CapturedLog(ManagedMessageProcessor.class, Level.INFO)) {
      server(own);
      assertThat(log.lines()).isEmpty();
      port = Stacks.freePort();
      Properties bare = Stacks.managed(IoKinds.PROPERTY, io);
      PlainApplication without = new PlainApplication(bare, "127.0.0.1", port, "tls");
      opened.add(without);
      ConnectionManagement.of(without.stack()).addListener(serverEvents);
      assertThat(log.lines())
          .singleElement()
          .asString()
          .startsWith("INFO 127.0.0.1:" + port + "/TLS has no certificate of its own")
          .contains(
              "it can open TLS connections but not accept any",
              "net.conmgmt.sip.TLS_CERTIFICATE_FILE");
    }
    assertThatThrownBy(() -> RawPeer.connectTls(port, authority.clientContext()))
        .isInstanceOf(SSLException.class);
    assertThat(serverEvents.await("closed PROXY TLS_FAILED"))
        .contains("this side has no certificate; set net.conmgmt.sip.TLS_CERTIFICATE_FILE");
  }

  @Test
  void anIpAddressIsCheckedWhereNoNameIsKnown() throws Exception {
    server(authority.keyStore("x", "ip:127.0.0.1"));
    assertThat(connect(client().stack(), null).isOpen()).isTrue();
  }

  @Test
  void aWildcardCountsOnlyWhenItIsAllowed() throws Exception {
    server(authority.keyStore("x", "dns:*.contoso.test"));
    assertThatThrownBy(() -> connect(client().stack(), PROXY)).isInstanceOf(SSLException.class);
    PlainApplication lenient = client("net.conmgmt.sip.TLS_WILDCARDS", "on");
    assertThat(connect(lenient.stack(), PROXY).isOpen()).isTrue();
  }

  /** RestComm/jain-sip 180 asks for the opposite. */
  @Test
  @Requirement("TLS-1")
  void disabledAllOfTheRiLeavesTheCheckOfTheServerOn() throws Exception {
    server(authority.keyStore("x", "dns:other.contoso.test"));
    try (CapturedLog log = new CapturedLog(TlsContexts.class, Level.WARN)) {
      PlainApplication client = client("gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE", "DisabledAll");
      assertThatThrownBy(() -> connect(client.stack(), PROXY)).isInstanceOf(SSLException.class);
      assertThat(log.lines()).singleElement().asString().contains("DisabledAll", "verified");
    }
  }

  @ParameterizedTest
  @CsvSource({"TLS_CLIENT_PROTOCOLS, TLSv9", "ENABLED_CIPHER_SUITES, TLS_NO_SUCH_SUITE"})
  void whatTheJdkDoesNotKnowIsRefusedAtTheStart(String property, String value) throws Exception {
    Path keyStore = authority.keyStore("x", "dns:" + PROXY);
    assertThatThrownBy(() -> server(keyStore, "gov.nist.javax.sip." + property, value))
        .rootCause()
        .hasMessageContaining(value);
  }

  @Test
  @Requirement("TLS-2")
  void aNameWithAnUnderscoreIsSentToTheServer() throws Exception {
    try (ServerSocket server = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      CompletableFuture<String> hello =
          CompletableFuture.supplyAsync(
              () -> {
                try (Socket accepted = server.accept()) {
                  byte[] bytes = new byte[4_096];
                  int count = accepted.getInputStream().read(bytes);
                  return new String(bytes, 0, count, StandardCharsets.ISO_8859_1);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      assertThatThrownBy(() -> connect(client().stack(), "proxy_1.contoso.test"))
          .isInstanceOf(SSLException.class);
      assertThat(hello.get(30, TimeUnit.SECONDS)).contains("proxy_1.contoso.test");
    }
  }

  @Test
  @Requirement("TLS-1")
  void twoNamesAtOneAddressAreTwoConnections() throws Exception {
    PlainApplication server =
        server(authority.keyStore("x", "dns:" + PROXY, "dns:second.contoso.test"));
    PlainApplication client = client();
    ManagedConnection first = connect(client.stack(), PROXY);
    ManagedConnection second = connect(client.stack(), "second.contoso.test");
    assertThat(second).isNotSameAs(first);
    assertThat(connect(client.stack(), "SECOND.contoso.test")).isSameAs(second);
    assertThat(connect(client.stack(), PROXY)).isSameAs(first);
    assertThatThrownBy(() -> connect(client.stack(), "third.contoso.test"))
        .isInstanceOf(SSLException.class);
    assertThat(ConnectionManagement.of(client.stack()).connections())
        .containsExactlyInAnyOrder(first, second);
    serverEvents.await("established", 2);
    assertThat(ConnectionManagement.of(server.stack()).connections()).hasSize(2);
    second.close("");
    assertThat(first.isOpen()).isTrue();
    assertThat(ConnectionManagement.of(client.stack()).connections()).containsExactly(first);
  }

  private static ManagedMessageChannel channelForAck(SipStack stack, InetAddress peer, int toPort)
      throws IOException {
    ListeningPointImpl point = (ListeningPointImpl) stack.getListeningPoints().next();
    return (ManagedMessageChannel) point.getMessageProcessor().createMessageChannel(peer, toPort);
  }

  @Test
  @Requirement("TLS-1")
  void theAckTakesTheConnectionToItsNameWhicheverAddressTheStackLooksUp() throws Exception {
    server(authority.keyStore("x", "dns:" + PROXY));
    PlainApplication client = client();
    ManagedConnection connection = connect(client.stack(), PROXY);
    InetAddress other = InetAddress.getByAddress(PROXY, new byte[] {127, 0, 0, 2});
    assertThat(channelForAck(client.stack(), other, port).connection()).isSameAs(connection);
  }

  @Test
  @Requirement("TLS-1")
  void theAckToAnotherNameAtTheSameAddressMustFindThatNameInTheCertificate() throws Exception {
    server(authority.keyStore("x", "dns:" + PROXY));
    PlainApplication client = client();
    ManagedConnection connection = connect(client.stack(), PROXY);
    InetAddress other = InetAddress.getByAddress("other.contoso.test", new byte[] {127, 0, 0, 1});
    ManagedMessageChannel channel = channelForAck(client.stack(), other, port);
    assertThatThrownBy(() -> channel.connection().attempt().awaitOpen())
        .hasStackTraceContaining("expected other.contoso.test, the certificate carries " + PROXY);
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  void anAcceptedConnectionLeavesTheOneAloneThatWasOpenedToThePortItComesFrom() throws Exception {
    PlainApplication ours = server(authority.keyStore("x", "ip:127.0.0.1"));
    SSLContext peers =
        authority.issue().commonName("x").names("ip:127.0.0.1").make().serverContext();
    ServerSocket listening = new ServerSocket(0, 2, InetAddress.getLoopbackAddress());
    InetSocketAddress peer = (InetSocketAddress) listening.getLocalSocketAddress();
    CompletableFuture<RawPeer> accepting =
        CompletableFuture.supplyAsync(
            () -> {
              try (listening) {
                return RawPeer.acceptTls(listening, peers);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    ManagedConnection kept = connect(ours.stack(), null, peer.getPort());
    try (RawPeer listener = accepting.get(30, TimeUnit.SECONDS)) {
      Socket socket = new Socket();
      socket.setReuseAddress(true);
      socket.bind(peer);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      try (RawPeer same = RawPeer.overTls(socket, authority.clientContext())) {
        same.send("\r\n\r\n");
        assertThat(same.read(2)).isEqualTo("\r\n");
        assertThat(kept.isOpen()).isTrue();
        InetAddress nameless = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        assertThat(channelForAck(ours.stack(), nameless, peer.getPort()).connection())
            .isSameAs(kept);
        listener.reset();
        serverEvents.await("closed CLIENT");
        same.send("\r\n\r\n");
        assertThat(same.read(2)).isEqualTo("\r\n");
      }
    }
  }

  @Test
  void peersThatDawdleInTheHandshakeHoldUpNobody() throws Exception {
    server(authority.keyStore("x", "dns:" + PROXY));
    List<RawPeer> dawdlers = new ArrayList<>();
    try {
      for (int i = 0; i < 30; i++) {
        RawPeer dawdler = RawPeer.connect(port);
        dawdlers.add(dawdler);
        // The first bytes of a record that never ends.
        dawdler.send("\u0016\u0003\u0001\u0001\u0000\u0001");
      }
      assertThat(connect(client().stack(), PROXY).isOpen()).isTrue();
    } finally {
      for (RawPeer dawdler : dawdlers) {
        dawdler.close();
      }
    }
  }

  @Test
  @Requirement("TLS-1")
  void anAddressThatIsDialledAgainMustStillCarryItsName() throws Exception {
    server(authority.keyStore("x", "dns:" + PROXY));
    PlainApplication client = client();
    connect(client.stack(), PROXY).close("lost");
    client.sendTo(Request.OPTIONS, "127.0.0.1", port);
    assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
    assertThat(ConnectionManagement.of(client.stack()).connections())
        .singleElement()
        .extracting(ManagedConnection::peerName)
        .isEqualTo(PROXY);
  }

  @Test
  void aClientThatNeverShakesHandsIsClosedByTheServer() throws Exception {
    server(authority.keyStore("x", "dns:" + PROXY), "net.conmgmt.sip.TLS_HANDSHAKE_TIMEOUT", "1");
    try (RawPeer mute = RawPeer.connect(port)) {
      assertThat(mute.readsEnd()).isTrue();
    }
    serverEvents.await("closed PROXY TLS_FAILED");
  }

  @Test
  void plainSipToATlsPortEndsTheConnectionWithItsReason() throws Exception {
    server(authority.keyStore("x", "dns:" + PROXY));
    try (RawPeer plain = RawPeer.connect(port)) {
      plain.send("OPTIONS sip:a@b SIP/2.0\r\n\r\n");
      serverEvents.await("closed PROXY TLS_FAILED");
    }
  }
}
