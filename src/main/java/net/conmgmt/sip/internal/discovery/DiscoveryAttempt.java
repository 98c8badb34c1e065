package net.conmgmt.sip.internal.discovery;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpResult;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs autodiscovery for one domain once ([MS-CONMGMT] 3.1.5): it sends all queries in parallel and
 * tries the entries in sequence as they become known, until one is connected. It fails when there
 * are no more entries, and at once when a proxy was reached but refused, for example because of its
 * certificate.
 *
 * <p>Runs on the scheduler's thread, which must run its tasks one at a time; no lock is held and
 * nothing blocks.
 */
final class DiscoveryAttempt {

  private static final Logger LOG = LogManager.getLogger(DiscoveryAttempt.class);

  private final String domain;
  private final DiscoveryContext context;
  private final Supplier<CompletableFuture<DhcpResult>> dhcp;
  private final Scheduler scheduler;
  private final Set<FailedRoutes.Route> late;
  private final DiscoveryRecorder recorder;
  private final CandidateSequence sequence;
  private final CompletableFuture<DiscoveryResult> result = new CompletableFuture<>();
  private @Nullable MostTelling failure;
  // Entries with addresses that failed a short time ago, for their second turn.
  private final Deque<Candidate> postponed = new ArrayDeque<>();
  private @Nullable Candidate next;
  private boolean trying;

  /**
   * One run.
   *
   * @param dhcp asks DHCP; what it gives completes on the scheduler's thread and is cancelled when
   *     it is no longer needed
   */
  DiscoveryAttempt(
      String domain,
      DiscoveryContext context,
      Supplier<CompletableFuture<DhcpResult>> dhcp,
      DiscoveryEvents events) {
    this.domain = domain;
    this.context = context;
    this.dhcp = dhcp;
    scheduler = context.scheduler();
    late = context.routes().postponed(scheduler.nanoTime());
    recorder = new DiscoveryRecorder(domain, scheduler, events);
    sequence =
        new CandidateSequence(domain, context.tlsOnly(), context.connector().supports("TLS"));
  }

  /**
   * Begins. Call once, on the scheduler's thread.
   *
   * @return completes on the scheduler's thread and never exceptionally; the listeners are not yet
   *     told of the end then
   */
  CompletableFuture<DiscoveryResult> start() {
    for (Service service : Service.values()) {
      CompletableFuture<?> unused =
          context
              .dns()
              .srv(service.queryName(domain))
              .whenComplete(
                  (answer, failure) -> {
                    DnsAnswer<ServiceRecord> known =
                        answer != null ? answer : DnsAnswer.failed(String.valueOf(failure));
                    scheduler.schedule(() -> answered(service, known), 0);
                  });
    }
    CompletableFuture<DhcpResult> names = dhcp.get();
    CompletableFuture<?> unused = names.handle(this::dhcpDone);
    CompletableFuture<?> unusedToo = result.whenComplete((end, failure) -> names.cancel(false));
    return result;
  }

  private void answered(Service service, DnsAnswer<ServiceRecord> answer) {
    if (result.isDone()) {
      return;
    }
    SrvRecords records =
        SrvRecords.select(answer.records(), domain, service.isTls(), context.random());
    List<String> rejected = new ArrayList<>(records.rejected());
    String leftOut = sequence.complete(service, records.usable());
    if (leftOut != null) {
      records.usable().forEach(record -> rejected.add(record + ": " + leftOut));
    }
    Query.Result kind =
        answer.kind() == DnsAnswer.Kind.FAILED
            ? Query.Result.FAILED
            : records.serviceOffered() ? Query.Result.RECORDS : Query.Result.NO_SUCH_SERVICE;
    recorder.queryDone(
        service.queryName(domain),
        kind,
        records.usable().stream()
            .filter(record -> leftOut == null)
            .map(ServiceRecord::toString)
            .toList(),
        rejected,
        answer.detail());
    advance();
  }

  /** DHCP is complete with these names: a source like the others. */
  private @Nullable Void dhcpDone(@Nullable DhcpResult found, @Nullable Throwable failure) {
    if (result.isDone()) {
      return null;
    }
    List<String> names = new ArrayList<>();
    List<String> rejected = new ArrayList<>(found != null ? found.rejected() : List.of());
    for (String name : found != null ? found.names() : List.<String>of()) {
      if (context.dhcpDomainOnly() && !DnsNames.isAtOrBelow(name, domain)) {
        rejected.add(name + ": not in " + domain + " (DHCP_DOMAIN_ONLY)");
      } else {
        names.add(name);
      }
    }
    sequence.completeDhcp(names);
    recorder.queryDone(
        DiscoveryRecorder.DHCP,
        found == null
            ? Query.Result.FAILED
            : !found.asked()
                ? Query.Result.NOT_ASKED
                : names.isEmpty() ? Query.Result.NO_SUCH_SERVICE : Query.Result.RECORDS,
        names,
        rejected,
        found != null ? found.detail() : String.valueOf(failure));
    advance();
    return null;
  }

  private void advance() {
    if (trying || result.isDone()) {
      return;
    }
    if (next == null) {
      next = sequence.next();
    }
    Candidate due = next;
    if (due == null && !sequence.exhausted()) {
      return;
    }
    Candidate second = secondTurnBefore(due);
    if (second != null) {
      attempt(second, true);
    } else if (due != null) {
      next = null;
      attempt(due, false);
    } else {
      fail();
    }
  }

  /**
   * Postponed entries come after all others, but TLS is never given up for TCP because of it: who
   * can cut connections must not be able to choose the transport.
   */
  private @Nullable Candidate secondTurnBefore(@Nullable Candidate due) {
    for (Candidate candidate : postponed) {
      boolean tlsBeforeTcp =
          due != null && candidate.transport().equals("TLS") && due.transport().equals("TCP");
      if (due == null || tlsBeforeTcp) {
        postponed.remove(candidate);
        return candidate;
      }
    }
    return null;
  }

  private void attempt(Candidate candidate, boolean secondTurn) {
    trying = true;
    new CandidateAttempt(
            candidate,
            context,
            recorder,
            late,
            secondTurn,
            // A fresh task, so that a long list of entries does not nest.
            end -> scheduler.schedule(() -> tried(candidate, end), 0))
        .start();
  }

  private void tried(Candidate candidate, CandidateAttempt.End end) {
    trying = false;
    ManagedConnection connection = end.connection();
    if (connection != null) {
      DiscoveryReport report =
          recorder.success(sequence.known(), end.address(), candidate, connection);
      LOG.info(
          "Outbound proxy of {}: connected {} ({}) after {} ms",
          domain,
          end.address(),
          candidate,
          report.millis());
      result.complete(new DiscoveryResult(report, null));
      return;
    }
    MostTelling worst = end.failure();
    if (worst != null) {
      failure = failure == null ? worst : failure.or(worst);
    }
    if (end.postponed()) {
      postponed.add(candidate);
    }
    if (end.refused()) {
      fail();
      return;
    }
    advance();
  }

  private void fail() {
    DiscoveryReport report = recorder.failure(sequence.known(), recorder.headline());
    LOG.warn(
        "Autodiscovery of the outbound proxy of {} failed after {} ms: {}. Tried: {}",
        domain,
        report.millis(),
        report.failure(),
        FailureText.tried(report.attempts()));
    Throwable cause = failure == null ? null : failure.withoutTraces();
    result.complete(new DiscoveryResult(report, cause));
  }
}
