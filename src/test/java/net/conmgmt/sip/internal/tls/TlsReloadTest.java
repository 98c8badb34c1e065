package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import net.conmgmt.sip.testing.CertificateRequest;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;
import net.conmgmt.sip.testing.TlsPeer;
import net.conmgmt.sip.testing.TlsStack;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Certificates are renewed by writing files, while the stack runs. */
class TlsReloadTest {

  private static final String PROXY = "proxy.contoso.test";

  @TempDir private Path folder;
  private TestCertificates authority;
  private Path certificateFile;
  private Path keyFile;
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = new TestCertificates(folder);
    certificateFile = folder.resolve("chain.pem");
    keyFile = folder.resolve("key.pem");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable closeable : opened) {
      closeable.close();
    }
  }

  private CertificateRequest named() throws Exception {
    return authority.issue().names("dns:" + PROXY);
  }

  private void write(TestIdentity identity) throws Exception {
    Files.writeString(certificateFile, identity.chainPem());
    Files.writeString(keyFile, identity.keyPem());
  }

  private TlsStack proxy(String kind) throws Exception {
    TlsStack proxy =
        new TlsStack(
            Stacks.managed(
                IoKinds.PROPERTY,
                kind,
                "net.conmgmt.sip.TLS_CERTIFICATE_FILE",
                certificateFile.toString(),
                "net.conmgmt.sip.TLS_KEY_FILE",
                keyFile.toString(),
                "net.conmgmt.sip.FQDN",
                PROXY));
    opened.add(proxy);
    return proxy;
  }

  /** The serial number of the certificate that a new handshake with {@code proxy} shows. */
  private static BigInteger shownBy(TlsStack proxy) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustsAll()}, null);
    try (Socket raw = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        SSLSocket socket =
            (SSLSocket) context.getSocketFactory().createSocket(raw, PROXY, proxy.port(), true)) {
      socket.startHandshake();
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  @Requirement("TLS-3")
  void aRenewedCertificateIsShownFromTheNextHandshakeOn(String kind) throws Exception {
    TestIdentity first = named().make();
    write(first);
    TlsStack proxy = proxy(kind);
    assertThat(shownBy(proxy)).isEqualTo(first.certificate().getSerialNumber());
    TestIdentity second = named().make();
    write(second);
    proxy.putForward(Duration.ofSeconds(1));
    assertThat(shownBy(proxy)).isEqualTo(second.certificate().getSerialNumber());
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  @Requirement("TLS-3")
  void whatMustNotBeShownIsNotShownAfterAChangeEither(String kind) throws Exception {
    TestIdentity good = named().make();
    write(good);
    TlsStack proxy = proxy(kind);
    TestIdentity next = named().make();
    TestIdentity otherName = authority.issue().names("dns:other.contoso.test").make();
    TestIdentity expired = named().valid(Duration.ofDays(-2), Duration.ofDays(-1)).make();
    List<Writer> faults =
        List.of(
            () -> Files.writeString(certificateFile, "no certificate"),
            // A renewal writes two files, one after the other.
            () -> write(new TestIdentity(good.key(), next.chain())),
            () -> write(otherName),
            () -> write(expired),
            () -> Files.delete(keyFile));
    for (Writer fault : faults) {
      fault.write();
      proxy.putForward(Duration.ofSeconds(1));
      assertThat(shownBy(proxy)).isEqualTo(good.certificate().getSerialNumber());
    }
    write(next);
    proxy.putForward(Duration.ofSeconds(1));
    assertThat(shownBy(proxy)).isEqualTo(next.certificate().getSerialNumber());
  }

  private interface Writer {
    void write() throws Exception;
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void whatIsNoLongerTrustedIsNotResumedEither(String kind) throws Exception {
    TestCertificates other = new TestCertificates(folder);
    Path trust = folder.resolve("trust.pem");
    Files.writeString(trust, authority.rootPem());
    TlsStack client =
        new TlsStack(
            Stacks.managed(
                IoKinds.PROPERTY,
                kind,
                // Here the session is there for the next connection as soon as this one is open.
                "gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS",
                "TLSv1.2",
                "net.conmgmt.sip.TLS_TRUST_FILE",
                trust.toString()));
    TlsPeer peer = new TlsPeer().show(named().make());
    opened.add(client);
    opened.add(peer);
    client.connect(peer.port(), PROXY).close("to be resumed");
    Files.writeString(trust, other.rootPem());
    client.putForward(Duration.ofSeconds(1));
    assertThatThrownBy(() -> client.connect(peer.port(), PROXY))
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("is not trusted")
        .hasMessageContaining(trust + " (net.conmgmt.sip.TLS_TRUST_FILE)");
    peer.show(other.issue().names("dns:" + PROXY).make());
    assertThat(client.connect(peer.port(), PROXY).isOpen()).isTrue();
  }

  private static final class TrustsAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
