package net.conmgmt.sip.keepalive;

import gov.nist.javax.sip.header.Via;
import gov.nist.javax.sip.message.SIPMessage;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a request and its responses have in common on one connection (RFC 3261, 17.1.3 and 17.2.3).
 *
 * @param id the branch of the topmost Via, in lower case; or Call-ID and From tag where the branch
 *     is absent or not unique, as with Microsoft's own clients
 */
record TransactionKey(String id, long sequenceNumber, String method) {

  /** Nobody's transaction needs a longer one, and the peer chooses what is remembered. */
  private static final int MAX_ID_LENGTH = 512;

  private static final String MAGIC_COOKIE = "z9hg4bk";

  /** The key of a message, by its branch if that is unique; null if it has none. */
  static @Nullable TransactionKey of(SIPMessage message) {
    TransactionKey key = byBranch(message);
    return key != null ? key : byCallId(message);
  }

  /** The key by the branch, or null if that is absent or not unique. */
  static @Nullable TransactionKey byBranch(SIPMessage message) {
    Via via = message.getTopmostVia();
    String branch = via == null ? null : via.getBranch();
    if (branch == null) {
      return null;
    }
    String id = branch.toLowerCase(Locale.ROOT);
    return id.startsWith(MAGIC_COOKIE) ? of(id, message) : null;
  }

  /** The key without regard to the branch. */
  static @Nullable TransactionKey byCallId(SIPMessage message) {
    if (message.getCallId() == null) {
      return null;
    }
    String tag = message.getFrom() == null ? null : message.getFrom().getTag();
    return of(message.getCallId().getCallId() + ' ' + (tag == null ? "" : tag), message);
  }

  private static @Nullable TransactionKey of(String id, SIPMessage message) {
    if (message.getCSeq() == null || id.length() > MAX_ID_LENGTH) {
      return null;
    }
    return new TransactionKey(id, message.getCSeq().getSeqNumber(), message.getCSeq().getMethod());
  }
}
