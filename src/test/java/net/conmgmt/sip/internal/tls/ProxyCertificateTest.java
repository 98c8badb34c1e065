package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.internal.transport.ManagedMessageProcessor;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;
import net.conmgmt.sip.testing.TlsStack;
import org.apache.logging.log4j.Level;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The proxy's side: what it must have to start, and what it asks of clients. */
class ProxyCertificateTest {

  private static final String PROXY = "proxy.contoso.test";

  @TempDir private static Path folder;
  private static TestCertificates authority;
  private static final Map<String, TlsStack> PROXIES = new HashMap<>();

  @BeforeAll
  static void makeAuthority() throws Exception {
    authority = new TestCertificates(folder);
  }

  @AfterAll
  static void close() {
    // Each takes the RI a second.
    PROXIES.values().parallelStream().forEach(TlsStack::close);
  }

  private static void assertRefusesToStart(Properties properties, String why) {
    properties.setProperty("net.conmgmt.sip.FQDN", PROXY);
    assertThatThrownBy(() -> new TlsStack(properties))
        .hasStackTraceContaining(
            "TLS cannot be set up: This proxy cannot show that it is proxy.contoso.test"
                + " (net.conmgmt.sip.FQDN): "
                + why);
  }

  @Test
  @Requirement("TLS-3")
  void itRefusesToStartWithAnotherName() throws Exception {
    assertRefusesToStart(
        authority.properties(authority.keyStore(PROXY, "dns:other.contoso.test")),
        "Certificate name mismatch: expected proxy.contoso.test, the certificate carries"
            + " other.contoso.test");
    assertRefusesToStart(
        authority.properties(authority.keyStore("x", "dns:*.contoso.test")),
        "Certificate name mismatch");
  }

  @Test
  @Requirement("TLS-3")
  void itRefusesToStartOutsideTheDatesOfItsCertificate() throws Exception {
    assertRefusesToStart(
        authority.properties(
            authority.keyStore("x", Duration.ofDays(-2), Duration.ofDays(-1), "dns:" + PROXY)),
        "The certificate of proxy.contoso.test is not accepted: CN=x expired at ");
    assertRefusesToStart(
        authority.properties(
            authority.keyStore("x", Duration.ofDays(1), Duration.ofDays(2), "dns:" + PROXY)),
        "The certificate of proxy.contoso.test is not accepted: CN=x is not valid before ");
  }

  @Test
  @Requirement("TLS-3")
  void itRefusesToStartWithoutAPrivateKey() throws Exception {
    String why = "expected a certificate with its private key, found none";
    assertRefusesToStart(authority.properties(authority.trustStore()), why);
    assertRefusesToStart(Stacks.managed(), why);
  }

  @Test
  @Requirement("TLS-3")
  void itStartsWithACertificateThatIsInOrder() throws Exception {
    try (TlsStack proxy =
        new TlsStack(
            authority.properties(
                authority.keyStore("x", "dns:" + PROXY), "net.conmgmt.sip.FQDN", PROXY))) {
      assertThat(proxy.port()).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aHandshakeForWhichItsCertificateWillNotDoFailsWithTheReason(String version)
      throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    TestIdentity old =
        authority
            .issueFor(generator.generateKeyPair())
            .commonName("old")
            .selfSigned()
            .signedWith("MD5withRSA")
            .make();
    try (CapturedLog log = new CapturedLog(ManagedMessageProcessor.class, Level.WARN);
        TlsStack proxy = new TlsStack(authority.properties(authority.pkcs12(old)))) {
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("peers will refuse a certificate of this side: CN=old is signed with MD5");
      EventRecorder events = new EventRecorder();
      ConnectionManagement.of(proxy.stack()).addListener(events);
      handshake(proxy.port(), version, null);
      assertThat(events.await("closed PROXY TLS_FAILED"))
          .contains("CN=old is signed with MD5withRSA");
    }
  }

  static Stream<Arguments> clients() {
    return IoKinds.all().stream()
        .flatMap(
            kind ->
                Stream.of("TLSv1.2", "TLSv1.3")
                    .flatMap(
                        version ->
                            Stream.of(
                                // property, certificate of the client, taken
                                Arguments.of(kind, version, "", "none", true),
                                Arguments.of(kind, version, "Disabled", "none", true),
                                Arguments.of(kind, version, "Want", "none", true),
                                Arguments.of(kind, version, "Enabled", "none", false),
                                Arguments.of(kind, version, "Enabled", "trusted", true),
                                Arguments.of(kind, version, "Enabled", "expired", false),
                                Arguments.of(kind, version, "Want", "expired", false))));
  }

  @ParameterizedTest
  @MethodSource("clients")
  @Requirement("TLS-4")
  void aClientCertificateIsDemandedOnlyAsThePropertySays(
      String kind, String version, String property, String certificate, boolean taken)
      throws Exception {
    TestIdentity identity =
        switch (certificate) {
          case "trusted" -> authority.issue().commonName("alice").make();
          case "expired" ->
              authority
                  .issue()
                  .commonName("mallory")
                  .valid(Duration.ofDays(-2), Duration.ofDays(-1))
                  .make();
          default -> null;
        };
    TlsStack proxy = proxyThatAsks(kind, property);
    EventRecorder events = new EventRecorder();
    ConnectionManagement.of(proxy.stack()).addListener(events);
    handshake(proxy.port(), version, identity);
    if (taken) {
      events.await("established PROXY");
      events.await("closed PROXY");
    } else {
      assertThat(events.await("closed PROXY TLS_FAILED"))
          .contains(
              identity == null
                  ? "client certificate"
                  : "The certificate of the client is not accepted: CN=mallory expired at");
      assertThat(events.events()).doesNotContain("established PROXY");
    }
    ConnectionManagement.of(proxy.stack()).removeListener(events);
  }

  private static TlsStack proxyThatAsks(String kind, String property) throws Exception {
    TlsStack proxy = PROXIES.get(kind + property);
    if (proxy == null) {
      Properties properties =
          authority.properties(authority.keyStore("x", "dns:" + PROXY), IoKinds.PROPERTY, kind);
      if (!property.isEmpty()) {
        properties.setProperty("gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE", property);
      }
      proxy = new TlsStack(properties);
      PROXIES.put(kind + property, proxy);
    }
    return proxy;
  }

  /** A client that is not this library; what becomes of it, the proxy's events say. */
  private static void handshake(int port, String version, @Nullable TestIdentity identity)
      throws Exception {
    KeyManager[] keys = {};
    if (identity != null) {
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(identity.keyStore("PKCS12"), TestCertificates.PASSWORD.toCharArray());
      keys = factory.getKeyManagers();
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("root", authority.root());
    trust.init(roots);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), port);
        SSLSocket socket =
            (SSLSocket) context.getSocketFactory().createSocket(raw, PROXY, port, true)) {
      socket.setEnabledProtocols(new String[] {version});
      socket.startHandshake();
    } catch (IOException e) {
      assertThat(e).isInstanceOfAny(SSLException.class, SocketException.class);
    }
  }
}
