package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.internal.connection.RequestConnects;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpLink;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpLinks;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is shared between runs: one discovery for each domain, back-off, and who is told. */
class DiscoveryTest {

  private static final long SECOND = 1_000_000_000L;
  private static final DhcpLinks NO_PERMISSION =
      () -> new DhcpLinks.Opened(List.of(), List.of("eth0: port 68: Permission denied"));

  private final VirtualScheduler time = new VirtualScheduler();
  private final FakeConnector connector = new FakeConnector("TLS", "TCP");
  private final ConnectionRegistry registry = new ConnectionRegistry();
  private final List<FakeDns> runs = new ArrayList<>();
  private final List<String> losses = new ArrayList<>();
  private final ConnectionManagementListener lossLog =
      new ConnectionManagementListener() {
        @Override
        public void outboundProxyLost(
            String domain, ManagedConnection connection, CloseReason reason) {
          losses.add(domain + " " + reason);
        }
      };

  @Test
  void concurrentDiscoveriesOfOneDomainShareOneRun() {
    Discovery discovery = discovery(new Properties());
    CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
    CompletableFuture<DiscoveryReport> second = discovery.discover("sip:bob@CONTOSO.com.");
    CompletableFuture<DiscoveryReport> other = discovery.discover("sip:carol@fabrikam.com");
    time.advance(0);
    assertThat(runs).hasSize(2);
    succeed(runs.get(0));
    assertThat(now(second)).isSameAs(now(first));
    assertThat(other).isNotDone();
  }

  @Test
  void oneWhoGivesUpDoesNotTakeTheDiscoveryFromTheOthers() {
    Discovery discovery = discovery(new Properties());
    CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
    CompletableFuture<DiscoveryReport> second = discovery.discover("sip:bob@contoso.com");
    CompletableFuture<DiscoveryResult> router = discovery.ofDomain("contoso.com").connection();
    first.cancel(true);
    time.advance(0);
    succeed(runs.get(0));
    assertThat(now(second).succeeded()).isTrue();
    assertThat(now(router).report()).isSameAs(now(second));
  }

  @Test
  void anOpenConnectionIsUsedAgainAndALostOneIsDiscoveredAgain() {
    DomainDiscovery domain = discovery(new Properties()).ofDomain("contoso.com");
    CompletableFuture<DiscoveryResult> first = domain.connection();
    time.advance(0);
    succeed(runs.get(0));
    assertThat(now(domain.connection())).isSameAs(now(first));
    assertThat(runs).hasSize(1);
    time.advance(31 * SECOND);
    lose(0, CloseReason.PEER_CLOSED);
    time.advance(SECOND);
    assertThat(runs).as("only a request discovers again").hasSize(1);
    CompletableFuture<DiscoveryResult> again = domain.connection();
    time.advance(0);
    assertThat(runs).hasSize(2);
    succeed(runs.get(1));
    assertThat(now(again).connection()).isSameAs(connector.connections.get(1));
  }

  @Test
  void ofManyDomainsOnlyThoseInUseAreKept() {
    Discovery discovery = discovery(new Properties());
    DomainDiscovery connected = discovery.ofDomain("contoso.com");
    CompletableFuture<DiscoveryResult> first = connected.connection();
    time.advance(0);
    succeed(runs.get(0));
    assertThat(first).isDone();
    DomainDiscovery running = discovery.ofDomain("fabrikam.com");
    CompletableFuture<DiscoveryResult> second = running.connection();
    for (int i = 0; i < 3 * Discovery.MAX_IDLE_DOMAINS; i++) {
      discovery.ofDomain(i + ".attacker.test");
      assertThat(discovery.domains()).isLessThanOrEqualTo(Discovery.MAX_IDLE_DOMAINS);
    }
    assertThat(discovery.ofDomain("contoso.com")).isSameAs(connected);
    assertThat(discovery.ofDomain("fabrikam.com")).isSameAs(running);
    assertThat(second).isNotDone();
  }

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
    CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    succeed(runs.get(0));
    assertThat(now(first).succeeded()).isTrue();
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
    CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    succeed(runs.get(0));
    assertThat(now(first).succeeded()).isTrue();
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
    CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    succeed(runs.get(0));
    assertThat(now(first).succeeded()).isTrue();
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

