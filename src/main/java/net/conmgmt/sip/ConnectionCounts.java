package net.conmgmt.sip;

import java.time.Duration;
import java.util.Map;
import net.conmgmt.sip.discovery.DiscoveryReport;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of what has happened on one stack from its start to the moment of asking. No number
 * ever decreases. Immutable.
 *
 * @param opened connections that this stack opened
 * @param accepted connections that this stack accepted
 * @param refused connections that were closed right after they were accepted, because there were
 *     too many
 * @param messagesRefused received messages that did not parse
 * @param closes connections that ended, those that were never established included, by reason;
 *     every reason has an entry
 * @param keepAlives negotiations and keep-alives
 * @param discoveries discoveries of an outbound proxy
 */
public record ConnectionCounts(
    long opened,
    long accepted,
    long refused,
    long messagesRefused,
    Map<CloseReason, Long> closes,
    KeepAlives keepAlives,
    Discoveries discoveries) {

  /** Copies the map. */
  public ConnectionCounts {
    closes = Map.copyOf(closes);
  }

  /**
   * Negotiations and keep-alives ([MS-CONMGMT] 3.4).
   *
   * @param negotiated negotiations that succeeded for the first time on a connection, or with
   *     another T than before
   * @param failures failed negotiations by reason, on connections without keep-alive; every reason
   *     has an entry
   * @param sent CRLF CRLF sent
   * @param received CRLF CRLF received
   * @param answered CRLF received, the answer to a keep-alive
   */
  public record KeepAlives(
      long negotiated,
      Map<KeepAliveFailure, Long> failures,
      long sent,
      long received,
      long answered) {

    /** Copies the map. */
    public KeepAlives {
      failures = Map.copyOf(failures);
    }
  }

  /**
   * Discoveries of an outbound proxy ([MS-CONMGMT] 3.1).
   *
   * @param succeeded discoveries that found a proxy
   * @param failed discoveries that found none
   * @param attempts address look-ups and connects of all discoveries by outcome; every outcome has
   *     an entry
   * @param total the time that all discoveries took together
   * @param longest the time that the longest discovery took
   * @param last the time that the last discovery took, or null before the first one has ended
   */
  public record Discoveries(
      long succeeded,
      long failed,
      Map<DiscoveryReport.Attempt.Outcome, Long> attempts,
      Duration total,
      Duration longest,
      @Nullable Duration last) {

    /** Copies the map. */
    public Discoveries {
      attempts = Map.copyOf(attempts);
    }
  }
}
