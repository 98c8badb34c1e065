package net.conmgmt.sip.internal.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.keepalive.KeepAliveListener;
import net.conmgmt.sip.monitoring.ConnectionMetrics;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.StubConnection;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each number of the MBean counts what its name says. */
class ConnectionManagementBeanTest {

  private final StackScope scope =
      new StackScope(ConnectionManagementProperties.of(new Properties()));
  private final StubConnection connection = new StubConnection(1, Side.PROXY, "TLS");
  private ConnectionManagementBean bean;

  @BeforeEach
  void start() {
    bean = new ConnectionManagementBean("x", Monitoring.of(scope));
  }

  @AfterEach
  void stop() {
    KeepAliveListener.of(scope).shutdown();
  }

  private ConnectionHandler establish(KeepAliveListener keepAlive) {
    ConnectionHandler handler =
        keepAlive.handlerFor(
            connection,
            new Traffic(new VirtualScheduler(0)),
            new SerialExecutor(Runnable::run, connection));
    handler.established();
    return handler;
  }

  @Test
  void endpointsThatAuthenticatedAreCountedUntilTheirConnectionEnds() {
    assertThat(bean.getEndpoints()).isZero();
    KeepAliveListener keepAlive = KeepAliveListener.of(scope);
    ConnectionHandler handler = establish(keepAlive);
    keepAlive.authenticated(connection, new Endpoint("sip:a@contoso.test", "1"));
    keepAlive.authenticated(connection, new Endpoint("sip:b@contoso.test", "1"));
    assertThat(bean.getEndpoints()).isEqualTo(2);
    handler.closed(CloseReason.PEER_CLOSED, "");
    assertThat(bean.getEndpoints()).isZero();
  }

  @Test
  void refusedConnectionsAndParseErrorsAreCounted() {
    ConnectionRegistry.of(scope)
        .listeners()
        .tell(
            "test",
            l -> {
              l.connectionRefused(connection.remoteAddress(), "too many");
              l.messageRefused(connection, "no CSeq");
              l.messageRefused(connection, "no Via");
            });
    assertThat(bean.getRefused()).isEqualTo(1);
    assertThat(bean.getParseErrors()).isEqualTo(2);
  }

  @Test
  void discoveriesAreCountedByOutcomeWithTheTimesTheyTook() {
    Candidate candidate =
        new Candidate("sip.contoso.test", 5061, "TLS", Candidate.Source.FALL_BACK);
    ConnectionRegistry.of(scope)
        .listeners()
        .tell(
            "test",
            l -> {
              l.discoveryAttemptEnded(
                  "d", new Attempt(candidate, "", Attempt.Outcome.LOOKUP_FAILED, "none", 0, 5));
              l.discoveryAttemptEnded(
                  "d", new Attempt(candidate, "x", Attempt.Outcome.CONNECTED, "", 5, 9));
              l.discoveryEnded(report(null, 70));
              l.discoveryEnded(report("nothing there", 30));
              l.discoveryEnded(report("nothing there", 20));
            });
    assertThat(bean.getDiscovered()).isEqualTo(1);
    assertThat(bean.getDiscoveriesFailed()).isEqualTo(2);
    assertThat(bean.getLastDiscoveryMillis()).isEqualTo(20);
    assertThat(bean.getLongestDiscoveryMillis()).isEqualTo(70);
    assertThat(bean.getTotalDiscoveryMillis()).isEqualTo(120);
    assertThat(bean.getDiscoveryAttemptsByOutcome())
        .containsEntry("LOOKUP_FAILED", 1L)
        .containsEntry("CONNECTED", 1L)
        .containsEntry("REFUSED", 0L);
  }

  @Test
  void theMetersHaveEndpointsAndDiscoveryAttemptsToo() throws Exception {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    try (PlainApplication application =
        new PlainApplication(Stacks.managed(), "127.0.0.1", Stacks.freePort())) {
      new ConnectionMetrics(application.stack()).bindTo(meters);
      StackScope own = StackScope.of(application.stack());
      KeepAliveListener keepAlive = KeepAliveListener.of(own);
      establish(keepAlive);
      keepAlive.authenticated(connection, new Endpoint("sip:a@contoso.test", "1"));
      Candidate candidate =
          new Candidate("sip.contoso.test", 5061, "TLS", Candidate.Source.FALL_BACK);
      ConnectionRegistry.of(own)
          .listeners()
          .tell(
              "test",
              l ->
                  l.discoveryAttemptEnded(
                      "d", new Attempt(candidate, "", Attempt.Outcome.REFUSED, "", 0, 5)));
      assertThat(meters.get("conmgmt.endpoints").gauge().value()).isEqualTo(1);
      assertThat(
              meters
                  .get("conmgmt.discovery.attempts")
                  .tag("outcome", "REFUSED")
                  .functionCounter()
                  .count())
          .isEqualTo(1);
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
}
