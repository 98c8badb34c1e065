package net.conmgmt.sip.internal.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionCounts;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.monitoring.ConnectionMetrics;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.StubConnection;
import org.junit.jupiter.api.Test;

class ConnectionMetricsTest {

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  private double counted(String name, String... tags) {
    return meters.get(name).tags(tags).functionCounter().count();
  }

  @Test
  void everyCountIsAMeter() throws Exception {
    try (PlainApplication application =
        new PlainApplication(Stacks.managed(), "127.0.0.1", Stacks.freePort())) {
      new ConnectionMetrics(application.stack()).bindTo(meters);
      assertThat(meters.getMeters())
          .allSatisfy(
              meter -> assertThat(meter.getId().getDescription()).as("%s", meter).isNotBlank());
      assertThat(meters.get("conmgmt.certificate.days.left").gauge().value()).isNaN();
      StackScope scope = StackScope.of(application.stack());
      ConnectionRegistry registry =
          scope.get(ConnectionRegistry.class, s -> new ConnectionRegistry());
      StubConnection client = new StubConnection(1, Side.CLIENT, "TLS");
      StubConnection proxy = new StubConnection(2, Side.PROXY, "TLS");
      registry.add(client);
      registry
          .listeners()
          .tell(
              "test",
              l -> {
                l.established(client);
                l.established(proxy);
                l.keepAliveNegotiated(client, Duration.ofSeconds(3), Duration.ofSeconds(2));
                l.keepAliveFailed(client, KeepAliveFailure.ABSENT, "x");
                l.keepAliveSent(client);
                l.keepAliveReceived(proxy);
                l.keepAliveAnswered(client);
                l.messageRefused(proxy, "bad");
                l.connectionRefused(proxy.remoteAddress(), "too many");
                l.closed(proxy, CloseReason.IDLE_TIMER, "");
              });
      registry.listeners().tell("test", l -> l.discoveryEnded(report(null, 40)));
      registry.listeners().tell("test", l -> l.discoveryEnded(report("none", 60)));

      assertThat(
              meters
                  .get("conmgmt.connections")
                  .tag("stack", application.stack().getStackName())
                  .gauge()
                  .value())
          .isEqualTo(1);
      assertThat(counted("conmgmt.connections.established", "side", "client")).isEqualTo(1);
      assertThat(counted("conmgmt.connections.established", "side", "proxy")).isEqualTo(1);
      assertThat(counted("conmgmt.connections.refused")).isEqualTo(1);
      assertThat(counted("conmgmt.connections.closed", "reason", "IDLE_TIMER")).isEqualTo(1);
      assertThat(counted("conmgmt.connections.closed", "reason", "LOCAL")).isZero();
      assertThat(counted("conmgmt.messages.refused")).isEqualTo(1);
      assertThat(counted("conmgmt.negotiations.succeeded")).isEqualTo(1);
      assertThat(counted("conmgmt.negotiations.failed", "reason", "ABSENT")).isEqualTo(1);
      for (String direction : List.of("sent", "received", "answered")) {
        assertThat(counted("conmgmt.keepalives", "direction", direction)).isEqualTo(1);
      }
      assertThat(counted("conmgmt.discoveries", "outcome", "found")).isEqualTo(1);
      assertThat(counted("conmgmt.discoveries", "outcome", "failed")).isEqualTo(1);
      assertThat(meters.get("conmgmt.discovery.time").functionTimer().count()).isEqualTo(2);
      assertThat(
              meters.get("conmgmt.discovery.time").functionTimer().totalTime(TimeUnit.MILLISECONDS))
          .isEqualTo(100);
      ConnectionCounts counts = ConnectionManagement.of(application.stack()).counts();
      assertThat(counts.discoveries().last()).hasMillis(60);
      assertThat(counts.discoveries().longest()).hasMillis(60);
    }
  }

  private static DiscoveryReport report(
      @org.jspecify.annotations.Nullable String failure, long millis) {
    return new DiscoveryReport(
        "contoso.test",
        List.of(),
        List.of(),
        List.of(),
        null,
        null,
        Optional.empty(),
        failure,
        millis);
  }

  @Test
  void aProxyThatSharesADirectoryHasMetersOfIt() throws Exception {
    try (PlainApplication proxy =
        new PlainApplication(
            Stacks.managed(
                "net.conmgmt.sip.ENDPOINT_DIRECTORY",
                "redis://127.0.0.1:" + Stacks.freePort(),
                "net.conmgmt.sip.NODE",
                "127.0.0.1:5060"),
            "127.0.0.1",
            Stacks.freePort())) {
      new ConnectionMetrics(proxy.stack()).bindTo(meters);

      assertThat(meters.get("conmgmt.directory.connected").gauge().value()).isZero();
      assertThat(meters.get("conmgmt.directory.held").gauge().value()).isZero();
      assertThat(meters.get("conmgmt.directory.claims").functionCounter().count()).isZero();
    }
  }
}
