package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.sip.SipException;
import javax.sip.message.Request;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code alias} of RFC 5923: whoever asks for an address must have its certificate. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.IoKinds#all")
class ConnectionAliasTest {

  private final String kind;

  @TempDir private Path folder;

  ConnectionAliasTest(String kind) {
    this.kind = kind;
  }

  private PlainApplication proxy(TestCertificates authority, int port, String transport)
      throws Exception {
    Properties properties =
        authority.properties(
            authority.keyStore("x", "ip:127.0.0.1"),
            IoKinds.PROPERTY,
            kind,
            "gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE",
            "Want");
    return new PlainApplication(properties, "127.0.0.1", port, transport);
  }

  private static SSLContext client(TestCertificates authority, @Nullable String name)
      throws Exception {
    KeyManager[] keys = null;
    if (name != null) {
      KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
      managers.init(
          authority.issue().commonName("x").names(name).make().keyStore("PKCS12"),
          TestCertificates.PASSWORD.toCharArray());
      keys = managers.getKeyManagers();
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("root", authority.root());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    return context;
  }

  private static String options(String transport, int port) {
    return "OPTIONS sip:proxy@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/"
        + transport
        + " 127.0.0.1:"
        + port
        + ";branch=z9hG4bKalias;alias\r\nFrom: <sip:peer@contoso.test>;tag=1\r\n"
        + "To: <sip:proxy@contoso.test>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
        + "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
  }

  @Test
  @Requirement("DIA-12")
  void aPeerWhoseVerifiedCertificateCarriesTheAliasIsReachedOnItsConnection() throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    int port = Stacks.freePort();
    int nobodyListens = Stacks.freePort();
    try (PlainApplication proxy = proxy(authority, port, "tls");
        RawPeer peer = RawPeer.connectTls(port, client(authority, "ip:127.0.0.1"))) {
      peer.send(options("TLS", nobodyListens));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      proxy.sendTo(Request.OPTIONS, "127.0.0.1", nobodyListens);
      String request = peer.readMessage();
      assertThat(request).startsWith("OPTIONS sip:peer@127.0.0.1:" + nobodyListens);
      peer.send(RawPeer.okTo(request, ""));
      assertThat(proxy.responses.poll(30, TimeUnit.SECONDS)).isNotNull();

      peer.socket().close();
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 1_000; i++) {
                  proxy.sendTo(Request.OPTIONS, "127.0.0.1", nobodyListens);
                }
              })
          .isInstanceOf(SipException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ip:127.0.0.2", "dns:other.contoso.test"})
  @Requirement("DIA-12")
  void withoutACertificateThatCarriesItAnAliasIsIgnored(String name) throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    int port = Stacks.freePort();
    int nobodyListens = Stacks.freePort();
    try (PlainApplication proxy = proxy(authority, port, "tls");
        RawPeer peer = RawPeer.connectTls(port, client(authority, name.isEmpty() ? null : name))) {
      peer.send(options("TLS", nobodyListens));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      assertThatThrownBy(() -> proxy.sendTo(Request.OPTIONS, "127.0.0.1", nobodyListens))
          .isInstanceOf(SipException.class);
    }
  }

  @Test
  @Requirement("DIA-12")
  void overTcpAnAliasIsIgnored() throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    int port = Stacks.freePort();
    int nobodyListens = Stacks.freePort();
    try (PlainApplication proxy = proxy(authority, port, "tcp");
        RawPeer peer = RawPeer.connect(port)) {
      peer.send(options("TCP", nobodyListens));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      assertThatThrownBy(() -> proxy.sendTo(Request.OPTIONS, "127.0.0.1", nobodyListens))
          .isInstanceOf(SipException.class);
    }
  }
}
