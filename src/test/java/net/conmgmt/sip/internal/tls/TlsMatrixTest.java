package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.sip.SipException;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryException;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.DnsServer;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TlsPeer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code tls-matrix.txt}: every server that a client may meet, by kind of I/O and version of TLS.
 * An application that knows only its address-of-record sends a REGISTER; discovery finds a TLS and
 * a TCP entry.
 */
class TlsMatrixTest {

  @TempDir private static Path folder;
  private static TestCertificates trusted;
  private static TestCertificates unknown;
  private static DnsServer dns;
  private static TlsPeer peer;
  private static ServerSocketChannel tcpTrap;
  private static final Map<String, PlainApplication> CLIENTS = new HashMap<>();

  /** By domain: the client knows the TCP entry. */
  private static final Map<String, CompletableFuture<Void>> TCP_ANSWERED =
      new ConcurrentHashMap<>();

  @BeforeAll
  static void open() throws Exception {
    trusted = new TestCertificates(folder);
    unknown = new TestCertificates(folder);
    dns = new DnsServer();
    peer = new TlsPeer();
    tcpTrap = ServerSocketChannel.open();
    tcpTrap.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    tcpTrap.configureBlocking(false);
  }

  @AfterAll
  static void close() throws Exception {
    // Each takes the RI a second.
    CLIENTS.values().parallelStream().forEach(PlainApplication::close);
    peer.close();
    dns.close();
    tcpTrap.close();
  }

  /**
   * One stack serves all rows: each has a domain of its own, so nothing is left of a former one.
   */
  private static PlainApplication client(String kind, String version, int handshakeSeconds)
      throws Exception {
    String key = kind + " " + version + " " + handshakeSeconds;
    PlainApplication client = CLIENTS.get(key);
    if (client == null) {
      Properties properties =
          trusted.properties(
              trusted.keyStore("client"),
              IoKinds.PROPERTY,
              kind,
              "gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS",
              version,
              "net.conmgmt.sip.TLS_HANDSHAKE_TIMEOUT",
              String.valueOf(handshakeSeconds),
              "javax.sip.ROUTER_PATH",
              "net.conmgmt.sip.discovery.DiscoveryRouter",
              "net.conmgmt.sip.DNS_SERVERS",
              dns.property());
      client = new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), "tls");
      client.stack().createListeningPoint("127.0.0.1", Stacks.freePort(), "tcp");
      ConnectionManagement.of(client.stack()).addListener(new TcpAnswers());
      CLIENTS.put(key, client);
    }
    return client;
  }

  private static final class TcpAnswers implements ConnectionManagementListener {
    @Override
    public void discoveryQueryEnded(String domain, DiscoveryReport.Query query) {
      if (query.name().startsWith("_sip._tcp.")) {
        Objects.requireNonNull(TCP_ANSWERED.get(domain)).complete(null);
      }
    }
  }

  static Stream<Arguments> matrix() throws Exception {
    List<MatrixRow> rows = MatrixRow.all();
    return IoKinds.all().stream()
        .flatMap(
            kind ->
                Stream.of("TLSv1.2", "TLSv1.3")
                    .flatMap(
                        version -> rows.stream().map(row -> Arguments.of(kind, version, row))));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("matrix")
  @Requirement({"TLS-1", "TLS-2", "TLS-4", "DISC-12"})
  void aServerIsTakenForTheProxyOnlyIfItProvesToBe(String kind, String version, MatrixRow row)
      throws Exception {
    serve(row.domain(), row.proxy(), peer.port());
    peer.forgetVisits();
    row.arrange(peer, trusted, unknown);
    // Short only where it has to fire.
    PlainApplication client = client(kind, version, row.result().contains("within 1 s") ? 1 : 30);
    if (row.connects()) {
      client.register("alice", row.domain());
      assertThat(client.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      closeConnections(client);
      TlsPeer.Visit visit = peer.nextVisit();
      assertThat(visit.serverName()).isEqualToIgnoringCase(row.proxy());
      assertThat(visit.sip()).startsWith("REGISTER sip:" + row.domain());
    } else {
      Throwable failure = catchThrowable(() -> client.register("alice", row.domain()));
      assertThat(failure).isInstanceOf(SipException.class);
      DiscoveryException discovery = discoveryIn(failure);
      assertThat(discovery)
          .hasMessageContaining(row.result())
          .hasCauseInstanceOf(SSLException.class)
          .cause()
          .hasMessageContaining(row.result());
      assertThat(peer.nextVisit().sip()).isEmpty();
      assertThatNothingElseWasTried(Objects.requireNonNull(discovery.report()), row);
    }
    assertThat(tcpTrap.accept()).isNull();
  }

  private static void closeConnections(PlainApplication client) {
    ConnectionManagement.of(client.stack())
        .connections()
        .forEach(connection -> connection.close("end of the row"));
  }

  private static void serve(String domain, String proxy, int tlsPort) throws Exception {
    // With both TLS answers in, a TCP answer that is later would not count (3.1.5).
    CompletableFuture<Void> tcpAnswered = new CompletableFuture<>();
    TCP_ANSWERED.put(domain, tcpAnswered);
    dns.hold("_sipinternaltls._tcp." + domain, tcpAnswered);
    dns.zone()
        .remove("_sip._tls." + domain)
        .remove("_sip._tcp." + domain)
        .remove(proxy)
        .srv("_sip._tls." + domain, 0, 0, tlsPort, proxy)
        .srv("_sip._tcp." + domain, 0, 0, tcpTrap.socket().getLocalPort(), proxy)
        .address(proxy, InetAddress.getLoopbackAddress());
  }

  private static DiscoveryException discoveryIn(Throwable failure) {
    Throwable cause = failure;
    while (cause != null && !(cause instanceof DiscoveryException)) {
      cause = cause.getCause();
    }
    return (DiscoveryException) Objects.requireNonNull(cause, failure::toString);
  }

  private static void assertThatNothingElseWasTried(DiscoveryReport report, MatrixRow row) {
    assertThat(report.candidates())
        .extracting(Candidate::source)
        .contains(Candidate.Source.SIP_TCP, Candidate.Source.FALL_BACK);
    assertThat(report.attempts())
        .singleElement()
        .returns(DiscoveryReport.Attempt.Outcome.REFUSED, DiscoveryReport.Attempt::outcome);
    assertThat(dns.queries()).noneMatch(query -> query.startsWith("sip." + row.domain()));
  }

  @Test
  @Requirement("DISC-12")
  void theTcpEntryIsTriedWhereTheTlsServerIsNotReachedAtAll() throws Exception {
    serve("control.test", "proxy.control.test", Stacks.freePort());
    DiscoveryReport report =
        ConnectionManagement.of(client("nio", "TLSv1.3", 30).stack())
            .discover("sip:alice@control.test")
            .get(60, TimeUnit.SECONDS);
    assertThat(report.chosen()).endsWith(tcpTrap.socket().getLocalPort() + "/TCP");
    try (SocketChannel caught = tcpTrap.accept()) {
      assertThat(caught).isNotNull();
    }
  }
}
