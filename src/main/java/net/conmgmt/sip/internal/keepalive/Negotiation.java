package net.conmgmt.sip.internal.keepalive;

import java.util.List;
import java.util.OptionalInt;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import org.jspecify.annotations.Nullable;

/**
 * What an offer or an answer comes to ([MS-CONMGMT] 3.4.5): pure functions, both sides. All values
 * in seconds.
 */
public final class Negotiation {

  /** How a negotiation stands, with the rule that decides it. */
  public enum Outcome {
    /** Agreed: the offer is accepted, or the answer begins the keep-alives. */
    SUCCEEDED(null, "hop-by-hop keep-alive agreed ([MS-CONMGMT] 3.4.5.3)"),
    /** A provisional response; the final one decides. */
    OPEN(null, "the response is provisional and decides nothing ([MS-CONMGMT] 3.4.5.3)"),
    /** The response is no 2xx. */
    NOT_SUCCESSFUL(
        KeepAliveFailure.NOT_SUCCESSFUL,
        "the response to the offer is not a success ([MS-CONMGMT] 3.4.5.3)"),
    /** The peer said nothing about keep-alive. */
    ABSENT(
        KeepAliveFailure.ABSENT, "there is no Ms-Keep-Alive header field ([MS-CONMGMT] 3.4.5.3)"),
    /** More than one answer, so none is believed. */
    REPEATED(
        KeepAliveFailure.REPEATED,
        "the response has more than one Ms-Keep-Alive header field ([MS-CONMGMT] 3.4.5.3)"),
    /** The header field breaks the grammar. */
    MALFORMED(
        KeepAliveFailure.MALFORMED,
        "the Ms-Keep-Alive header field is malformed ([MS-CONMGMT] 2.2.1)"),
    /** Somebody sent the offer back as it was. */
    MIRRORED(
        KeepAliveFailure.MIRRORED,
        "the role is UAC where UAS is expected: a mirrored copy ([MS-CONMGMT] 3.4.5.2)"),
    /** The header field of a request claims to be an answer. */
    NOT_AN_OFFER(
        KeepAliveFailure.NOT_AN_OFFER,
        "the role is UAS where UAC is expected: no offer ([MS-CONMGMT] 3.4.5.2)"),
    /** The peer does not name hop-by-hop keep-alive. */
    NO_COMMON_MECHANISM(
        KeepAliveFailure.NO_COMMON_MECHANISM,
        "hop-hop=yes is missing: no common mechanism ([MS-CONMGMT] 3.4.5.2, 3.4.5.3)"),
    /** An answer without its T. */
    NO_TIMEOUT(KeepAliveFailure.NO_TIMEOUT, "the answer has no timeout ([MS-CONMGMT] 3.4.5.3)"),
    /** An answer whose T leaves nothing to do. */
    ZERO_TIMEOUT(
        KeepAliveFailure.ZERO_TIMEOUT,
        "the timeout is 0: there is nothing to keep alive ([MS-CONMGMT] 3.4.5.3)");

    private final @Nullable KeepAliveFailure failure;
    private final String text;

    Outcome(@Nullable KeepAliveFailure failure, String text) {
      this.failure = failure;
      this.text = text;
    }

    /** What an application is told of it, or null where nothing has failed. */
    public @Nullable KeepAliveFailure failure() {
      return failure;
    }

    /** For a person; names the section. */
    public String text() {
      return text;
    }
  }

  /**
   * The client's decision.
   *
   * @param timeoutSeconds the proxy's T, or 0 unless succeeded
   * @param refreshSeconds two thirds of T in whole seconds, at least 1, or 0 unless succeeded
   */
  public record Decision(Outcome outcome, int timeoutSeconds, int refreshSeconds) {
    /** Whether keep-alives are to be sent. */
    public boolean succeeded() {
      return outcome == Outcome.SUCCEEDED;
    }

    private static Decision failed(Outcome outcome) {
      return new Decision(outcome, 0, 0);
    }
  }

  private Negotiation() {}

  /**
   * Client: what the response to an offer comes to.
   *
   * @param headers every Ms-Keep-Alive header field of the response, malformed ones included
   */
  public static Decision decide(int statusCode, List<? extends MsKeepAliveHeader> headers) {
    if (statusCode < 200) {
      return Decision.failed(Outcome.OPEN);
    }
    if (!isSuccess(statusCode)) {
      return Decision.failed(Outcome.NOT_SUCCESSFUL);
    }
    if (headers.isEmpty()) {
      return Decision.failed(Outcome.ABSENT);
    }
    if (headers.size() > 1) {
      return Decision.failed(Outcome.REPEATED);
    }
    MsKeepAliveHeader answer = headers.get(0);
    MsKeepAliveHeader.Role role = answer.role();
    if (!answer.isValid() || role == null) {
      return Decision.failed(Outcome.MALFORMED);
    }
    if (role != MsKeepAliveHeader.Role.UAS) {
      return Decision.failed(Outcome.MIRRORED);
    }
    if (!answer.offersHopByHop()) {
      return Decision.failed(Outcome.NO_COMMON_MECHANISM);
    }
    OptionalInt timeout = answer.timeoutSeconds();
    if (timeout.isEmpty()) {
      return Decision.failed(Outcome.NO_TIMEOUT);
    }
    int seconds = timeout.getAsInt();
    if (seconds <= 0) {
      return Decision.failed(Outcome.ZERO_TIMEOUT);
    }
    return new Decision(Outcome.SUCCEEDED, seconds, (int) Math.max(1, 2L * seconds / 3));
  }

  /**
   * Proxy: whether a request makes an offer that can be accepted. {@link Outcome#ABSENT} is no
   * failure: the client did not ask.
   *
   * @param headers every Ms-Keep-Alive header field of the request in order; the first counts, and
   *     does so even if it is malformed
   */
  public static Outcome judgeOffer(List<? extends MsKeepAliveHeader> headers) {
    if (headers.isEmpty()) {
      return Outcome.ABSENT;
    }
    MsKeepAliveHeader offer = headers.get(0);
    MsKeepAliveHeader.Role role = offer.role();
    if (!offer.isValid() || role == null) {
      return Outcome.MALFORMED;
    }
    if (role != MsKeepAliveHeader.Role.UAC) {
      return Outcome.NOT_AN_OFFER;
    }
    return offer.offersHopByHop() ? Outcome.SUCCEEDED : Outcome.NO_COMMON_MECHANISM;
  }

  /** Proxy: after how many silent seconds the client is given up: T plus grace, saturating. */
  public static int expirySeconds(int timeoutSeconds, int graceSeconds) {
    return (int) Math.min(Integer.MAX_VALUE, (long) timeoutSeconds + graceSeconds);
  }

  private static boolean isSuccess(int statusCode) {
    return statusCode >= 200 && statusCode < 300;
  }
}
