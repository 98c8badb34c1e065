package net.conmgmt.sip.internal.discovery;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Records one discovery, tells the listeners as it proceeds, and makes its report. Confined to the
 * thread of its discovery; not thread-safe.
 */
final class DiscoveryRecorder {

  /** The name of the DHCP discovery among the queries. */
  static final String DHCP = "DHCP option 120";

  private static final Logger LOG = LogManager.getLogger(DiscoveryRecorder.class);

  private final String domain;
  private final Scheduler scheduler;
  private final DiscoveryEvents events;
  private final long startNanos;
  private final Map<String, Query> queries = new LinkedHashMap<>();
  private final List<Attempt> attempts = new ArrayList<>();

  DiscoveryRecorder(String domain, Scheduler scheduler, DiscoveryEvents events) {
    this.domain = domain;
    this.scheduler = scheduler;
    this.events = events;
    startNanos = scheduler.nanoTime();
    for (Service service : Service.values()) {
      pending(service.queryName(domain));
    }
    pending(DHCP);
  }

  private void pending(String name) {
    queries.put(name, new Query(name, Query.Result.PENDING, List.of(), List.of(), "", -1));
  }

  /** Milliseconds since the start. */
  long millis() {
    return (scheduler.nanoTime() - startNanos) / 1_000_000;
  }

  void queryDone(
      String name,
      Query.Result result,
      List<String> records,
      List<String> rejected,
      String detail) {
    Query query = new Query(name, result, records, rejected, detail, millis());
    queries.put(name, query);
    LOG.debug("Discovery of {}: {}", domain, query);
    events.tell(domain, listener -> listener.discoveryQueryEnded(domain, query));
  }

  void candidate(Candidate candidate) {
    LOG.debug("Discovery of {}: trying {}", domain, candidate);
    events.tell(domain, listener -> listener.discoveryCandidateBegun(domain, candidate));
  }

  void attempt(
      Candidate candidate,
      String address,
      Attempt.Outcome outcome,
      String detail,
      long startMillis) {
    Attempt attempt = new Attempt(candidate, address, outcome, detail, startMillis, millis());
    attempts.add(attempt);
    LOG.debug("Discovery of {}: {}", domain, attempt);
    events.tell(domain, listener -> listener.discoveryAttemptEnded(domain, attempt));
  }

  /** Why nothing was connected, and what to change. */
  String headline() {
    return new FailureText(domain, List.copyOf(queries.values()), attempts).headline();
  }

  /** The report of a success. */
  DiscoveryReport success(
      List<Candidate> known, String chosen, Candidate candidate, ManagedConnection connection) {
    return report(known, chosen, candidate, connection, null);
  }

  /** The report of a failure. */
  DiscoveryReport failure(List<Candidate> known, String why) {
    return report(known, null, null, null, why);
  }

  private DiscoveryReport report(
      List<Candidate> known,
      @Nullable String chosen,
      @Nullable Candidate chosenCandidate,
      @Nullable ManagedConnection chosenConnection,
      @Nullable String failure) {
    return new DiscoveryReport(
        domain,
        List.copyOf(queries.values()),
        known,
        attempts,
        chosen,
        chosenCandidate,
        Optional.ofNullable(chosenConnection),
        failure,
        millis());
  }
}
