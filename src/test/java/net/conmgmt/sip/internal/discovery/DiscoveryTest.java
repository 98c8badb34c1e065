package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.Connector;
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

/** What is shared between runs: one discovery for each domain, and who is told of its end. */
class DiscoveryTest extends DiscoveryFixture {

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
      assertThat(discovery.domains()).isBetween(3, Discovery.MAX_IDLE_DOMAINS);
    }
    assertThat(discovery.ofDomain("contoso.com")).isSameAs(connected);
    assertThat(discovery.ofDomain("fabrikam.com")).isSameAs(running);
    assertThat(second).isNotDone();
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
    succeed(runs.get(0));
    assertThat(again).as("the former one says nothing any more").isNotDone();
    assertThat(domain.lastConnected()).isNull();
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
      discovery.ofDomain("litware.com").reconnect();
      time.advance(0);
      assertThat(runs).hasSize(3);
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
}
