package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryException;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;

/** What one run asks, tries and reports, and in which order. */
class DiscoveryAttemptTest extends AttemptFixture {

  @Requirement("DISC-2")
  @Test
  void theFourQueriesLeaveTogetherBeforeAnyAnswer() {
    assertThat(start(false, connector)).isNotDone();
    assertThat(dns.log)
        .containsExactlyInAnyOrder(
            "SRV _sipinternaltls._tcp.contoso.com",
            "SRV _sipinternal._tcp.contoso.com",
            "SRV _sip._tls.contoso.com",
            "SRV _sip._tcp.contoso.com");
  }

  @Requirement({"DISC-5", "DISC-9", "DISC-13"})
  @Test
  void theFirstServiceIsConnectedWhileAllOthersArePending() {
    dns.host("a.contoso.com", "127.0.0.2");
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(0);
    assertThat(connector.targets)
        .extracting(ConnectionTarget::transport, ConnectionTarget::peerName)
        .containsExactly(tuple("TLS", "a.contoso.com"));
    DiscoveryReport report = now(result).report();
    assertThat(report.succeeded()).isTrue();
    assertThat(report.chosen()).isEqualTo("127.0.0.2:5061/TLS");
    assertThat(report.chosenConnection()).containsSame(connector.connections.get(0));
    assertThat(report.queries())
        .extracting(Query::name, Query::result)
        .containsExactly(
            tuple("_sipinternaltls._tcp.contoso.com", Query.Result.RECORDS),
            tuple("_sipinternal._tcp.contoso.com", Query.Result.PENDING),
            tuple("_sip._tls.contoso.com", Query.Result.PENDING),
            tuple("_sip._tcp.contoso.com", Query.Result.PENDING),
            tuple("DHCP option 120", Query.Result.NOT_ASKED));
    assertThat(time.pendingTasks()).isZero();
  }

  @Requirement("DISC-11")
  @Test
  void addressAfterAddressAndEntryAfterEntryIsTriedWithALookUpRightBefore() {
    dns.host("a.contoso.com", "127.0.0.2", "127.0.0.3");
    dns.host("c.contoso.com", "127.0.0.4");
    connector.fail("127.0.0.2:5061", new ConnectException("Connection refused"));
    connector.fail(
        "127.0.0.3:5061", new CompletionException(new ConnectException("No route to host")));
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(
        Service.SIPINTERNALTLS,
        new ServiceRecord(0, 0, 5061, "a.contoso.com"),
        new ServiceRecord(1, 0, 5061, "b.contoso.com"),
        new ServiceRecord(2, 0, 5062, "c.contoso.com"));
    time.advance(0);
    assertThat(events)
        .containsExactly(
            "query DHCP option 120 NOT_ASKED",
            "query _sipinternaltls._tcp.contoso.com RECORDS",
            "candidate a.contoso.com:5061/TLS",
            "attempt a.contoso.com:5061/TLS 127.0.0.2:5061 CONNECT_FAILED TCP connect failed:"
                + " Connection refused",
            "attempt a.contoso.com:5061/TLS 127.0.0.3:5061 CONNECT_FAILED TCP connect failed:"
                + " No route to host",
            "candidate b.contoso.com:5061/TLS",
            "attempt b.contoso.com:5061/TLS  LOOKUP_FAILED address look-up failed: no such name"
                + " (NXDOMAIN)",
            "candidate c.contoso.com:5062/TLS",
            "attempt c.contoso.com:5062/TLS 127.0.0.4:5062 CONNECTED ");
    assertThat(dns.log).endsWith("A a.contoso.com", "A b.contoso.com", "A c.contoso.com");
    assertThat(now(result).report().chosenCandidate()).hasToString("c.contoso.com:5062/TLS");
  }

  @Requirement("DISC-12")
  @Test
  void aRefusedCertificateEndsTheDiscoveryAndNothingElseIsTried() {
    dns.host("a.contoso.com", "127.0.0.2", "127.0.0.3");
    dns.host("sip.contoso.com", "127.0.0.4");
    SSLHandshakeException refusal = new SSLHandshakeException("certificate is for x, not a");
    connector.fail("127.0.0.2:5061", refusal);
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    dns.answerOthersWithNothing();
    time.advance(0);
    assertThat(connector.targets).hasSize(1);
    DiscoveryResult end = now(result);
    assertThat(end.report().failure())
        .startsWith(
            "a.contoso.com:5061/TLS at 127.0.0.2:5061: reached, but TLS failed: certificate is for x")
        .contains("No other server may be tried after that ([MS-CONMGMT] 3.1.5)");
    assertThat(end.report().attempts())
        .extracting(Attempt::outcome)
        .containsExactly(Attempt.Outcome.REFUSED);
    assertThat(end.toException()).hasCause(refusal);
  }

