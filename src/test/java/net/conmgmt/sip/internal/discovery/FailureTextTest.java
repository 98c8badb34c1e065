package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.Candidate.Source;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt.Outcome;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;
import org.junit.jupiter.api.Test;

class FailureTextTest {

  private final List<Query> queries = new ArrayList<>();
  private final List<Attempt> attempts = new ArrayList<>();

  private void query(String name, Query.Result result, String detail, String... rejected) {
    queries.add(new Query(name + ".contoso.com", result, List.of(), List.of(rejected), detail, 1));
  }

  private void noSuchService(String... names) {
    for (String name : names) {
      query(name, Query.Result.NO_SUCH_SERVICE, "no such name (NXDOMAIN)");
    }
  }

  private void attempt(String host, Source source, Outcome outcome, String address, String detail) {
    Candidate candidate = new Candidate(host, 5061, "TLS", source);
    attempts.add(new Attempt(candidate, address, outcome, detail, 1, 2));
  }

  private void customaryNamesFail() {
    for (String name : List.of("sipinternal", "sip", "sipexternal")) {
      attempt(name, Source.FALL_BACK, Outcome.LOOKUP_FAILED, "", "address look-up failed");
    }
  }

  private String headline() {
    return new FailureText("contoso.com", queries, attempts).headline();
  }

  @Test
  void whereDnsIsDeadThatIsSaidAndNoCustomaryName() {
    for (Service service : Service.values()) {
      query(
          service.queryName("").replaceFirst("[.]$", ""),
          Query.Result.FAILED,
          "no answer from 192.0.2.1:53 within 5 s");
    }
    query("DHCP option 120", Query.Result.NO_SUCH_SERVICE, "");
    queries.set(
        4, new Query(DiscoveryRecorder.DHCP, Query.Result.PENDING, List.of(), List.of(), "", -1));
    attempt("sipinternal", Source.FALL_BACK, Outcome.SKIPPED, "", "skipped");
    customaryNamesFail();
    assertThat(headline())
        .isEqualTo(
            "DNS gave no good answer to any query: no answer from 192.0.2.1:53 within 5 s. Check"
                + " the network and the DNS servers (net.conmgmt.sip.DNS_SERVERS), or name the"
                + " proxy in javax.sip.OUTBOUND_PROXY");
  }

  @Test
  void aTargetOutsideTheDomainIsNamed() {
    noSuchService("_sipinternaltls._tcp", "_sipinternal._tcp", "_sip._tcp");
    query(
        "_sip._tls",
        Query.Result.RECORDS,
        "",
        "0 0 5061 server1.fakecontoso.com: the target is not in contoso.com ([MS-CONMGMT] 3.1.5)");
    customaryNamesFail();
    assertThat(headline())
        .startsWith(
            "no server that DNS names can be used: _sip._tls.contoso.com names 0 0 5061"
                + " server1.fakecontoso.com: the target is not in contoso.com");
  }

  @Test
  void aServerThatDnsNamesCountsMoreThanACustomaryName() {
    noSuchService("_sipinternaltls._tcp", "_sipinternal._tcp", "_sip._tcp");
    query("_sip._tls", Query.Result.RECORDS, "");
    attempt("a", Source.SIP_TLS, Outcome.LOOKUP_FAILED, "", "address look-up failed: NXDOMAIN");
    attempt(
        "b",
        Source.SIP_TLS,
        Outcome.CONNECT_FAILED,
        "192.0.2.2:5061",
        "TCP connect failed: Connection refused");
    customaryNamesFail();
    assertThat(headline())
        .startsWith(
            "b:5061/TLS at 192.0.2.2:5061: TCP connect failed: Connection refused, and 1 more that"
                + " could not be used either. Check");
  }

  @Test
  void aDomainWithoutRecordsIsToldWhichToAdd() {
    noSuchService("_sipinternaltls._tcp", "_sipinternal._tcp", "_sip._tls", "_sip._tcp");
    customaryNamesFail();
    assertThat(headline())
        .isEqualTo(
            "DNS has no SRV record for SIP in contoso.com, and none of the customary names"
                + " (sipinternal, sip, sipexternal) could be used. Add an SRV record such as"
                + " _sip._tls.contoso.com, or name the proxy in javax.sip.OUTBOUND_PROXY");
  }

  @Test
  void aStackWithoutTlsThatFindsTlsServersOnlyIsToldSo() {
    query("_sip._tls", Query.Result.RECORDS, "");
    attempt(
        "a",
        Source.SIP_TLS,
        Outcome.SKIPPED,
        "",
        "skipped, because the stack has no listening point for TLS");
    customaryNamesFail();
    assertThat(headline())
        .startsWith(
            "a:5061/TLS: skipped, because the stack has no listening point for TLS. Create");
  }

  @Test
  void thousandsOfEntriesMakeNoLongText() {
    query(
        "_sip._tls",
        Query.Result.RECORDS,
        "",
        Collections.nCopies(5_000, "0 0 5061 x: the target is not in contoso.com")
            .toArray(String[]::new));
    for (int i = 0; i < 5_000; i++) {
      attempt("h" + i, Source.SIP_TCP, Outcome.CONNECT_FAILED, "192.0.2.1:1", "failed " + i % 50);
    }
    assertThat(headline()).hasSizeLessThan(1_000);
    assertThat(FailureText.tried(attempts))
        .hasSizeLessThan(2_000)
        .contains(" and 94 more: failed 0;")
        .endsWith(" and 44 more");
  }

  @Test
  void ofSixAllAreNamedAndOfSevenOneIsCounted() {
    for (int count = 6; count <= 7; count++) {
      attempts.clear();
      for (int i = 1; i <= count; i++) {
        attempt("h" + i, Source.SIP_TCP, Outcome.LOOKUP_FAILED, "", "failed");
      }
      assertThat(FailureText.tried(attempts))
          .endsWith(count == 6 ? ", h6:5061/TLS: failed" : ", h6:5061/TLS and 1 more: failed");
    }
  }

  @Test
  void anEntryThatWasPutOffIsCountedOnceWhenItHasFailed() {
    query("_sip._tls", Query.Result.RECORDS, "");
    attempt("a", Source.SIP_TLS, Outcome.POSTPONED, "192.0.2.1:5061", "failed a short time ago");
    attempt("a", Source.SIP_TLS, Outcome.CONNECT_FAILED, "192.0.2.1:5061", "Connection refused");
    assertThat(headline()).startsWith("a:5061/TLS at 192.0.2.1:5061: Connection refused. Check");
  }
}
