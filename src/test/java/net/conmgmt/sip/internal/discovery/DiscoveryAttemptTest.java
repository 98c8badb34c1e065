package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryException;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.connection.ListenerList;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpResult;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;

/** One run, with DNS, connector and time in memory; asserted against a log of what happened. */
class DiscoveryAttemptTest {

  private final VirtualScheduler time = new VirtualScheduler(Long.MAX_VALUE - 1_000_000_000L);
  private final FakeDns dns = new FakeDns();
  private CompletableFuture<DhcpResult> dhcp =
      CompletableFuture.completedFuture(DhcpResult.notAsked("switched off"));
  private boolean dhcpDomainOnly;
  private final FakeConnector connector = new FakeConnector("TLS", "TCP");
  private final FailedRoutes routes = new FailedRoutes();
  private final List<String> events = new ArrayList<>();

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

  @Requirement({"DISC-4", "DISC-6", "DISC-13"})
  @Test
  void namesOfDhcpAreTriedWithTheDefaultPortsWhenTheyArrive() {
    dhcp = new CompletableFuture<>();
    dns.host("h2.fabrikam.com", "127.0.0.5");
    connector.fail("127.0.0.5:5061", new ConnectException("Connection refused"));
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answerOthersWithNothing();
    time.advance(0);
    assertThat(dns.log).noneMatch(line -> line.startsWith("A "));
    dhcp.complete(
        new DhcpResult(
            List.of("h1.contoso.com", "h2.fabrikam.com"), List.of("x: a rule"), "DHCPACK", true));
    time.advance(0);
    assertThat(now(result).report().queries().get(4))
        .returns(Query.Result.RECORDS, Query::result)
        .returns(List.of("h1.contoso.com", "h2.fabrikam.com"), Query::records)
        .returns(List.of("x: a rule"), Query::rejected)
        .returns("DHCPACK", Query::detail);
    assertThat(events.subList(5, events.size()))
        .containsExactly(
            "candidate h1.contoso.com:5061/TLS",
            "attempt h1.contoso.com:5061/TLS  LOOKUP_FAILED address look-up failed: no such name"
                + " (NXDOMAIN)",
            "candidate h2.fabrikam.com:5061/TLS",
            "attempt h2.fabrikam.com:5061/TLS 127.0.0.5:5061 CONNECT_FAILED TCP connect failed:"
                + " Connection refused",
            "candidate h1.contoso.com:5060/TCP",
            "attempt h1.contoso.com:5060/TCP  LOOKUP_FAILED address look-up failed: no such name"
                + " (NXDOMAIN)",
            "candidate h2.fabrikam.com:5060/TCP",
            "attempt h2.fabrikam.com:5060/TCP 127.0.0.5:5060 CONNECTED ");
  }

  @Requirement("DISC-8")
  @Test
  void namesOfDhcpOutsideTheDomainAreLeftOutOnDemand() {
    dhcpDomainOnly = true;
    dhcp =
        CompletableFuture.completedFuture(
            new DhcpResult(
                List.of("h1.fakecontoso.com", "H2.Contoso.com."), List.of(), "DHCPACK", true));
    dns.host("h1.fakecontoso.com", "127.0.0.4");
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answerOthersWithNothing();
    time.advance(0);
    DiscoveryReport report = now(result).report();
    assertThat(report.candidates())
        .extracting(Candidate::host)
        .contains("H2.Contoso.com")
        .doesNotContain("h1.fakecontoso.com");
    assertThat(connector.targets).isEmpty();
    assertThat(report.queries())
        .filteredOn(query -> query.name().startsWith("DHCP"))
        .singleElement()
        .returns(
            List.of("h1.fakecontoso.com: not in contoso.com (DHCP_DOMAIN_ONLY)"), Query::rejected);
  }

  @Requirement("DISC-13")
  @Test
  void dhcpIsCalledOffWhenTheProxyIsConnected() {
    dhcp = new CompletableFuture<>();
    dns.host("a.contoso.com", "127.0.0.2");
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(0);
    assertThat(now(result).report().queries().get(4).result()).isEqualTo(Query.Result.PENDING);
    assertThat(dhcp).isCancelled();
  }

