package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import net.conmgmt.sip.testing.CertificateRequest;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.RevocationServer;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;
import net.conmgmt.sip.testing.TlsPeer;
import net.conmgmt.sip.testing.TlsStack;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** TLS_REVOCATION against a revocation list and an OCSP responder over HTTP, by version of TLS. */
@Requirement("TLS-1")
class RevocationTest {

  private static final String PROXY = "proxy.contoso.test";

  @TempDir private static Path folder;
  private static TestCertificates authority;
  private static TlsPeer peer;
  private static final Map<String, TlsStack> CLIENTS = new HashMap<>();
  private RevocationServer revocation;

  @BeforeAll
  static void open() throws Exception {
    authority = new TestCertificates(folder);
    peer = new TlsPeer();
  }

  @BeforeEach
  void serve() throws Exception {
    revocation = new RevocationServer(authority);
    peer.forgetVisits();
  }

  @AfterEach
  void stopServing() {
    revocation.close();
  }

  @AfterAll
  static void close() throws Exception {
    CLIENTS.values().parallelStream().forEach(TlsStack::close);
    peer.close();
  }

  static Stream<Arguments> kindsAndVersions() {
    return IoKinds.all().stream()
        .flatMap(
            kind -> Stream.of("TLSv1.2", "TLSv1.3").map(version -> Arguments.of(kind, version)));
  }

  private static TlsStack client(String kind, String version, String how) throws Exception {
    String key = kind + version + how;
    if (!CLIENTS.containsKey(key)) {
      CLIENTS.put(
          key,
          new TlsStack(
              authority.properties(
                  authority.keyStore("client"),
                  IoKinds.PROPERTY,
                  kind,
                  "gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS",
                  version,
                  "net.conmgmt.sip.TLS_REVOCATION",
                  how)));
    }
    return CLIENTS.get(key);
  }

  private static TestIdentity shown(CertificateRequest request) throws Exception {
    TestIdentity identity = request.names("dns:" + PROXY).make();
    peer.show(identity);
    return identity;
  }

  private static void assertConnects(TlsStack client) throws Exception {
    client.connect(peer.port(), PROXY).close("end of the test");
    // The peer may only now be done with a connection that was refused before.
    await().until(() -> peer.nextVisit().secured());
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  void byDefaultNobodyIsAsked(String kind, String version) throws Exception {
    TestIdentity shown =
        shown(authority.issue().ocspAt(revocation.ocspUrl()).crlAt(revocation.crlUrl("off")));
    revocation.revoke(shown.certificate());
    assertConnects(client(kind, version, "off"));
    assertThat(revocation.questions()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  void aCertificateOnItsRevocationListIsRefused(String kind, String version) throws Exception {
    TlsStack client = client(kind, version, "crl");
    shown(authority.issue().crlAt(revocation.crlUrl("good")));
    assertConnects(client);
    TestIdentity shown = shown(authority.issue().crlAt(revocation.crlUrl("revoked")));
    revocation.revoke(shown.certificate());
    assertThatThrownBy(() -> client.connect(peer.port(), PROXY))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining(
            "The certificate of proxy.contoso.test is not accepted: it was revoked")
        .hasMessageContaining("KEY_COMPROMISE");
    assertThat(revocation.questions()).containsExactly("crl", "crl");
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  void aCertificateThatTheResponderCallsRevokedIsRefused(String kind, String version)
      throws Exception {
    TlsStack client = client(kind, version, "ocsp");
    shown(authority.issue().ocspAt(revocation.ocspUrl()));
    assertConnects(client);
    TestIdentity shown = shown(authority.issue().ocspAt(revocation.ocspUrl()));
    revocation.revoke(shown.certificate());
    assertThatThrownBy(() -> client.connect(peer.port(), PROXY))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("is not accepted: it was revoked");
    assertThat(revocation.questions()).containsExactly("ocsp", "ocsp");
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  void aStatusThatCannotBeFoundOutIsARefusal(String kind, String version) throws Exception {
    for (String how : List.of("crl", "ocsp")) {
      TlsStack client = client(kind, version, how);
      for (CertificateRequest request :
          List.of(
              authority.issue(),
              authority.issue().crlAt(revocation.brokenUrl()).ocspAt(revocation.brokenUrl()))) {
        shown(request);
        assertThatThrownBy(() -> client.connect(peer.port(), PROXY))
            .isInstanceOf(SSLException.class)
            .hasMessageContaining(
                "expected to find out whether it was revoked (TLS_REVOCATION = "
                    + how
                    + "), found: ");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  void anAnswerThatTheProxyStaplesIsEnough(String kind, String version) throws Exception {
    TlsStack client = client(kind, version, "ocsp");
    TestIdentity good = authority.issue().names("dns:" + PROXY).ocspAt(revocation.ocspUrl()).make();
    stapleAndLetNobodyAskAnyMore(good, client(kind, version, "off"));
    assertConnects(client);
    serve();
    TestIdentity bad = authority.issue().names("dns:" + PROXY).ocspAt(revocation.ocspUrl()).make();
    revocation.revoke(bad.certificate());
    stapleAndLetNobodyAskAnyMore(bad, client(kind, version, "off"));
    assertThatThrownBy(() -> client.connect(peer.port(), PROXY))
        .hasMessageContaining("is not accepted: it was revoked");
  }

  /** The first handshake makes the proxy fetch the answer, which it keeps. */
  private void stapleAndLetNobodyAskAnyMore(TestIdentity identity, TlsStack indifferent)
      throws Exception {
    peer.showWithStaple(identity);
    assertConnects(indifferent);
    assertThat(revocation.questions()).containsExactly("ocsp");
    revocation.close();
  }
}
