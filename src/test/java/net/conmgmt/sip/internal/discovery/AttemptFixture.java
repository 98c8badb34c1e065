package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;
import net.conmgmt.sip.internal.connection.ListenerList;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpResult;
import net.conmgmt.sip.testing.VirtualScheduler;

/** One run of a discovery with DNS, connector and time in memory, and a log of what happened. */
abstract class AttemptFixture {

  final VirtualScheduler time = new VirtualScheduler(Long.MAX_VALUE - 1_000_000_000L);
  final FakeDns dns = new FakeDns();
  CompletableFuture<DhcpResult> dhcp =
      CompletableFuture.completedFuture(DhcpResult.notAsked("switched off"));
  boolean dhcpDomainOnly;
  final FakeConnector connector = new FakeConnector("TLS", "TCP");
  final FailedRoutes routes = new FailedRoutes();
  final List<String> events = new ArrayList<>();

  CompletableFuture<DiscoveryResult> start(boolean tlsOnly, FakeConnector with) {
    ListenerList<ConnectionManagementListener> listeners = new ListenerList<>();
    listeners.add(
        new ConnectionManagementListener() {
          @Override
          public void discoveryQueryEnded(String domain, Query query) {
            events.add("query " + query.name() + " " + query.result());
          }

          @Override
          public void discoveryCandidateBegun(String domain, Candidate candidate) {
            events.add("candidate " + candidate);
          }

          @Override
          public void discoveryAttemptEnded(String domain, Attempt attempt) {
            events.add(
                "attempt "
                    + attempt.candidate()
                    + " "
                    + attempt.address()
                    + " "
                    + attempt.outcome()
                    + " "
                    + attempt.detail());
          }
        });
    return new DiscoveryAttempt(
            "contoso.com",
            new DiscoveryContext(
                dns,
                with,
                time,
                new Random(1),
                routes,
                Duration.ofSeconds(5),
                tlsOnly,
                dhcpDomainOnly),
            () -> dhcp,
            new DiscoveryEvents(listeners, Runnable::run))
        .start();
  }

  /** What a future holds; in virtual time it must be complete by now, or never will be. */
  static <T> T now(CompletableFuture<T> future) {
    assertThat(future).isCompleted();
    return future.join();
  }
}
