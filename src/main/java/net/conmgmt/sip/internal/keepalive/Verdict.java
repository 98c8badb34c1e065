package net.conmgmt.sip.internal.keepalive;

import net.conmgmt.sip.KeepAliveFailure;
import org.jspecify.annotations.Nullable;

/**
 * What an offer, or the response to one, comes to in one dialect. Immutable.
 *
 * @param failure why nothing was agreed on; null where something was, or nothing was offered
 * @param text for a person, with the rule that decides it
 * @param grant what the client may do from now on, or null
 */
record Verdict(Kind kind, @Nullable KeepAliveFailure failure, String text, @Nullable Grant grant) {

  enum Kind {
    /** The offer is good, or the response grants. */
    AGREED,
    /** A later response decides. */
    OPEN,
    /** The peer has not asked. */
    NOTHING,
    /** Nothing was agreed on; the next request may try again. */
    FAILED,
    /** Nothing was agreed on, and asking the same peer again soon would only be refused again. */
    DECLINED
  }

  static final Verdict OPEN = new Verdict(Kind.OPEN, null, "a later response decides", null);
  static final Verdict NOTHING = new Verdict(Kind.NOTHING, null, "nothing was offered", null);
  static final Verdict ACCEPTED = new Verdict(Kind.AGREED, null, "the offer is good", null);

  static Verdict granted(Grant grant) {
    return new Verdict(Kind.AGREED, null, "agreed on", grant);
  }

  static Verdict failed(KeepAliveFailure failure, String text) {
    return new Verdict(Kind.FAILED, failure, text, null);
  }

  static Verdict declined(KeepAliveFailure failure, String text) {
    return new Verdict(Kind.DECLINED, failure, text, null);
  }

  /** The next keep-alives are timed by this, though it is not what was asked for. */
  static Verdict timed(Grant grant, KeepAliveFailure failure, String text) {
    return new Verdict(Kind.FAILED, failure, text, grant);
  }

  boolean isAgreed() {
    return kind == Kind.AGREED;
  }
}
