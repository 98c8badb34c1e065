package net.conmgmt.sip.internal.monitoring;

import net.conmgmt.sip.internal.keepalive.Negotiation;

/**
 * Why a negotiation failed, in few enough kinds to count them. The reason that listeners are told
 * is a text that begins with that of the rule which decided.
 */
public enum FailureKind {
  /** The response to the offer was no success. */
  NOT_SUCCESSFUL,
  /** There was no Ms-Keep-Alive header field in the response. */
  ABSENT,
  /** The response had more than one Ms-Keep-Alive header field. */
  REPEATED,
  /** The header field was malformed. */
  MALFORMED,
  /** The client saw a copy of an offer. */
  MIRRORED,
  /** The proxy was given something that is no offer. */
  NOT_AN_OFFER,
  /** No common mechanism. */
  NO_COMMON_MECHANISM,
  /** The answer had no timeout. */
  NO_TIMEOUT,
  /** The answer's timeout was 0. */
  ZERO_TIMEOUT,
  /** Anything else. */
  OTHER;

  private static final String REFUSED_BY_APPLICATION = "the offer's request was answered with";

  /** The kind of a reason as a listener is told it. */
  public static FailureKind of(String reason) {
    if (reason.startsWith(REFUSED_BY_APPLICATION)) {
      return NOT_SUCCESSFUL;
    }
    for (Negotiation.Outcome outcome : OUTCOMES) {
      if (reason.startsWith(outcome.text())) {
        for (FailureKind kind : KINDS) {
          if (kind.name().equals(outcome.name())) {
            return kind;
          }
        }
      }
    }
    return OTHER;
  }

  private static final Negotiation.Outcome[] OUTCOMES = Negotiation.Outcome.values();
  private static final FailureKind[] KINDS = values();
}
