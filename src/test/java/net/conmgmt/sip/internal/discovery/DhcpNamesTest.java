package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpResult;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;

/** What one run makes of the names that DHCP gives, or does not give. */
class DhcpNamesTest extends AttemptFixture {

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
}
