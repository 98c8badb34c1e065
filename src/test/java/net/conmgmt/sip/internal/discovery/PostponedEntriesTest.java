package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLHandshakeException;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;

/** Entries that failed a short time ago, and when a run tries them. */
class PostponedEntriesTest extends AttemptFixture {

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
}
