package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;

/** What a change of the network ends, and what it begins. */
class NetworkChangeTest extends DiscoveryFixture {

  @Test
  void whenTheNetworkHasChangedNoPauseIsKept() {
    Discovery discovery = discovery(new Properties());
    connectToTheFirstOfTwo(discovery);
    assertThat(discovery.outboundProxy("sip:alice@contoso.com"))
        .isSameAs(connector.connections.get(0));
    lose(0, CloseReason.IO_ERROR);
    assertThat(discovery.outboundProxy("sip:alice@contoso.com")).isNull();
    CompletableFuture<DiscoveryResult> next = discovery.ofDomain("contoso.com").connection();
    time.advance(0);
    assertThat(runs).as("the pause").hasSize(1);
    discovery.networkChanged();
    time.advance(0);
    assertThat(runs).hasSize(2);
    twoProxies(runs.get(1));
    assertThat(now(next).report().chosen()).isEqualTo("127.0.0.2:5061/TLS");
    time.advanceSeconds(2);
    assertThat(runs).as("begun once only").hasSize(2);
  }

  @Requirement("CLI-12")
  @Test
  void whenTheNetworkHasChangedAProxyThatWasLostIsDiscoveredThoughNobodyAsks() {
    Discovery discovery = discovery(new Properties());
    connectToTheFirstOfTwo(discovery);
    discovery.networkChanged();
    time.advanceSeconds(600);
    assertThat(runs).as("the connection is open").hasSize(1);
    lose(0, CloseReason.IO_ERROR);
    time.advanceSeconds(600);
    assertThat(runs).as("nobody has asked").hasSize(1);
    discovery.networkChanged();
    time.advance(0);
    assertThat(runs).hasSize(2);
  }

  @Requirement("CLI-12")
  @Test
  void whatFailedBeforeTheNetworkChangedMakesNoPauseLonger() {
    Discovery discovery = discovery(new Properties());
    DomainDiscovery domain = discovery.ofDomain("contoso.com");
    failFourTimes(domain);
    discovery.networkChanged();
    time.advance(0);
    runs.get(4).answerOthersWithNothing();
    time.advance(0);
    CompletableFuture<?> next = domain.connection();
    time.advanceSeconds(2);
    assertThat(runs).as("after the shortest pause").hasSize(6);
    assertThat(next).isNotDone();
  }

  @Requirement("CLI-12")
  @Test
  void aPauseThatTheNetworkHasEndedBeginsNoDiscoveryLater() {
    Discovery discovery = discovery(new Properties());
    DomainDiscovery domain = discovery.ofDomain("contoso.com");
    failFourTimes(domain);
    CompletableFuture<?> waiting = domain.connection();
    discovery.networkChanged();
    time.advance(0);
    runs.get(4).answerOthersWithNothing();
    time.advance(0);
    assertThat(waiting).isDone();
    CompletableFuture<?> next = domain.connection();
    awaitRuns(6);
    runs.get(5).answerOthersWithNothing();
    time.advance(0);
    assertThat(next).isDone();
    time.advanceSeconds(60);
    assertThat(runs).as("nobody has asked since").hasSize(6);
  }

  private void failFourTimes(DomainDiscovery domain) {
    for (int i = 0; i < 4; i++) {
      CompletableFuture<?> failing = domain.connection();
      awaitRuns(i + 1);
      runs.get(i).answerOthersWithNothing();
      time.advance(0);
      assertThat(failing).isDone();
    }
  }
}