  @Requirement("DISC-12")
  @Test
  void anyFailureThatIsNotOneOfTcpEndsTheDiscovery() {
    dns.host("a.contoso.com", "127.0.0.2", "127.0.0.3");
    connector.fail("127.0.0.2:5061", new IllegalStateException("broken"));
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(0);
    assertThat(connector.targets).hasSize(1);
    assertThat(now(result).toException().getCause()).hasMessage("broken");
  }

  @Requirement({"DISC-10", "DISC-12"})
  @Test
  void whenAllEntriesAreExhaustedTheFailureNamesEachAndTheOneThatSaysMostIsTheCause() {
    dns.host("sip.contoso.com", "127.0.0.4");
    connector.fail("127.0.0.4:443", new ConnectException("Connection refused"));
    connector.fail("127.0.0.4:5060", new ConnectException("Connection refused"));
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.complete(Service.SIP_TCP, DnsAnswer.failed("127.0.0.1:53: SERVFAIL"));
    dns.answerOthersWithNothing();
    time.advance(0);
    assertThat(now(result).why())
        .startsWith("DNS has no SRV record for SIP in contoso.com; DNS queries that failed: ")
        .contains("_sip._tcp.contoso.com: 127.0.0.1:53: SERVFAIL")
        .contains(
            "sip.contoso.com:443/TLS at 127.0.0.4:443: TCP connect failed: Connection refused")
        .endsWith("or name the proxy in javax.sip.OUTBOUND_PROXY");
    DiscoveryException exception = now(result).toException();
    assertThat(exception)
        .hasMessage(
            "Autodiscovery of the outbound proxy of contoso.com ended after 0 ms. Tried:"
                + " sipinternal.contoso.com:443/TLS, sipinternal.contoso.com:5060/TCP,"
                + " sipexternal.contoso.com:443/TLS, sipexternal.contoso.com:5060/TCP: address"
                + " look-up failed: no such name (NXDOMAIN);"
                + " sip.contoso.com:443/TLS at 127.0.0.4:443,"
                + " sip.contoso.com:5060/TCP at 127.0.0.4:5060: TCP connect failed: Connection"
                + " refused");
    assertThat(exception.getCause())
        .isInstanceOf(ConnectException.class)
        .hasMessage("Connection refused");
    assertThat(exception.getSuppressed()).isEmpty();
    assertThat(Objects.requireNonNull(exception.report()).candidates()).hasSize(6);
  }

