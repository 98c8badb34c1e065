package net.conmgmt.sip;

import org.jspecify.annotations.Nullable;

/**
 * The result of following a flow token (RFC 5626 section 5.3). Immutable.
 *
 * @param connection the open connection that the token stands for; null unless it was found
 */
public record FlowLookup(Outcome outcome, @Nullable ManagedConnection connection) {

  /** What became of the token's connection. */
  public enum Outcome {
    /** It is open: a request goes there. */
    FOUND,
    /** It has ended, or was one of an earlier start of this stack: the request is answered 430. */
    GONE,
    /** This stack did not make the token, or somebody has changed it: the answer is 403. */
    FORGED
  }
}
