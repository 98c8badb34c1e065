package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.core.net.SecurityManagerProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.sip.message.Request;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;
import net.conmgmt.sip.testing.TlsPeer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A resumed session shows no certificate on the wire; who the proxy is, is checked all the same.
 */
@Requirement({"TLS-1", "TLS-4"})
class TlsResumptionTest {

  private static final String PROXY = "proxy.contoso.test";

  /** What an application may bring along: it looks at nothing, names least of all. */
  public static final class Careless implements SecurityManagerProvider {
    @Override
    public void init(Properties properties) {}

    @Override
    public KeyManager[] getKeyManagers(boolean client) {
      return new KeyManager[0];
    }

    @Override
    public TrustManager[] getTrustManagers(boolean client) {
      return new TrustManager[] {new TrustsAll()};
    }
  }

  private static final class TrustsAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket) {}

    @Override
    public void checkClientTrusted(
        X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

    @Override
    public void checkServerTrusted(
        X509Certificate[] chain, String type, @Nullable SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @TempDir private Path folder;
  private TestCertificates authority;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = new TestCertificates(folder);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  static Stream<Arguments> kindsAndVersions() {
    return IoKinds.all().stream()
        .flatMap(
            kind -> Stream.of("TLSv1.2", "TLSv1.3").map(version -> Arguments.of(kind, version)));
  }

  private PlainApplication client(String kind, String version, String... more) throws Exception {
    Properties properties = authority.properties(authority.keyStore("client"), more);
    properties.setProperty(IoKinds.PROPERTY, kind);
    properties.setProperty("gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS", version);
    PlainApplication client =
        new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), "tls");
    opened.add(client);
    return client;
  }

  private TlsPeer peer(TestIdentity identity) throws Exception {
    TlsPeer peer = new TlsPeer().show(identity);
    opened.add(peer);
    return peer;
  }

  private static ManagedConnection connect(PlainApplication client, TlsPeer peer) throws Exception {
    Connector connector =
        Objects.requireNonNull(StackScope.of(client.stack()).find(Connector.class));
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), peer.port());
    try {
      return connector
          .connect(new ConnectionTarget(address, "TLS", PROXY))
          .get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /**
   * With a request answered, the session ticket that follows a handshake of TLS 1.3 is read too.
   */
  private static TlsPeer.Visit connectUseAndClose(PlainApplication client, TlsPeer peer)
      throws Exception {
    ManagedConnection connection = connect(client, peer);
    client.sendTo(Request.OPTIONS, "127.0.0.1", peer.port());
    assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
    connection.close("to be resumed");
    return peer.nextVisit();
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  void theSessionOfAGoodProxyIsResumed(String kind, String version) throws Exception {
    TlsPeer peer = peer(authority.issue().names("dns:" + PROXY).make());
    PlainApplication client = client(kind, version);
    assertThat(connectUseAndClose(client, peer).resumed()).isFalse();
    assertThat(connectUseAndClose(client, peer).resumed()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void aSessionIsOfNoUseWhenItsCertificateHasExpired(String kind) throws Exception {
    TestIdentity identity =
        authority
            .issue()
            .names("dns:" + PROXY)
            .valid(Duration.ofDays(-1), Duration.ofSeconds(7))
            .make();
    TlsPeer peer12 = peer(identity);
    TlsPeer peer13 = peer(identity);
    PlainApplication client12 = client(kind, "TLSv1.2");
    PlainApplication client13 = client(kind, "TLSv1.3");
    connectUseAndClose(client12, peer12);
    connectUseAndClose(client13, peer13);
    Awaitility.await().until(() -> ChainFault.outOfDate(identity.certificate()) != null);
    assertThatThrownBy(() -> connect(client12, peer12))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining(PROXY + " is not accepted: CN=x expired at");
    assertThatThrownBy(() -> connect(client13, peer13))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining(PROXY + " is not accepted: CN=x expired at");
    assertThat(List.of(peer12.nextVisit(), peer13.nextVisit()))
        .allMatch(visit -> visit.resumed() && visit.sip().isEmpty());
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  void anotherNameIsRefusedAgainWhateverTheApplicationTrusts(String kind, String version)
      throws Exception {
    TlsPeer peer = peer(authority.issue().names("dns:other.contoso.test").make());
    PlainApplication client =
        client(
            kind,
            version,
            "gov.nist.javax.sip.SECURITY_MANAGER_PROVIDER",
            Careless.class.getName());
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> connect(client, peer))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining("expected " + PROXY + ", the certificate carries other.contoso");
    }
    assertThat(peer.nextVisit().sip()).isEmpty();
    TlsPeer.Visit second = peer.nextVisit();
    assertThat(second.sip()).isEmpty();
    // With TLS 1.3 the connection is closed before the ticket is read: there is nothing to resume.
    assertThat(second.resumed()).isEqualTo(version.equals("TLSv1.2"));
  }
}