  @Test
  void dhcpThatBreaksHoldsNothingUpAndIsReported() {
    dhcp = CompletableFuture.failedFuture(new IllegalStateException("broken"));
    dns.host("sip.contoso.com", "127.0.0.4");
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answerOthersWithNothing();
    time.advance(0);
    DiscoveryReport report = now(result).report();
    assertThat(report.succeeded()).isTrue();
    assertThat(report.queries().get(4).result()).isEqualTo(Query.Result.FAILED);
    assertThat(report.queries().get(4).detail()).contains("broken");
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

  @Requirement("DISC-11")
  @Test
  void anAddressThatFailedAShortTimeAgoIsTriedAfterTheOthers() {
    dns.host("a.contoso.com", "127.0.0.2", "127.0.0.3");
    postpone("127.0.0.2", 5061, "TLS");
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(0);
    assertThat(now(result).report().chosen()).isEqualTo("127.0.0.3:5061/TLS");
    assertThat(now(result).report().attempts())
        .extracting(Attempt::address, Attempt::outcome)
        .containsExactly(
            tuple("127.0.0.2:5061", Attempt.Outcome.POSTPONED),
            tuple("127.0.0.3:5061", Attempt.Outcome.CONNECTED));
  }

  @Requirement("DISC-11")
  @Test
  void aPostponedEntryIsTriedAfterTheLastOneAndNotLeftOut() {
    dns.host("a.contoso.com", "127.0.0.2");
    dns.host("sip.contoso.com", "127.0.0.4");
    postpone("127.0.0.2", 5061, "TLS");
    connector.fail("127.0.0.4:443", new ConnectException("Connection refused"));
    CompletableFuture<DiscoveryResult> result = start(true, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(0);
    assertThat(result).as("the other queries may know a better one").isNotDone();
    dns.answerOthersWithNothing();
    time.advance(0);
    assertThat(now(result).report().chosen()).isEqualTo("127.0.0.2:5061/TLS");
    assertThat(events)
        .endsWith(
            "candidate sipexternal.contoso.com:443/TLS",
            "attempt sipexternal.contoso.com:443/TLS  LOOKUP_FAILED address look-up failed: no"
                + " such name (NXDOMAIN)",
            "candidate a.contoso.com:5061/TLS",
            "attempt a.contoso.com:5061/TLS 127.0.0.2:5061 CONNECTED ");
    assertThat(dns.log).endsWith("A a.contoso.com");
    assertThat(routes.postponed(time.nanoTime()))
        .as("connected, so not one of those any more")
        .extracting(route -> ConnectionText.of(route.address()))
        .containsExactly("127.0.0.4:443");
  }

  @Requirement("DISC-12")
  @Test
  void aPostponedTlsEntryIsTriedBeforeAnyOfTcp() {
    dns.host("a.contoso.com", "127.0.0.2");
    dns.host("b.contoso.com", "127.0.0.3");
    postpone("127.0.0.2", 5061, "TLS");
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    dns.answer(Service.SIPINTERNAL, new ServiceRecord(0, 0, 5060, "b.contoso.com"));
    dns.answerOthersWithNothing();
    time.advance(0);
    assertThat(now(result).report().chosen()).isEqualTo("127.0.0.2:5061/TLS");
    assertThat(connector.targets).extracting(ConnectionTarget::transport).containsExactly("TLS");
  }

  @Test
  void whatCouldNotBeConnectedIsPostponedInTheNextDiscoveryOnly() {
    dns.host("a.contoso.com", "127.0.0.2", "127.0.0.3");
    connector.fail("127.0.0.2:5061", new ConnectException("Connection refused"));
    CompletableFuture<DiscoveryResult> first = start(false, connector);
    ServiceRecord again = new ServiceRecord(1, 0, 5061, "a.contoso.com");
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"), again);
    time.advance(0);
    assertThat(now(first).report().chosen()).isEqualTo("127.0.0.3:5061/TLS");
    assertThat(routes.postponed(time.nanoTime()))
        .containsExactly(new FailedRoutes.Route(connector.targets.get(0).address(), "TLS"));
    connector.ends.clear();
    CompletableFuture<DiscoveryResult> second = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, again);
    time.advance(0);
    assertThat(now(second).report().chosen()).isEqualTo("127.0.0.3:5061/TLS");
  }

  @Requirement("DISC-12")
  @Test
  void aProxyThatRefusedIsNotPostponedForThatWouldLeadToAnotherEntry() {
    dns.host("a.contoso.com", "127.0.0.2");
    connector.fail("127.0.0.2:5061", new SSLHandshakeException("wrong name"));
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(0);
    assertThat(now(result).report().succeeded()).isFalse();
    assertThat(routes.postponed(time.nanoTime())).isEmpty();
  }

  private void postpone(String ip, int port, String transport) {
    InetSocketAddress address =
        new InetSocketAddress(Objects.requireNonNull(AddressOfRecord.parseIp(ip)), port);
    routes.failed(new FailedRoutes.Route(address, transport), time.nanoTime());
  }

  private CompletableFuture<DiscoveryResult> start(boolean tlsOnly, FakeConnector with) {
    ListenerList<ConnectionManagementListener> listeners = new ListenerList<>();
    listeners.add(
        new ConnectionManagementListener() {
          @Override
          public void discoveryQueryEnded(String domain, Query query) {
            events.add("query " + query.name() + " " + query.result());
          }

          @Override
          public void discoveryCandidateBegun(String domain, Candidate candidate) {
            events.add("candidate " + candidate);
          }

          @Override
          public void discoveryAttemptEnded(String domain, Attempt attempt) {
            events.add(
                "attempt "
                    + attempt.candidate()
                    + " "
                    + attempt.address()
                    + " "
                    + attempt.outcome()
                    + " "
                    + attempt.detail());
          }
        });
    return new DiscoveryAttempt(
            "contoso.com",
            new DiscoveryContext(
                dns,
                with,
                time,
                new Random(1),
                routes,
                Duration.ofSeconds(5),
                tlsOnly,
                dhcpDomainOnly),
            () -> dhcp,
            new DiscoveryEvents(listeners, Runnable::run))
        .start();
  }

  /** What a future holds; in virtual time it must be complete by now, or never will be. */
  private static <T> T now(CompletableFuture<T> future) {
    assertThat(future).isCompleted();
    return future.join();
  }
}
