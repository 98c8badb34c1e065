package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.header.Via;
import gov.nist.javax.sip.message.SIPMessage;
import java.util.Objects;
import javax.sip.header.CSeqHeader;
import org.jspecify.annotations.Nullable;

/**
 * What a request and its responses have in common on one connection (RFC 3261, 17.1.3 and 17.2.3):
 * the branch of the topmost Via, without regard to case; or Call-ID and From tag where the branch
 * is absent or not unique, as with Microsoft's own clients.
 *
 * @param branch null where it is absent or not unique
 * @param callId null where the branch counts
 */
record TransactionKey(
    @Nullable String branch,
    @Nullable String callId,
    @Nullable String fromTag,
    long sequenceNumber,
    String method) {

  /** Nobody's transaction needs a longer one, and the peer chooses what is remembered. */
  private static final int MAX_ID_LENGTH = 512;

  private static final String MAGIC_COOKIE = "z9hG4bK";

  /** The key of a request, or null if it has none. */
  static @Nullable TransactionKey of(SIPMessage request) {
    CSeqHeader cseq = request.getCSeq();
    String branch = uniqueBranch(request);
    String id = branch == null ? callId(request) : branch;
    if (cseq == null || id == null || id.length() > MAX_ID_LENGTH) {
      return null;
    }
    return branch != null
        ? new TransactionKey(branch, null, null, cseq.getSeqNumber(), cseq.getMethod())
        : new TransactionKey(null, id, fromTag(request), cseq.getSeqNumber(), cseq.getMethod());
  }

  /**
   * Whether a message is the request or a response to it. Without a branch of its own the branch of
   * the response does not matter either, as the RI may have made it up.
   */
  boolean isOf(SIPMessage message) {
    CSeqHeader cseq = message.getCSeq();
    if (cseq == null || cseq.getSeqNumber() != sequenceNumber || !method.equals(cseq.getMethod())) {
      return false;
    }
    if (branch != null) {
      return branch.equalsIgnoreCase(uniqueBranch(message));
    }
    return callId != null
        && callId.equals(callId(message))
        && Objects.equals(fromTag, fromTag(message));
  }

  private static @Nullable String uniqueBranch(SIPMessage message) {
    Via via = message.getTopmostVia();
    String branch = via == null ? null : via.getBranch();
    return branch != null && branch.regionMatches(true, 0, MAGIC_COOKIE, 0, MAGIC_COOKIE.length())
        ? branch
        : null;
  }

  private static @Nullable String callId(SIPMessage message) {
    return message.getCallId() == null ? null : message.getCallId().getCallId();
  }

  private static @Nullable String fromTag(SIPMessage message) {
    return message.getFrom() == null ? null : message.getFrom().getTag();
  }
}
