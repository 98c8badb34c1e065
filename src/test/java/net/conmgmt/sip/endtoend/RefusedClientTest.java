package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.sip.SipException;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.internal.transport.ManagedMessageProcessor;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.CertificateRequest;
import net.conmgmt.sip.testing.DnsServer;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TlsPeer;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Servers that judge the client's certificate. With TLS 1.3 they say what they think of it after
 * the client is done with its handshake.
 */
class RefusedClientTest {

  private static final String PROXY = "proxy.contoso.test";
  private static final String ALICE = "sip:alice@contoso.test";

  @TempDir private Path folder;
  private TestCertificates trusted;
  private TestCertificates foreign;
  private DnsServer dns;
  private TlsPeer strict;
  private TlsPeer next;
  private ServerSocket clear;

  static Stream<Arguments> kindsAndVersions() {
    return IoKinds.all().stream()
        .flatMap(kind -> Stream.of("TLSv1.2", "TLSv1.3").map(v -> Arguments.of(kind, v)));
  }

  @BeforeEach
  void open() throws Exception {
    trusted = new TestCertificates(folder);
    foreign = new TestCertificates(folder);
    dns = new DnsServer();
    strict = new TlsPeer();
    next = new TlsPeer();
    clear = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    next.show(trusted.issue().names("dns:" + PROXY).make());
    dns.zone()
        .srv("_sip._tls.contoso.test", 0, 0, strict.port(), PROXY)
        .srv("_sip._tls.contoso.test", 1, 0, next.port(), PROXY)
        .srv("_sip._tcp.contoso.test", 0, 0, clear.getLocalPort(), PROXY)
        .address(PROXY, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws Exception {
    strict.close();
    next.close();
    clear.close();
    dns.close();
  }

  private PlainApplication client(String kind, String version, CertificateRequest own)
      throws Exception {
    Properties properties =
        trusted.properties(
            trusted.pkcs12(own.make()),
            IoKinds.PROPERTY,
            kind,
            "gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS",
            version,
            "javax.sip.ROUTER_PATH",
            "net.conmgmt.sip.discovery.DiscoveryRouter",
            "net.conmgmt.sip.DNS_SERVERS",
            dns.property());
    PlainApplication client =
        new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), "tls");
    client.stack().createListeningPoint("127.0.0.1", Stacks.freePort(), "tcp");
    return client;
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  @Requirement("DISC-12")
  void aServerThatRefusesTheClientsCertificateEndsTheDiscovery(String kind, String version)
      throws Exception {
    strict.show(
        foreign.serverContext(trusted.issue().names("dns:" + PROXY).make()),
        socket -> socket.setNeedClientAuth(true));
    try (PlainApplication client = client(kind, version, trusted.issue())) {
      ConnectionManagement management = ConnectionManagement.of(client.stack());
      DiscoveryReport report = management.discover(ALICE).get(30, TimeUnit.SECONDS);
      assertThat(report.succeeded()).isFalse();
      assertThat(report.attempts())
          .singleElement()
          .satisfies(
              attempt -> {
                assertThat(attempt.outcome()).isEqualTo(Attempt.Outcome.REFUSED);
                assertThat(attempt.address()).isEqualTo("127.0.0.1:" + strict.port());
              });
      assertThat(report.failure()).contains("No other server may be tried after that");
      // The next one finds the same, and still goes to no other and to none in clear.
      assertThatThrownBy(() -> client.register("alice", "contoso.test"))
          .isInstanceOf(SipException.class)
          .hasRootCauseInstanceOf(SSLException.class);
      assertThat(strict.nextVisit().sip()).isEmpty();
      assertThat(strict.nextVisit().sip()).isEmpty();
      clear.setSoTimeout(1);
      assertThatThrownBy(clear::accept).isInstanceOf(java.net.SocketTimeoutException.class);
    }
    next.close();
    assertThat(next.visits()).isZero();
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  @Requirement("TLS-4")
  void aServerThatTakesTheClientsCertificateIsUsed(String kind, String version) throws Exception {
    strict.show(
        trusted.serverContext(trusted.issue().names("dns:" + PROXY).make()),
        socket -> socket.setNeedClientAuth(true));
    try (PlainApplication client = client(kind, version, trusted.issue())) {
      client.register("alice", "contoso.test");
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
    }
    assertThat(strict.nextVisit().sip()).startsWith("REGISTER ");
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  @Requirement("TLS-4")
  void aCertificateForServersOnlyIsNotShownToAServerThatAsksForOne(String kind, String version)
      throws Exception {
    strict.show(
        trusted.serverContext(trusted.issue().names("dns:" + PROXY).make()),
        socket -> socket.setWantClientAuth(true));
    try (CapturedLog log = new CapturedLog(ManagedMessageProcessor.class, Level.WARN);
        PlainApplication client = client(kind, version, trusted.issue().serverOnly())) {
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("/TLS: the certificate CN=x is for servers only")
          .contains("Issue it with the usage clientAuth");
      client.register("alice", "contoso.test");
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
    }
    assertThat(strict.nextVisit().sip()).startsWith("REGISTER ");
  }
}
