package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.RegisteredFlows;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;

/** What is known of each domain, and what of its connection. */
class DiscoveryDomainsTest extends DiscoveryFixture {

  @Test
  void anIdleDomainIsRememberedWhileThereAreFew() {
    Discovery discovery = discovery(new Properties());
    DomainDiscovery idle = discovery.ofDomain("contoso.com");
    discovery.ofDomain("fabrikam.com");
    assertThat(discovery.ofDomain("contoso.com")).isSameAs(idle);
  }

  @Requirement("DISC-17")
  @Test
  void theOnlyDomainIsTheOneWhoseProxyWasFound() {
    Discovery discovery = discovery(new Properties());
    discovery.ofDomain("fabrikam.com");
    assertThat(discovery.onlyFoundDomain()).isNull();
    discoverAndConnect(discovery);
    assertThat(discovery.onlyFoundDomain()).isEqualTo("contoso.com");
  }

  @Requirement("DIA-10")
  @Test
  void theRegistrarsOfTheStackCanTellItOfFlows() {
    StackScope scope = scope(new Properties());
    Discovery discovery = discovery(scope);
    assertThat(scope.find(RegisteredFlows.class)).isSameAs(discovery);
  }

  @Test
  void aConnectionThatIsFoundAgainIsTheSameProxyWithANewReport() {
    Discovery discovery = discovery(atOnce());
    registry.listeners().add(lossLog);
    discoverAndConnect(discovery);
    connector.ends.put(
        "127.0.0.2:5061", CompletableFuture.completedFuture(connector.connections.get(0)));
    CompletableFuture<DiscoveryReport> again = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    succeed(runs.get(1));
    DiscoveryResult found =
        Objects.requireNonNull(discovery.ofDomain("contoso.com").lastConnected());
    assertThat(found.report()).isSameAs(now(again));
    assertThat(found.connection()).isSameAs(connector.connections.get(0));
    time.advance(31 * SECOND);
    lose(0, CloseReason.PEER_CLOSED);
    time.advance(SECOND);
    assertThat(losses).containsExactly("contoso.com PEER_CLOSED");
    assertThat(runs).as("it had lasted since it was connected").hasSize(3);
  }

  @Requirement("DIA-10")
  @Test
  void whatHappensOnAnotherConnectionSaysNothingAboutTheProxy() {
    Discovery discovery = discovery(atOnce());
    discoverAndConnect(discovery);
    discovery.registered(connector.connections.get(0), true);
    FakeConnection other = new FakeConnection(connector.targets.get(0));
    registry.listeners().tell("another", l -> l.keepAliveAnswered(other));
    discovery.registered(other, false);
    discovery.retryAfter(other, Duration.ofMinutes(10));
    time.advance(31 * SECOND);
    lose(0, CloseReason.REPLACED);
    time.advance(30 * SECOND - 1);
    assertThat(runs).as("no keep-alive was answered on the flow").hasSize(1);
    time.advance(30 * SECOND + 1);
    assertThat(runs).hasSize(2);
  }

  @Requirement("CLI-12")
  @Test
  void aChangeOfTheNetworkEndsThePauseWhateverTheClockSays() {
    VirtualScheduler early = new VirtualScheduler(-1_000 * SECOND);
    StackScope scope = scope(new Properties());
    scope.put(Scheduler.class, early);
    Discovery discovery = discovery(scope);
    CompletableFuture<?> first = discovery.ofDomain("contoso.com").connection();
    early.advance(0);
    runs.get(0).answerOthersWithNothing();
    early.advance(0);
    assertThat(first).isDone();
    CompletableFuture<?> next = discovery.ofDomain("contoso.com").connection();
    early.advance(0);
    assertThat(runs).as("the pause").hasSize(1);
    discovery.networkChanged();
    early.advance(0);
    assertThat(runs).hasSize(2);
    assertThat(next).isNotDone();
  }
}
