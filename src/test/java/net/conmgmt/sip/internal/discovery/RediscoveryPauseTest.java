package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.RequestConnects;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows the loss of an outbound proxy: who is told, and when the next discovery begins. */
class RediscoveryPauseTest extends DiscoveryFixture {

  @Test
  void aProxyThatClosesAtOnceIsNotConnectedInABusyLoop() {
    DomainDiscovery domain = discovery(new Properties()).ofDomain("contoso.com");
    List<Long> starts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      CompletableFuture<DiscoveryResult> result = domain.connection();
      awaitRuns(i + 1);
      starts.add(time.nanoTime());
      runs.get(i).answerOthersWithNothing(Service.SIPINTERNALTLS);
      succeed(runs.get(i));
      time.advance(0);
      assertThat(result).isDone();
      lose(i, CloseReason.PEER_CLOSED);
    }
    for (int i = 1; i < 5; i++) {
      double seconds = (starts.get(i) - starts.get(i - 1)) / 1e9;
      assertThat(seconds).isBetween(0.79 * (1 << (i - 1)), 1.21 * (1 << (i - 1)));
    }
  }

  @Test
  void theApplicationIsToldOnceOfEachLossAndTheDiscoveryStartsByItselfWhenAtOnce() {
    Discovery discovery = discovery(atOnce());
    registry.listeners().add(lossLog);
    discoverAndConnect(discovery);
    time.advance(31 * SECOND);
    lose(0, CloseReason.PEER_CLOSED);
    lose(0, CloseReason.PEER_CLOSED);
    time.advance(SECOND);
    assertThat(losses).containsExactly("contoso.com PEER_CLOSED");
    assertThat(runs).hasSize(2);
    // A request that comes meanwhile waits for the same discovery.
    CompletableFuture<DiscoveryResult> request = discovery.ofDomain("contoso.com").connection();
    assertThat(runs).hasSize(2);
    succeed(runs.get(1));
    assertThat(now(request).connection()).isSameAs(connector.connections.get(1));
    lose(1, CloseReason.IO_ERROR);
    time.advance(0);
    assertThat(losses).containsExactly("contoso.com PEER_CLOSED", "contoso.com IO_ERROR");
  }

  @Test
  void atOnceGoesOnAfterFailuresWithLongerAndLongerPausesUntilItIsConnected() {
    Discovery discovery = discovery(atOnce());
    discoverAndConnect(discovery);
    time.advance(31 * SECOND);
    lose(0, CloseReason.PEER_CLOSED);
    List<Double> pauses = new ArrayList<>();
    for (int run = 1; run <= 9; run++) {
      long before = time.nanoTime();
      awaitRuns(run + 1);
      pauses.add((time.nanoTime() - before) / 1e9);
      assertThat(runs).hasSize(run + 1);
      runs.get(run).answerOthersWithNothing();
      time.advance(0);
    }
    double[] expected = {0.5, 1, 2, 4, 8, 16, 32, 60, 60};
    assertThat(pauses.get(0)).isLessThanOrEqualTo(1);
    for (int i = 1; i < expected.length; i++) {
      assertThat(pauses.get(i)).isBetween(0.79 * expected[i], 1.21 * expected[i]);
    }
    awaitRuns(11);
    succeed(runs.get(10));
    time.advance(600 * SECOND);
    assertThat(runs).as("connected, so there is nothing to do").hasSize(11);
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  void atOnceIsNoBusyLoopWhenTheProxyClosesAtOnceEvenBeforeTheDiscoveryHasEnded() {
    Discovery discovery = discovery(atOnce());
    registry.listeners().add(lossLog);
    connector.onConnect =
        connection -> {
          connection.close(CloseReason.PEER_CLOSED, "");
          tellClosed(connection, CloseReason.PEER_CLOSED);
        };
    discoverAndConnect(discovery);
    for (int run = 1; run <= 20; run++) {
      assertThat(losses).hasSize(run);
      long before = time.nanoTime();
      awaitRuns(run + 1);
      double expected = Math.min(60, 1 << (run - 1));
      assertThat((time.nanoTime() - before) / 1e9).isBetween(0.79 * expected, 1.21 * expected);
      runs.get(run).answerOthersWithNothing(Service.SIPINTERNALTLS);
      succeed(runs.get(run));
      time.advance(0);
    }
  }

  @ParameterizedTest
  @CsvSource({"LOCAL", "SHUTDOWN"})
  void whatThisSideClosesIsNoLoss(CloseReason reason) {
    Discovery discovery = discovery(atOnce());
    registry.listeners().add(lossLog);
    discoverAndConnect(discovery);
    lose(0, reason);
    time.advance(600 * SECOND);
    assertThat(losses).isEmpty();
    assertThat(runs).hasSize(1);
  }

  @Test
  void aDiscoveryThatFailsDoesNotCostTheConnectionThatIsOpen() {
    Discovery discovery = discovery(new Properties());
    registry.listeners().add(lossLog);
    DomainDiscovery domain = discovery.ofDomain("contoso.com");
    CompletableFuture<DiscoveryResult> first = domain.connection();
    time.advance(0);
    succeed(runs.get(0));
    time.advance(31 * SECOND);
    CompletableFuture<DiscoveryReport> look = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    runs.get(1).answerOthersWithNothing();
    time.advance(0);
    assertThat(now(look).succeeded()).isFalse();
    assertThat(discovery.lastReport("sip:alice@contoso.com")).containsSame(now(look));
    assertThat(now(domain.connection()).connection()).isSameAs(now(first).connection());
    lose(0, CloseReason.PEER_CLOSED);
    time.advance(0);
    assertThat(losses).containsExactly("contoso.com PEER_CLOSED");
  }

  @Test
  void aLossThatIsToldAfterTheNextDiscoveryHasEndedIsToldAllTheSame() {
    Discovery discovery = discovery(atOnce());
    registry.listeners().add(lossLog);
    DomainDiscovery domain = discovery.ofDomain("contoso.com");
    CompletableFuture<DiscoveryResult> first = domain.connection();
    time.advance(0);
    succeed(runs.get(0));
    assertThat(first).isDone();
    time.advance(31 * SECOND);
    // Its end is told when its messages have been processed, and one of them sends a request.
    connector.connections.get(0).close(CloseReason.PEER_CLOSED, "");
    CompletableFuture<DiscoveryResult> again = domain.connection();
    time.advance(SECOND);
    succeed(runs.get(1));
    assertThat(now(again).connection()).isSameAs(connector.connections.get(1));
    tellClosed(connector.connections.get(0), CloseReason.PEER_CLOSED);
    tellClosed(connector.connections.get(0), CloseReason.PEER_CLOSED);
    time.advance(SECOND);
    assertThat(losses).containsExactly("contoso.com PEER_CLOSED");
    assertThat(now(domain.connection()).connection()).isSameAs(connector.connections.get(1));
    assertThat(runs).as("connected, so there is nothing to do at once").hasSize(2);
  }

  @Test
  void afterAFailureTheNextDiscoveryWaitsOnEveryPath() {
    Discovery discovery = discovery(new Properties());
    CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    runs.get(0).answerOthersWithNothing();
    time.advance(0);
    assertThat(now(first).succeeded()).isFalse();
    CompletableFuture<DiscoveryReport> second = discovery.discover("sip:alice@contoso.com");
    CompletableFuture<DiscoveryResult> third = discovery.ofDomain("contoso.com").connection();
    assertThat(discovery.ofDomain("contoso.com").secondsToStart()).isBetween(1L, 2L);
    time.advance(SECOND * 79 / 100);
    assertThat(runs).hasSize(1);
    time.advance(SECOND);
    assertThat(runs).hasSize(2);
    succeed(runs.get(1));
    assertThat(now(third).report()).isSameAs(now(second));
  }

  @Requirement("CLI-12")
  @Test
  void noRequestMayConnectToALostProxyBeforeItIsDiscoveredAgain() {
    StackScope scope = scope(new Properties());
    Discovery discovery = discovery(scope);
    connectToTheFirstOfTwo(discovery);
    RequestConnects rule = Objects.requireNonNull(scope.find(RequestConnects.class));
    InetSocketAddress proxy = connector.connections.get(0).remoteAddress();
    assertThat(rule.refusal(proxy, "TLS")).isNull();
    connector.connections.get(0).close(CloseReason.PEER_CLOSED, "");
    assertThat(rule.refusal(proxy, "TLS")).contains("127.0.0.2:5061/TLS").contains("contoso.com");
    assertThat(rule.refusal(proxy, "TCP")).isNull();
    assertThat(rule.refusal(new InetSocketAddress("127.0.0.9", 5061), "TLS")).isNull();
  }

  @Test
  @Requirement({"CLI-12", "DIA-10"})
  void aFlowOfSipOutboundIsRecoveredAtTheTimesOfRfc5626() {
    Discovery discovery = discovery(atOnce());
    DomainDiscovery domain = discovery.ofDomain("contoso.com");
    CompletableFuture<?> first = domain.connection();
    time.advance(0);
    succeed(runs.get(0));
    assertThat(first).isDone();
    discovery.registered(connector.connections.get(0), true);
    time.advance(31 * SECOND);
    // No keep-alive was answered on it, so that the flow has never worked.
    lose(0, CloseReason.REPLACED);
    time.advance(30 * SECOND - 1);
    assertThat(runs).hasSize(1);
    assertThat(domain.secondsToStart()).isPositive();
    time.advance(30 * SECOND + 1);
    assertThat(runs).hasSize(2);

    succeed(runs.get(1));
    discovery.registered(connector.connections.get(1), true);
    registry
        .listeners()
        .tell("a connection", l -> l.keepAliveAnswered(connector.connections.get(1)));
    time.advance(31 * SECOND);
    lose(1, CloseReason.REPLACED);
    time.advance(SECOND);
    assertThat(runs).as("the flow has worked").hasSize(3);
    succeed(runs.get(2));
    // Of another connection, so that it says nothing about this one.
    discovery.registered(connector.connections.get(1), false);
    discovery.retryAfter(connector.connections.get(2), Duration.ofSeconds(100));
    lose(2, CloseReason.REPLACED);
    time.advance(100 * SECOND - 1);
    assertThat(runs).hasSize(3);
    time.advance(1);
    assertThat(runs).hasSize(4);
  }
}
