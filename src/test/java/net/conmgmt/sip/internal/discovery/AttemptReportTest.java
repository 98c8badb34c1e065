package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;

/** What a user reads of one run: causes, instants, and what was left out. */
class AttemptReportTest extends AttemptFixture {

  private static final long MILLISECOND = 1_000_000L;

  @Test
  void whereNoNameHasAnAddressTheCauseNamesTheFirst() {
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answerOthersWithNothing();
    time.advance(0);
    assertThat(now(result).cause())
        .isInstanceOf(UnknownHostException.class)
        .hasMessage(
            "sipinternal.contoso.com:443/TLS: address look-up failed: no such name (NXDOMAIN)");
  }

  @Test
  void whereNothingCanBeTriedTheCauseNamesTheListeningPointThatIsMissing() {
    CompletableFuture<DiscoveryResult> result = start(false, new FakeConnector());
    dns.answerOthersWithNothing();
    time.advance(0);
    assertThat(now(result).cause())
        .hasMessage(
            "sipinternal.contoso.com:443/TLS: skipped, because the stack has no listening point"
                + " for TLS");
  }

  @Requirement("DISC-12")
  @Test
  void aConnectorThatBreaksEndsTheDiscovery() {
    dns.host("a.contoso.com", "127.0.0.2", "127.0.0.3");
    connector.onConnect =
        connection -> {
          throw new IllegalStateException("broken");
        };
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(0);
    assertThat(now(result).report().attempts())
        .extracting(Attempt::outcome)
        .containsExactly(Attempt.Outcome.REFUSED);
    assertThat(now(result).cause()).hasMessage("broken");
  }

  @Test
  void aFailedConnectIsExplainedWithoutTheAddressThatStandsBesideIt() {
    dns.host("a.contoso.com", "127.0.0.2");
    connector.fail(
        "127.0.0.2:5061",
        new ConnectFailedException("127.0.0.2:5061", "no answer within 5 s", false, null));
    CompletableFuture<DiscoveryResult> result = start(true, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    dns.answerOthersWithNothing();
    time.advance(0);
    assertThat(now(result).report().attempts().get(0).detail())
        .isEqualTo("TCP connect failed: no answer within 5 s");
  }

  @Requirement("DISC-7")
  @Test
  void recordsThatComeTooLateAreReportedAsLeftOut() {
    dns.host("a.contoso.com", "127.0.0.2");
    CompletableFuture<ManagedConnection> slow = new CompletableFuture<>();
    connector.ends.put("127.0.0.2:5061", slow);
    CompletableFuture<DiscoveryResult> result = start(false, connector);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    dns.answer(Service.SIP_TLS);
    time.advance(0);
    dns.answer(Service.SIP_TCP, new ServiceRecord(0, 0, 5060, "b.contoso.com"));
    time.advance(0);
    slow.completeExceptionally(new IOException("Connection refused"));
    time.advance(0);
    Query late = now(result).report().queries().get(3);
    assertThat(late.records()).isEmpty();
    assertThat(late.rejected())
        .singleElement()
        .asString()
        .startsWith("0 0 5060 b.contoso.com: complete after both TLS queries");
  }

  @Test
  void everyInstantIsInMillisecondsSinceTheBeginning() {
    dns.host("a.contoso.com", "127.0.0.2");
    CompletableFuture<ManagedConnection> slow = new CompletableFuture<>();
    connector.ends.put("127.0.0.2:5061", slow);
    time.advance(7 * MILLISECOND);
    CompletableFuture<DiscoveryResult> result = start(true, connector);
    time.advance(20 * MILLISECOND);
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    dns.answerOthersWithNothing();
    time.advance(Duration.ofMillis(300).toNanos());
    slow.completeExceptionally(new IOException("Connection refused"));
    time.advance(0);
    DiscoveryReport report = now(result).report();
    assertThat(report.millis()).isEqualTo(320);
    assertThat(report.queries().get(0).millis()).isEqualTo(20);
    assertThat(report.attempts().get(0))
        .returns(20L, Attempt::startMillis)
        .returns(320L, Attempt::endMillis);
  }
}