  @ParameterizedTest
  @CsvSource({"LOCAL", "SHUTDOWN"})
  void whatThisSideClosesIsNoLoss(CloseReason reason) {
    Discovery discovery = discovery(atOnce());
    registry.listeners().add(lossLog);
    CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    succeed(runs.get(0));
    assertThat(now(first).succeeded()).isTrue();
    lose(0, reason);
    time.advance(600 * SECOND);
    assertThat(losses).isEmpty();
    assertThat(runs).hasSize(1);
  }

  @Test
  void aDiscoveryThatWasInterruptedByTheEndOfItsStackDoesNotBlockTheNext() {
    StackScope scope = scope(new Properties());
    DomainDiscovery domain = discovery(scope).ofDomain("contoso.com");
    CompletableFuture<DiscoveryResult> first = domain.connection();
    time.advance(0);
    scope.put(Scheduler.class, new VirtualScheduler());
    VirtualScheduler second = new VirtualScheduler();
    scope.put(Scheduler.class, second);
    CompletableFuture<DiscoveryResult> again = domain.connection();
    second.advance(0);
    assertThat(first).isCompletedExceptionally();
    assertThat(runs).hasSize(2);
    assertThat(again).isNotDone();
  }

  @Test
  void aDhcpDiscoveryThatWasInterruptedByTheEndOfItsStackDoesNotBlockTheNext() {
    Properties properties = new Properties();
    properties.setProperty("net.conmgmt.sip.DHCP", "on");
    StackScope scope = scope(properties);
    List<DhcpLink> links = List.of(new SilentLink());
    Discovery discovery = discovery(scope, () -> new DhcpLinks.Opened(links, List.of()));
    CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    VirtualScheduler second = new VirtualScheduler();
    scope.put(Scheduler.class, second);
    CompletableFuture<DiscoveryReport> again = discovery.discover("sip:alice@contoso.com");
    second.advance(0);
    runs.get(1).answerOthersWithNothing();
    second.advance(60 * SECOND);
    assertThat(first).isCompletedExceptionally();
    assertThat(now(again).succeeded()).isFalse();
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
  void nothingBeginsByItselfInAStackThatIsStopped() {
    StackScope scope = scope(atOnce());
    Discovery discovery = discovery(scope);
    discovery.ofDomain("contoso.com").reconnect();
    time.advance(0);
    scope.remove(Scheduler.class);
    runs.get(0).answerOthersWithNothing();
    time.advance(600 * SECOND);
    assertThat(runs).hasSize(1);
    assertThat(scope.find(Scheduler.class)).as("nobody made a new one").isNull();
    discovery.ofDomain("contoso.com").reconnect();
    assertThat(scope.find(Scheduler.class)).isNull();
  }

  @Test
  void theLastReportIsThereWhoeverCausedTheDiscovery() {
    Discovery discovery = discovery(new Properties());
    assertThat(discovery.lastReport("sip:alice@contoso.com")).isEmpty();
    CompletableFuture<DiscoveryResult> request = discovery.ofDomain("contoso.com").connection();
    time.advance(0);
    assertThat(discovery.lastReport("sip:alice@contoso.com")).isEmpty();
    succeed(runs.get(0));
    assertThat(discovery.lastReport("sip:alice@Contoso.com")).containsSame(now(request).report());
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

  @Test
  void listenersAreToldOfTheEndWhenTheConnectionCanBeUsedAlready() {
    Discovery discovery = discovery(new Properties());
    List<Boolean> usable = new ArrayList<>();
    registry
        .listeners()
        .add(
            new ConnectionManagementListener() {
              @Override
              public void discoveryEnded(DiscoveryReport report) {
                usable.add(discovery.ofDomain(report.domain()).connection().isDone());
              }
            });
    CompletableFuture<DiscoveryReport> report = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    succeed(runs.get(0));
    assertThat(report).isDone();
    assertThat(usable).containsExactly(true);
  }

  @Test
  void aStackWithoutManagedTransportIsToldWhatToSet() {
    StackScope scope = scope(new Properties());
    scope.remove(Connector.class);
    CompletableFuture<DiscoveryReport> report =
        new Discovery(scope, new Random(1), s -> new FakeDns(), NO_PERMISSION)
            .discover("sip:alice@contoso.com");
    time.advance(0);
    assertThat(now(report).failure())
        .contains("gov.nist.javax.sip.MESSAGE_PROCESSOR_FACTORY")
        .contains("ManagedMessageProcessorFactory")
        .endsWith("found none");
  }

  @Requirement("DISC-1")
  @Test
  void anAddressOfRecordWithoutDomainIsRefusedAtOnce() {
    Discovery discovery = discovery(new Properties());
    assertThatThrownBy(() -> discovery.discover("sip:alice@192.0.2.1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is an IP address");
  }

  @Requirement("DISC-11")
  @Test
  void aProxyThatAnswersNoRequestIsGivenUpForTheNextOne() {
    Discovery discovery = discovery(new Properties());
    CompletableFuture<?> first = discovery.ofDomain("contoso.com").connection();
    time.advance(0);
    twoProxies(runs.get(0));
    assertThat(first).isCompleted();
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
    CompletableFuture<?> first = discovery.ofDomain("contoso.com").connection();
    time.advance(0);
    twoProxies(runs.get(0));
    assertThat(first).isCompleted();
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

  @Requirement("CLI-12")
  @Test
  void noRequestMayConnectToALostProxyBeforeItIsDiscoveredAgain() {
    StackScope scope = scope(new Properties());
    Discovery discovery = discovery(scope);
    CompletableFuture<?> first = discovery.ofDomain("contoso.com").connection();
    time.advance(0);
    twoProxies(runs.get(0));
    assertThat(first).isCompleted();
    RequestConnects rule = Objects.requireNonNull(scope.find(RequestConnects.class));
    InetSocketAddress proxy = connector.connections.get(0).remoteAddress();
    assertThat(rule.refusal(proxy, "TLS")).isNull();
    connector.connections.get(0).close(CloseReason.PEER_CLOSED, "");
    assertThat(rule.refusal(proxy, "TLS")).contains("127.0.0.2:5061/TLS").contains("contoso.com");
    assertThat(rule.refusal(proxy, "TCP")).isNull();
    assertThat(rule.refusal(new InetSocketAddress("127.0.0.9", 5061), "TLS")).isNull();
  }

  @Test
  void whenTheNetworkHasChangedNoPauseIsKept() {
    Discovery discovery = discovery(new Properties());
    CompletableFuture<?> first = discovery.ofDomain("contoso.com").connection();
    time.advance(0);
    twoProxies(runs.get(0));
    assertThat(first).isCompleted();
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
    CompletableFuture<?> first = discovery.ofDomain("contoso.com").connection();
    time.advance(0);
    twoProxies(runs.get(0));
    assertThat(first).isCompleted();
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
    for (int i = 0; i < 4; i++) {
      CompletableFuture<?> failing = domain.connection();
      awaitRuns(i + 1);
      runs.get(i).answerOthersWithNothing();
      time.advance(0);
      assertThat(failing).isDone();
    }
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
    for (int i = 0; i < 4; i++) {
      CompletableFuture<?> failing = domain.connection();
      awaitRuns(i + 1);
      runs.get(i).answerOthersWithNothing();
      time.advance(0);
      assertThat(failing).isDone();
    }
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

  @Requirement("DISC-5")
  @ParameterizedTest
  @CsvSource({
    "off, ''",
    "on, the DHCP client port cannot be used: eth0: port 68: Permission denied"
  })
  void dhcpThatCannotBeAskedIsCompleteAtOnceAndThatIsLoggedOnceUnlessItIsOff(
      String value, String reason) {
    List<String> logged = new ArrayList<>();
    AbstractAppender appender =
        new AbstractAppender("test", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            if (event.getLevel().equals(Level.INFO)) {
              logged.add(event.getMessage().getFormattedMessage());
            }
          }
        };
    appender.start();
    Logger logger = (Logger) LogManager.getLogger(Discovery.class);
    Level before = logger.getLevel();
    logger.addAppender(appender);
    logger.setLevel(Level.INFO);
    try {
      Properties properties = new Properties();
      properties.setProperty("net.conmgmt.sip.DHCP", value);
      Discovery discovery = discovery(properties);
      CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
      discovery.ofDomain("fabrikam.com").reconnect();
      time.advance(0);
      assertThat(runs).hasSize(2);
      succeed(runs.get(0));
      assertThat(now(first).queries().get(4))
          .returns("DHCP option 120", DiscoveryReport.Query::name)
          .returns(DiscoveryReport.Query.Result.NOT_ASKED, DiscoveryReport.Query::result)
          .returns(0L, DiscoveryReport.Query::millis);
    } finally {
      logger.removeAppender(appender);
      logger.setLevel(before);
    }
    if (reason.isEmpty()) {
      assertThat(logged).isEmpty();
    } else {
      assertThat(logged)
          .singleElement()
          .asString()
          .startsWith("DHCP cannot be queried for the outbound proxy: " + reason);
    }
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

  @ParameterizedTest
  @CsvSource({"DNS_SERVERS, dns.contoso.com", "DOMAIN, 192.0.2.1", "DOMAIN, a..b"})
  void aBadPropertyRefusesToStart(String name, String value) {
    Properties properties = new Properties();
    properties.setProperty("net.conmgmt.sip." + name, value);
    StackScope scope = scope(properties);
    assertThatThrownBy(() -> Discovery.of(scope))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("net.conmgmt.sip." + name + " = '" + value + "'")
        .hasMessageContaining("expected");
  }

  private void succeed(FakeDns dns) {
    dns.host("a.contoso.com", "127.0.0.2");
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(0);
  }

  private void awaitRuns(int count) {
    for (int i = 0; i < 10_000 && runs.size() < count; i++) {
      time.advance(SECOND / 100);
    }
    assertThat(runs).hasSize(count);
  }

  private void twoProxies(FakeDns dns) {
    dns.host("a.contoso.com", "127.0.0.2");
    dns.host("b.contoso.com", "127.0.0.3");
    dns.answer(
        Service.SIPINTERNALTLS,
        new ServiceRecord(0, 0, 5061, "a.contoso.com"),
        new ServiceRecord(1, 0, 5061, "b.contoso.com"));
    time.advance(0);
  }

  private void lose(int connection, CloseReason reason) {
    connector.connections.get(connection).close(reason, "");
    tellClosed(connector.connections.get(connection), reason);
  }

  private void tellClosed(ManagedConnection connection, CloseReason reason) {
    registry.listeners().tell("a connection", l -> l.closed(connection, reason, ""));
  }

  private static Properties atOnce() {
    Properties properties = new Properties();
    properties.setProperty("net.conmgmt.sip.REDISCOVERY", "at-once");
    return properties;
  }

  private Discovery discovery(Properties properties) {
    return discovery(scope(properties));
  }

  private Discovery discovery(StackScope scope) {
    return discovery(scope, NO_PERMISSION);
  }

  private Discovery discovery(StackScope scope, DhcpLinks dhcp) {
    return new Discovery(
        scope,
        new Random(1),
        s -> {
          FakeDns dns = new FakeDns();
          runs.add(dns);
          return dns;
        },
        dhcp);
  }

  /** A network where no DHCP server answers. */
  private static final class SilentLink implements DhcpLink {

    @Override
    public String name() {
      return "eth0";
    }

    @Override
    public Inet4Address address() {
      return (Inet4Address) Objects.requireNonNull(AddressOfRecord.parseIp("192.0.2.1"));
    }

    @Override
    public byte[] hardwareAddress() {
      return new byte[6];
    }

    @Override
    public void listen(Consumer<byte[]> receiver) {}

    @Override
    public void send(byte[] message) {}

    @Override
    public void close() {}
  }

  private StackScope scope(Properties properties) {
    StackScope scope = new StackScope(ConnectionManagementProperties.of(properties));
    scope.put(Scheduler.class, time);
    scope.put(Connector.class, connector);
    scope.put(ConnectionRegistry.class, registry);
    return scope;
  }

  /** What a future holds; in virtual time it must be complete by now, or never will be. */
  private static <T> T now(CompletableFuture<T> future) {
    assertThat(future).isCompleted();
    return future.join();
  }
}
