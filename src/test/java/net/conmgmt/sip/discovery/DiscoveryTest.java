package net.conmgmt.sip.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.config.ConnectionManagementProperties;
import net.conmgmt.sip.config.StackScope;
import net.conmgmt.sip.connection.CloseReason;
import net.conmgmt.sip.connection.Connector;
import net.conmgmt.sip.discovery.dhcp.DhcpLinks;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import net.conmgmt.sip.time.Scheduler;
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
  private final List<FakeDns> runs = new ArrayList<>();

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
    CompletableFuture<DiscoveryReport> third = discovery.discover("sip:carol@contoso.com");
    first.cancel(true);
    second.cancel(true);
    time.advance(0);
    succeed(runs.get(0));
    assertThat(now(third).succeeded()).isTrue();
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
    connector.connections.get(0).close(CloseReason.PEER_CLOSED, "");
    CompletableFuture<DiscoveryResult> again = domain.connection();
    time.advance(0);
    assertThat(runs).hasSize(2);
    succeed(runs.get(1));
    assertThat(now(again).connection()).isSameAs(connector.connections.get(1));
  }

  @Test
  void aProxyThatClosesAtOnceIsNotConnectedInABusyLoop() {
    DomainDiscovery domain = discovery(new Properties()).ofDomain("contoso.com");
    List<Long> starts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      CompletableFuture<DiscoveryResult> result = domain.connection();
      while (runs.size() == i) {
        time.advance(SECOND / 100);
      }
      starts.add(time.nanoTime());
      succeed(runs.get(i));
      assertThat(result).isDone();
      connector.connections.get(i).close(CloseReason.PEER_CLOSED, "");
    }
    for (int i = 1; i < 5; i++) {
      double seconds = (starts.get(i) - starts.get(i - 1)) / 1e9;
      assertThat(seconds).isBetween(0.79 * (1 << (i - 1)), 1.21 * (1 << (i - 1)));
    }
  }

  @Test
  void afterAFailureTheNextDiscoveryWaitsOnEveryPath() {
    Discovery discovery = discovery(new Properties());
    CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    runs.get(0).answerOthersWithNothing();
    time.advance(DiscoveryAttempt.SETTLE_NANOS);
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
    discovery
        .listeners()
        .add(
            new DiscoveryListener() {
              @Override
              public void done(DiscoveryReport report) {
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
        .contains("ManagedMessageProcessorFactory");
  }

  @Requirement("DISC-1")
  @Test
  void anAddressOfRecordWithoutDomainIsRefusedAtOnce() {
    Discovery discovery = discovery(new Properties());
    assertThatThrownBy(() -> discovery.discover("sip:alice@192.0.2.1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is an IP address");
  }

  @Requirement("DISC-5")
  @ParameterizedTest
  @CsvSource({
    "off, switched off by net.conmgmt.sip.DHCP",
    "on, the DHCP client port cannot be used: eth0: port 68: Permission denied"
  })
  void dhcpThatCannotBeAskedIsCompleteAtOnceAndThatIsLoggedOnce(String value, String reason) {
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
      discovery.ofDomain("fabrikam.com").connection().cancel(false);
      time.advance(0);
      assertThat(runs).hasSize(2);
      succeed(runs.get(0));
      assertThat(now(first).queries().get(4))
          .returns("DHCP option 120", DiscoveryReport.Query::name)
          .returns(DiscoveryReport.Query.Result.NO_SUCH_SERVICE, DiscoveryReport.Query::result)
          .returns(0L, DiscoveryReport.Query::millis);
    } finally {
      logger.removeAppender(appender);
      logger.setLevel(before);
    }
    assertThat(logged)
        .singleElement()
        .asString()
        .startsWith("DHCP discovery of the outbound proxy has no result: ")
        .contains(reason);
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

  private Discovery discovery(Properties properties) {
    return new Discovery(
        scope(properties),
        new Random(1),
        s -> {
          FakeDns dns = new FakeDns();
          runs.add(dns);
          return dns;
        },
        NO_PERMISSION);
  }

  private StackScope scope(Properties properties) {
    StackScope scope = new StackScope(ConnectionManagementProperties.of(properties));
    scope.put(Scheduler.class, time);
    scope.put(Connector.class, connector);
    return scope;
  }

  /** What a future holds; in virtual time it must be complete by now, or never will be. */
  private static <T> T now(CompletableFuture<T> future) {
    assertThat(future).isCompleted();
    return future.join();
  }
}
