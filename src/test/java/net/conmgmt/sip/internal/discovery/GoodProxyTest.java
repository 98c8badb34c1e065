package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which proxies are tried after the others in the next discovery, and which are not. */
class GoodProxyTest extends DiscoveryFixture {

  @Test
  void aProxyThatClosedSoonIsTriedAfterTheOthersAndOneThatLastedIsNot() {
    DomainDiscovery domain = discovery(new Properties()).ofDomain("contoso.com");
    domain.reconnect();
    time.advance(0);
    twoProxies(runs.get(0));
    assertThat(connector.targets.get(0).peerName()).isEqualTo("a.contoso.com");
    lose(0, CloseReason.PEER_CLOSED);
    domain.reconnect();
    time.advance(2 * SECOND);
    twoProxies(runs.get(1));
    assertThat(connector.targets.get(1).peerName()).isEqualTo("b.contoso.com");
    time.advance(FailedRoutes.POSTPONED_NANOS);
    lose(1, CloseReason.PEER_CLOSED);
    domain.reconnect();
    time.advance(2 * SECOND);
    twoProxies(runs.get(2));
    assertThat(connector.targets.get(2).peerName()).isEqualTo("a.contoso.com");
  }

  @Requirement("DISC-11")
  @Test
  void aProxyThatAnswersNoRequestIsGivenUpForTheNextOne() {
    Discovery discovery = discovery(new Properties());
    connectToTheFirstOfTwo(discovery);
    connector.connections.get(0).answered = false;
    time.advance(DomainDiscovery.UNANSWERED_NANOS - 1);
    assertThat(discovery.ofDomain("contoso.com").connection()).isCompleted();
    assertThat(connector.connections.get(0).isOpen()).isTrue();
    time.advance(1);
    CompletableFuture<DiscoveryResult> next = discovery.ofDomain("contoso.com").connection();
    assertThat(connector.connections.get(0).isOpen()).isFalse();
    tellClosed(connector.connections.get(0), CloseReason.LOCAL);
    awaitRuns(2);
    twoProxies(runs.get(1));
    assertThat(now(next).report().chosen()).isEqualTo("127.0.0.3:5061/TLS");
  }

  @Test
  void aRequestThatFailedWithOneDiscoveryDoesNotCountAsUnansweredByTheNext() {
    Discovery discovery = discovery(new Properties());
    DomainDiscovery domain = discovery.ofDomain("contoso.com");
    CompletableFuture<DiscoveryResult> failed = domain.connection();
    time.advance(0);
    runs.get(0).answerOthersWithNothing();
    time.advance(0);
    assertThat(now(failed).connection()).isNull();
    CompletableFuture<DiscoveryReport> look = discovery.discover("sip:alice@contoso.com");
    awaitRuns(2);
    succeed(runs.get(1));
    assertThat(now(look).succeeded()).isTrue();
    connector.connections.get(0).answered = false;
    time.advance(DomainDiscovery.UNANSWERED_NANOS);
    assertThat(now(domain.connection()).connection()).isSameAs(connector.connections.get(0));
    assertThat(connector.connections.get(0).isOpen()).isTrue();
  }

  @Requirement("DISC-11")
  @ParameterizedTest
  @CsvSource({
    "PONG_TIMER, true, 127.0.0.3",
    "BAD_INPUT, true, 127.0.0.3",
    "PEER_CLOSED, false, 127.0.0.3",
    "IO_ERROR, false, 127.0.0.3",
    "LOCAL, false, 127.0.0.3",
    "PEER_CLOSED, true, 127.0.0.2",
    "LOCAL, true, 127.0.0.2"
  })
  void whatCountsAsAGoodProxyIsWhetherItServed(
      CloseReason reason, boolean answered, String nextProxy) {
    Discovery discovery = discovery(new Properties());
    connectToTheFirstOfTwo(discovery);
    connector.connections.get(0).answered = answered;
    time.advanceSeconds(40);
    lose(0, reason);
    CompletableFuture<DiscoveryResult> next = discovery.ofDomain("contoso.com").connection();
    awaitRuns(2);
    twoProxies(runs.get(1));
    assertThat(now(next).report().chosen()).isEqualTo(nextProxy + ":5061/TLS");
  }

  @Requirement("DISC-11")
  @ParameterizedTest
  @CsvSource({
    "true, CONNECTED",
    "false, POSTPONED",
  })
  void aFaultOfThisMachineMarksNoProxy(
      boolean ofThisMachine, DiscoveryReport.Attempt.Outcome next) {
    Discovery discovery = discovery(new Properties());
    connector.fail("127.0.0.2:5061", new ConnectFailedException("it", "why", ofThisMachine, null));
    connector.fail("127.0.0.3:5061", new ConnectException("Connection refused"));
    CompletableFuture<?> first = discovery.ofDomain("contoso.com").connection();
    time.advance(0);
    twoProxies(runs.get(0));
    runs.get(0).answerOthersWithNothing();
    time.advance(0);
    assertThat(first).isCompleted();
    connector.ends.clear();
    CompletableFuture<DiscoveryResult> second = discovery.ofDomain("contoso.com").connection();
    awaitRuns(2);
    twoProxies(runs.get(1));
    runs.get(1).answerOthersWithNothing();
    time.advance(0);
    DiscoveryReport.Attempt attempt = now(second).report().attempts().get(0);
    assertThat(attempt.address()).isEqualTo("127.0.0.2:5061");
    assertThat(attempt.outcome()).isEqualTo(next);
  }
}