  @Requirement("DISC-7")
  @Test
  void aDomainWithTcpRecordsOnlyIsFoundHoweverLateTheirAnswerIs() {
    dns.host("proxy.contoso.com", "127.0.0.2");
    dns.host("sip.contoso.com", "127.0.0.9");
    connector.fail("127.0.0.9:443", new SSLHandshakeException("a web server"));
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS);
    dns.answer(Service.SIP_TLS);
    dns.answer(Service.SIPINTERNAL);
    time.advance(Duration.ofSeconds(4).toNanos());
    dns.answer(Service.SIP_TCP, new ServiceRecord(0, 0, 5060, "proxy.contoso.com"));
    time.advance(0);
    assertThat(now(result).report().chosen()).isEqualTo("127.0.0.2:5060/TCP");
  }

  @Requirement("DISC-7")
  @Test
  void tlsEntriesThatThisStackCannotUseExcludeNoTcpRecord() {
    dns.host("proxy.contoso.com", "127.0.0.2");
    CompletableFuture<DiscoveryResult> result = start(false, new FakeConnector("TCP"));
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    dns.answer(Service.SIP_TLS, new ServiceRecord(0, 0, 5061, "server1.fakecontoso.com"));
    dns.answer(Service.SIPINTERNAL);
    time.advance(0);
    dns.answer(Service.SIP_TCP, new ServiceRecord(0, 0, 5060, "proxy.contoso.com"));
    time.advance(0);
    assertThat(now(result).report().chosen()).isEqualTo("127.0.0.2:5060/TCP");
  }

  @Test
  void aServiceThatFailedIsToldFromOneThatDoesNotExist() {
    CompletableFuture<DiscoveryResult> result = start(true, connector);
    dns.complete(Service.SIPINTERNALTLS, DnsAnswer.failed("no answer within 5 s"));
    dns.answer(Service.SIP_TLS, new ServiceRecord(0, 0, 0, "."));
    dns.answerOthersWithNothing();
    time.advance(0);
    assertThat(now(result).report().queries())
        .extracting(Query::result)
        .startsWith(
            Query.Result.FAILED, Query.Result.NO_SUCH_SERVICE, Query.Result.NO_SUCH_SERVICE);
  }

  @Requirement("DISC-8")
  @Test
  void theReportSaysWhichRecordsWereRejectedByWhichRule() {
    dns.host("a.contoso.com", "127.0.0.2");
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(
        Service.SIPINTERNALTLS,
        new ServiceRecord(0, 0, 5061, "server1.fakecontoso.com"),
        new ServiceRecord(1, 0, 5061, "a.contoso.com"));
    time.advance(0);
    Query query = now(result).report().queries().get(0);
    assertThat(query.records()).containsExactly("1 0 5061 a.contoso.com");
    assertThat(query.rejected())
        .containsExactly(
            "0 0 5061 server1.fakecontoso.com: the target is not in contoso.com ([MS-CONMGMT]"
                + " 3.1.5)");
    assertThat(connector.targets)
        .extracting(ConnectionTarget::peerName)
        .containsExactly("a.contoso.com");
  }

  @Test
  void anEntryWhoseTransportHasNoListeningPointIsSkippedWithTheReason() {
    FakeConnector tcpOnly = new FakeConnector("TCP");
    dns.host("a.contoso.com", "127.0.0.2");
    dns.host("b.contoso.com", "127.0.0.3");
    CompletableFuture<DiscoveryResult> result = start(false, tcpOnly);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    dns.answer(Service.SIPINTERNAL, new ServiceRecord(0, 0, 5060, "b.contoso.com"));
    time.advance(0);
    assertThat(now(result).report().chosen()).isEqualTo("127.0.0.3:5060/TCP");
    assertThat(now(result).report().attempts().get(0))
        .returns(Attempt.Outcome.SKIPPED, Attempt::outcome)
        .returns("skipped, because the stack has no listening point for TLS", Attempt::detail);
    assertThat(dns.log).doesNotContain("A a.contoso.com");
  }

  @Test
  void withTlsOnlyNoTcpEntryIsTried() {
    dns.host("sip.contoso.com", "127.0.0.2");
    connector.fail("127.0.0.2:443", new ConnectException("Connection refused"));
    CompletableFuture<DiscoveryResult> result = start(true, connector);
    dns.answer(Service.SIPINTERNAL, new ServiceRecord(0, 0, 5060, "sip.contoso.com"));
    dns.answerOthersWithNothing();
    time.advance(0);
    assertThat(now(result).report().succeeded()).isFalse();
    assertThat(now(result).report().chosenConnection()).isEmpty();
    assertThat(connector.targets).extracting(ConnectionTarget::transport).containsExactly("TLS");
    assertThat(now(result).report().queries().get(1).rejected())
        .containsExactly("0 0 5060 sip.contoso.com: TCP entries are switched off (TLS_ONLY)");
  }

  @Requirement("DISC-11")
  @Test
  void aConnectorThatHangsCostsOneAddressAndALateConnectionIsClosed() {
    dns.host("a.contoso.com", "127.0.0.2", "127.0.0.3");
    CompletableFuture<ManagedConnection> hanging = new CompletableFuture<>();
    connector.ends.put("127.0.0.2:5061", hanging);
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(Duration.ofSeconds(10).toNanos() - 1);
    assertThat(connector.targets).hasSize(1);
    time.advance(1);
    assertThat(now(result).report().chosen()).isEqualTo("127.0.0.3:5061/TLS");
    FakeConnection late = new FakeConnection(connector.targets.get(0));
    hanging.complete(late);
    time.advance(0);
    assertThat(late.isOpen()).isFalse();
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  void aThousandEntriesThatFailDoNotExhaustTheThread() {
    ServiceRecord[] records = new ServiceRecord[1_000];
    for (int i = 0; i < records.length; i++) {
      records[i] = new ServiceRecord(i, 0, 5061, "host" + i + ".contoso.com");
      dns.host("host" + i + ".contoso.com", "127.0.1.1");
    }
    connector.fail("127.0.1.1:5061", new IOException("unreachable"));
    CompletableFuture<DiscoveryResult> result = start(true, connector);
    dns.answer(Service.SIPINTERNALTLS, records);
    dns.answer(Service.SIP_TLS);
    time.advance(0);
    assertThat(now(result).report().attempts()).hasSize(1_003);
  }
}
