package net.conmgmt.sip.internal.discovery;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt.Outcome;
import net.conmgmt.sip.discovery.DiscoveryReport.Query;

/**
 * Explains in one sentence for a person why a discovery failed. The answers of DNS decide it, then
 * the result of the entries that DNS named, and only then that of the customary names. Pure.
 */
final class FailureText {

  /** A hostile DNS answer may hold thousands of entries; a log line must not. */
  private static final int MOST = 6;

  private static final String EXPLICIT = "name the proxy in javax.sip.OUTBOUND_PROXY";

  private final String domain;
  private final List<Query> queries;
  private final List<Attempt> attempts;

  FailureText(String domain, List<Query> queries, List<Attempt> attempts) {
    this.domain = domain;
    this.queries = queries;
    this.attempts = attempts;
  }

  /** What counts most, and what to change. */
  String headline() {
    for (Attempt attempt : attempts) {
      if (attempt.outcome() == Outcome.REFUSED) {
        return of(attempt)
            + ". No other server may be tried after that ([MS-CONMGMT] 3.1.5)"
            + failedQueries();
      }
    }
    List<Attempt> named =
        attempts.stream()
            .filter(a -> a.candidate().source() != Candidate.Source.FALL_BACK)
            .toList();
    for (Outcome outcome :
        List.of(Outcome.CONNECT_FAILED, Outcome.LOOKUP_FAILED, Outcome.SKIPPED)) {
      List<Attempt> ofOutcome = named.stream().filter(a -> a.outcome() == outcome).toList();
      if (!ofOutcome.isEmpty()) {
        return of(ofOutcome.get(0))
            + others(named)
            + failedQueries()
            + (outcome == Outcome.SKIPPED
                ? ". Create one (SipStack.createListeningPoint), or "
                : ". Check those servers and the network, or ")
            + EXPLICIT;
      }
    }
    return withoutRecords();
  }

  private static String of(Attempt attempt) {
    String at = attempt.address().isEmpty() ? "" : " at " + attempt.address();
    return attempt.candidate() + at + ": " + attempt.detail();
  }

  private static String others(List<Attempt> named) {
    long others = named.stream().filter(a -> a.outcome() != Outcome.POSTPONED).count() - 1;
    return others == 0 ? "" : ", and " + others + " more that could not be used either";
  }

  /** DNS has named no server that could be tried. */
  private String withoutRecords() {
    List<String> rejected =
        srv().stream()
            .filter(query -> !query.rejected().isEmpty())
            .map(query -> query.name() + " names " + bounded(query.rejected()))
            .toList();
    if (!rejected.isEmpty()) {
      return "no server that DNS names can be used: "
          + String.join("; ", rejected)
          + failedQueries()
          + ". Correct the SRV record, or "
          + EXPLICIT;
    }
    List<Query> failed = failed();
    if (failed.size() == srv().size() && !failed.isEmpty()) {
      return "DNS gave no good answer to any query: "
          + failed.get(0).detail()
          + ". Check the network and the DNS servers (net.conmgmt.sip.DNS_SERVERS), or "
          + EXPLICIT;
    }
    List<Attempt> reachable =
        attempts.stream().filter(a -> a.outcome() == Outcome.CONNECT_FAILED).toList();
    return "DNS has no SRV record for SIP in "
        + domain
        + failedQueries()
        + (reachable.isEmpty()
            ? ", and none of the customary names (sipinternal, sip, sipexternal) could be used"
            : ", and " + of(reachable.get(0)))
        + ". Add an SRV record such as _sip._tls."
        + domain
        + ", or "
        + EXPLICIT;
  }

  private List<Query> srv() {
    return queries.stream().filter(q -> !q.name().equals(DiscoveryRecorder.DHCP)).toList();
  }

  private List<Query> failed() {
    return srv().stream().filter(query -> query.result() == Query.Result.FAILED).toList();
  }

  /** The queries that DNS did not answer: what is missing may stand there. */
  private String failedQueries() {
    List<String> words = failed().stream().map(q -> q.name() + ": " + q.detail()).toList();
    return words.isEmpty() ? "" : "; DNS queries that failed: " + String.join("; ", words);
  }

  /**
   * What was tried, in order, the entries of one failure together. What was only passed over is
   * left out.
   */
  static String tried(List<Attempt> attempts) {
    Map<String, List<String>> byFailure = new LinkedHashMap<>();
    for (Attempt attempt : attempts) {
      boolean failed =
          switch (attempt.outcome()) {
            case LOOKUP_FAILED, CONNECT_FAILED, REFUSED -> true;
            case CONNECTED, SKIPPED, POSTPONED -> false;
          };
      if (failed) {
        String at = attempt.address().isEmpty() ? "" : " at " + attempt.address();
        byFailure
            .computeIfAbsent(attempt.detail(), detail -> new ArrayList<>())
            .add(attempt.candidate() + at);
      }
    }
    List<String> words = new ArrayList<>();
    byFailure.forEach((failure, entries) -> words.add(bounded(entries) + ": " + failure));
    return words.isEmpty() ? "nothing" : bounded(words, "; ");
  }

  private static String bounded(List<String> words) {
    return bounded(words, ", ");
  }

  private static String bounded(List<String> words, String separator) {
    int more = words.size() - MOST;
    return String.join(separator, words.subList(0, Math.min(MOST, words.size())))
        + (more > 0 ? " and " + more + " more" : "");
  }
}
