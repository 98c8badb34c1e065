package net.conmgmt.sip.discovery;

import java.util.List;
import java.util.Optional;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;

/**
 * The record of one autodiscovery ([MS-CONMGMT] 3.1): every query, candidate and attempt, and why.
 * Immutable. All times are milliseconds since the discovery began.
 *
 * @param domain the domain that was discovered
 * @param queries every SRV query and the DHCP discovery
 * @param candidates the entries in the order in which they were or would be tried
 * @param attempts every address look-up and connect, in order
 * @param chosen the address that was connected, as {@code ip:port/transport}, or null on failure
 * @param chosenCandidate the entry it belongs to, or null on failure
 * @param chosenConnection the connection to it, which may have been closed since; empty on failure
 * @param failure why it failed, or null on success
 * @param millis how long the whole took
 */
public record DiscoveryReport(
    String domain,
    List<Query> queries,
    List<Candidate> candidates,
    List<Attempt> attempts,
    @Nullable String chosen,
    @Nullable Candidate chosenCandidate,
    Optional<ManagedConnection> chosenConnection,
    @Nullable String failure,
    long millis) {

  /** Copies the lists. */
  public DiscoveryReport {
    queries = List.copyOf(queries);
    candidates = List.copyOf(candidates);
    attempts = List.copyOf(attempts);
  }

  /** Whether a proxy was found and connected. */
  public boolean succeeded() {
    return failure == null;
  }

  /**
   * One query.
   *
   * @param name the name that was asked, or {@code DHCP option 120}
   * @param result {@code RECORDS}, {@code NO_SUCH_SERVICE}, {@code FAILED}, {@code NOT_ASKED} or
   *     {@code PENDING} (not complete when the discovery ended)
   * @param records what was found, as text
   * @param rejected what was found and not used, each with the rule that rejects it
   * @param detail the failure, or empty
   * @param millis when it was complete; -1 while pending
   */
  public record Query(
      String name,
      Result result,
      List<String> records,
      List<String> rejected,
      String detail,
      long millis) {

    /** Copies the lists. */
    public Query {
      records = List.copyOf(records);
      rejected = List.copyOf(rejected);
    }

    /** How a query ended. */
    public enum Result {
      /** There is an answer with records. */
      RECORDS,
      /** DNS or DHCP says that there is none. */
      NO_SUCH_SERVICE,
      /** No usable answer: a failure, a refusal or silence. */
      FAILED,
      /** Nobody was asked: DHCP is off or cannot be used here. */
      NOT_ASKED,
      /** Not complete when the discovery ended. */
      PENDING
    }
  }

  /**
   * One attempt on one candidate.
   *
   * @param candidate the entry
   * @param address the address and port, or empty when the address look-up failed
   * @param outcome {@code CONNECTED}, {@code LOOKUP_FAILED}, {@code CONNECT_FAILED}, {@code
   *     SKIPPED}, {@code POSTPONED} (it failed a short time ago and is tried after the others) or
   *     {@code REFUSED} (which ends the discovery)
   * @param detail what happened, for a person
   * @param startMillis when it began
   * @param endMillis when it ended
   */
  public record Attempt(
      Candidate candidate,
      String address,
      Outcome outcome,
      String detail,
      long startMillis,
      long endMillis) {

    /** How an attempt ended. */
    public enum Outcome {
      /** Connected and, with TLS, verified: the discovery ends with it. */
      CONNECTED,
      /** The host has no address. */
      LOOKUP_FAILED,
      /** TCP or the handshake failed. */
      CONNECT_FAILED,
      /** Passed over without a connect; the detail says why. */
      SKIPPED,
      /** It failed a short time ago and is tried after the others. */
      POSTPONED,
      /**
       * TLS failed, above all because one side refuses the other's certificate; this ends the
       * discovery.
       */
      REFUSED
    }
  }
}
