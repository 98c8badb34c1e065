package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpLinks;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.VirtualScheduler;

/** Discoveries of one stack in virtual time, where the test answers for DNS and the network. */
abstract class DiscoveryFixture {

  static final long SECOND = 1_000_000_000L;
  static final DhcpLinks NO_PERMISSION =
      () -> new DhcpLinks.Opened(List.of(), List.of("eth0: port 68: Permission denied"));

  final VirtualScheduler time = new VirtualScheduler();
  final FakeConnector connector = new FakeConnector("TLS", "TCP");
  final ConnectionRegistry registry = new ConnectionRegistry();
  final List<FakeDns> runs = new ArrayList<>();
  final List<String> losses = new ArrayList<>();
  final ConnectionManagementListener lossLog =
      new ConnectionManagementListener() {
        @Override
        public void outboundProxyLost(
            String domain, ManagedConnection connection, CloseReason reason) {
          losses.add(domain + " " + reason);
        }
      };

  void succeed(FakeDns dns) {
    dns.host("a.contoso.com", "127.0.0.2");
    dns.answer(Service.SIPINTERNALTLS, new ServiceRecord(0, 0, 5061, "a.contoso.com"));
    time.advance(0);
  }

  /** Discovers and connects, as a request of contoso.com has it. */
  void discoverAndConnect(Discovery discovery) {
    CompletableFuture<DiscoveryReport> first = discovery.discover("sip:alice@contoso.com");
    time.advance(0);
    succeed(runs.get(0));
    assertThat(now(first).succeeded()).isTrue();
  }

  /** The same where there are two proxies, of which the first is connected. */
  void connectToTheFirstOfTwo(Discovery discovery) {
    CompletableFuture<?> first = discovery.ofDomain("contoso.com").connection();
    time.advance(0);
    twoProxies(runs.get(0));
    assertThat(first).isCompleted();
  }

  void awaitRuns(int count) {
    for (int i = 0; i < 10_000 && runs.size() < count; i++) {
      time.advance(SECOND / 100);
    }
    assertThat(runs).hasSize(count);
  }

  void twoProxies(FakeDns dns) {
    dns.host("a.contoso.com", "127.0.0.2");
    dns.host("b.contoso.com", "127.0.0.3");
    dns.answer(
        Service.SIPINTERNALTLS,
        new ServiceRecord(0, 0, 5061, "a.contoso.com"),
        new ServiceRecord(1, 0, 5061, "b.contoso.com"));
    time.advance(0);
  }

  void lose(int connection, CloseReason reason) {
    connector.connections.get(connection).close(reason, "");
    tellClosed(connector.connections.get(connection), reason);
  }

  void tellClosed(ManagedConnection connection, CloseReason reason) {
    registry.listeners().tell("a connection", l -> l.closed(connection, reason, ""));
  }

  static Properties atOnce() {
    Properties properties = new Properties();
    properties.setProperty("net.conmgmt.sip.REDISCOVERY", "at-once");
    return properties;
  }

  Discovery discovery(Properties properties) {
    return discovery(scope(properties));
  }

  Discovery discovery(StackScope scope) {
    return discovery(scope, NO_PERMISSION);
  }

  Discovery discovery(StackScope scope, DhcpLinks dhcp) {
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

  StackScope scope(Properties properties) {
    StackScope scope = new StackScope(ConnectionManagementProperties.of(properties));
    scope.put(Scheduler.class, time);
    scope.put(Connector.class, connector);
    scope.put(ConnectionRegistry.class, registry);
    return scope;
  }

  /** What a future holds; in virtual time it must be complete by now, or never will be. */
  static <T> T now(CompletableFuture<T> future) {
    assertThat(future).isCompleted();
    return future.join();
  }
}
