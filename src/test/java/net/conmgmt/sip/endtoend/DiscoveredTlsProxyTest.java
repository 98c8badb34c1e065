package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.SipStackExt;
import gov.nist.javax.sip.clientauthutils.AccountManager;
import gov.nist.javax.sip.clientauthutils.UserCredentials;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.sip.ClientTransaction;
import javax.sip.SipFactory;
import javax.sip.message.Response;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.DnsServer;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the RI makes of an earlier request (a repetition with credentials, a CANCEL), with a proxy
 * that DNS names for TLS. The application writes a Via for TCP, as it does not know what is found.
 */
class DiscoveredTlsProxyTest {

  private static final int PATIENCE_SECONDS = 30;
  private static final String DOMAIN = "contoso.test";
  private static final String PROXY = "proxy.contoso.test";

  @TempDir private static Path folder;

  private final ExecutorService application = Executors.newSingleThreadExecutor();
  private SSLContext shown;
  private TestCertificates certificates;
  private DnsServer dns;
  private ServerSocket server;
  private @Nullable PlainApplication running;

  static Stream<Arguments> kindsAndVersions() {
    return IoKinds.all().stream()
        .flatMap(kind -> Stream.of("TLSv1.2", "TLSv1.3").map(v -> Arguments.of(kind, v)));
  }

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(folder);
    shown =
        certificates.serverContext(
            certificates.issue().commonName(PROXY).names("dns:" + PROXY).make());
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    dns = new DnsServer();
    dns.zone()
        .srv("_sip._tls." + DOMAIN, 0, 0, server.getLocalPort(), PROXY)
        .address(PROXY, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void stop() throws Exception {
    if (running != null) {
      running.close();
    }
    server.close();
    dns.close();
    application.shutdownNow();
  }

  private PlainApplication client(String kind, String version) throws Exception {
    PlainApplication made =
        new PlainApplication(
            certificates.properties(
                certificates.keyStore("client"),
                IoKinds.PROPERTY,
                kind,
                "gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS",
                version,
                "javax.sip.ROUTER_PATH",
                "net.conmgmt.sip.discovery.DiscoveryRouter",
                "net.conmgmt.sip.DNS_SERVERS",
                dns.property()),
            "127.0.0.1",
            Stacks.freePort(),
            "tcp");
    made.provider()
        .addListeningPoint(
            made.stack().createListeningPoint("127.0.0.1", Stacks.freePort(), "tls"));
    running = made;
    return made;
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  @Requirement("DISC-16")
  void aRequestThatTheRisHelperRepeatsWithCredentialsTakesTheSameTlsConnection(
      String kind, String version) throws Exception {
    PlainApplication client = client(kind, version);
    Future<ClientTransaction> first = meanwhile(() -> client.register("alice", DOMAIN));
    try (RawPeer proxy = RawPeer.acceptTls(server, shown)) {
      proxy.send(
          RawPeer.okTo(
                  proxy.readMessage(),
                  "WWW-Authenticate: Digest realm=\"contoso.test\", nonce=\"n1\"\r\n")
              .replace("200 OK", "401 Unauthorized"));
      Response challenge = client.responses.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(challenge).isNotNull();
      final List<String> asked = dns.queries();
      ClientTransaction repeated =
          ((SipStackExt) client.stack())
              .getAuthenticationHelper(
                  (AccountManager) (transaction, realm) -> new Alice(),
                  SipFactory.getInstance().createHeaderFactory())
              .handleChallenge(challenge, first.get(), client.provider(), 5);
      repeated.sendRequest();
      String register = proxy.readMessage();
      assertThat(register).startsWith("REGISTER ").contains("Authorization: Digest ");
      proxy.send(RawPeer.okTo(register, ""));
      Response ok = client.responses.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(ok).isNotNull().returns(Response.OK, Response::getStatusCode);
      assertThat(dns.queries()).isEqualTo(asked);
      assertNobodyElseConnects();
    }
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  @Requirement("DISC-16")
  void aCancelTakesTheTlsConnectionOfItsInvite(String kind, String version) throws Exception {
    PlainApplication client = client(kind, version);
    Future<ClientTransaction> invite = meanwhile(() -> client.invite("alice", DOMAIN));
    try (RawPeer proxy = RawPeer.acceptTls(server, shown)) {
      ring(proxy, client);
      final List<String> asked = dns.queries();
      cancel(invite.get(), client).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(proxy.readMessage()).startsWith("CANCEL ");
      assertThat(dns.queries()).isEqualTo(asked);
      assertNobodyElseConnects();
    }
  }

  @ParameterizedTest
  @MethodSource("kindsAndVersions")
  @Requirement({"DISC-16", "CLI-12"})
  void aCancelWhoseConnectionIsLostFailsAtOnceAndBeginsNoDiscovery(String kind, String version)
      throws Exception {
    PlainApplication client = client(kind, version);
    CountDownLatch closed = new CountDownLatch(1);
    ConnectionManagement.of(client.stack())
        .addListener(
            new ConnectionManagementListener() {
              @Override
              public void closed(ManagedConnection connection, CloseReason reason, String detail) {
                closed.countDown();
              }
            });
    Future<ClientTransaction> invite = meanwhile(() -> client.invite("alice", DOMAIN));
    try (RawPeer proxy = RawPeer.acceptTls(server, shown)) {
      ring(proxy, client);
    }
    assertThat(closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    final List<String> asked = dns.queries();
    assertThat(cancel(invite.get(), client))
        .failsWithin(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .withThrowableThat()
        .withMessageContaining("the outbound proxy of contoso.test, was lost");
    assertThat(dns.queries()).isEqualTo(asked);
    assertNobodyElseConnects();
  }

  /** Answers the INVITE with 180 and waits until that is known. */
  private static void ring(RawPeer proxy, PlainApplication client) throws Exception {
    String invite = proxy.readMessage();
    assertThat(invite).startsWith("INVITE ");
    proxy.send(RawPeer.okTo(invite, "").replace("200 OK", "180 Ringing"));
    assertThat(client.responses.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isNotNull();
  }

  private Future<ClientTransaction> cancel(ClientTransaction invite, PlainApplication client) {
    return meanwhile(
        () -> {
          ClientTransaction cancel =
              client.provider().getNewClientTransaction(invite.createCancel());
          cancel.sendRequest();
          return cancel;
        });
  }

  /** On the application's thread, which waits until the server has shaken hands. */
  private <T> Future<T> meanwhile(Callable<T> work) {
    return application.submit(work);
  }

  /** The first in the queue of the server is the one that is made here. */
  private void assertNobodyElseConnects() throws Exception {
    try (Socket own = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket first = server.accept()) {
      assertThat(first.getPort()).isEqualTo(own.getLocalPort());
    }
  }

  private record Alice() implements UserCredentials {
    @Override
    public String getUserName() {
      return "alice";
    }

    @Override
    public String getPassword() {
      return "secret";
    }

    @Override
    public String getSipDomain() {
      return DOMAIN;
    }
  }
}
