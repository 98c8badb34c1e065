package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpLinks;
import net.conmgmt.sip.internal.discovery.dhcp.FakeLink;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;

/** Whose work it was, should a task of a discovery fail and be logged. */
class DiscoveryTaskNamesTest {

  private final VirtualScheduler time = new VirtualScheduler();
  private final Set<String> names = new TreeSet<>();
  private final FakeConnector connector = new FakeConnector("TLS", "TCP");
  private final ConnectionRegistry registry = new ConnectionRegistry();
  private final List<FakeDns> runs = new ArrayList<>();

  @Test
  void everyTaskOfADiscoveryCarriesItsDomainOrDhcp() {
    Discovery discovery = discovery();
    CompletableFuture<DiscoveryReport> found = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    FakeDns dns = runs.get(0);
    dns.host("sipinternal.contoso.com", "127.0.0.2");
    dns.answerOthersWithNothing();
    time.advanceSeconds(10);
    assertThat(found).isCompleted();
    assertThat(connector.connections).hasSize(1);

    time.advanceSeconds(30);
    registry
        .listeners()
        .tell("test", l -> l.closed(connector.connections.get(0), CloseReason.PEER_CLOSED, ""));
    time.advanceSeconds(10);
    assertThat(runs).as("discovered again by itself").hasSize(2);
    assertThat(names).containsExactly("discovery by DHCP", "discovery of contoso.com");
  }

  private Discovery discovery() {
    Properties properties = new Properties();
    properties.setProperty("net.conmgmt.sip.REDISCOVERY", "at-once");
    properties.setProperty("net.conmgmt.sip.DHCP", "on");
    StackScope scope = new StackScope(ConnectionManagementProperties.of(properties));
    scope.put(Scheduler.class, noting());
    scope.put(Connector.class, connector);
    scope.put(ConnectionRegistry.class, registry);
    return new Discovery(
        scope,
        new Random(1),
        scheduler -> {
          // As the real one does for its time-outs.
          scheduler.schedule(() -> {}, 0);
          runs.add(new FakeDns());
          return runs.get(runs.size() - 1);
        },
        () -> new DhcpLinks.Opened(List.of(new FakeLink("eth0", 1)), List.of()));
  }

  /** Virtual time that notes what its tasks are called. */
  private Scheduler noting() {
    return new Scheduler() {
      @Override
      public long nanoTime() {
        return time.nanoTime();
      }

      @Override
      public Task schedule(Runnable task, long delayNanos) {
        names.add(task.toString());
        return time.schedule(task, delayNanos);
      }
    };
  }
}
