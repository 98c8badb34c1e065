package net.conmgmt.sip.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import javax.sip.message.Request;
import org.jspecify.annotations.Nullable;

/**
 * What is to be remembered of the requests of one peer until their final response has left, and of
 * the last INVITEs that succeeded, as the stack sends their response again by itself. Bounded;
 * takes no memory while nothing is remembered. Thread-safe.
 *
 * <p>A response is matched by branch or, as the RI may have made up the branch of a response,
 * without it.
 */
final class PeerRequests<V> {

  /** How many requests of the peer may wait for their final response. */
  static final int MAX_OPEN = 256;

  /** How many answered INVITEs are known still. */
  static final int MAX_ANSWERED = 8;

  // Guarded by this.
  private @Nullable BoundedTable<TransactionKey, V> open;
  private @Nullable BoundedTable<TransactionKey, V> answered;

  /** A request arrived; what is known of it already stays. */
  synchronized void arrived(SIPRequest request, V value) {
    TransactionKey key = TransactionKey.of(request);
    if (key != null && findOpen(request) == null && findAnswered(request) == null) {
      if (open == null) {
        open = new BoundedTable<>(MAX_OPEN);
      }
      open.put(key, value);
    }
  }

  /** What is known of the request of a response if no final response has left before. */
  synchronized @Nullable V findOpen(SIPMessage message) {
    return in(open, message);
  }

  /** What is known of the INVITE of a response that left before. */
  synchronized @Nullable V findAnswered(SIPMessage message) {
    return in(answered, message);
  }

  private static <V> @Nullable V in(
      @Nullable BoundedTable<TransactionKey, V> table, SIPMessage message) {
    if (table == null) {
      return null;
    }
    TransactionKey key = TransactionKey.byBranch(message);
    V value = key == null ? null : table.get(key);
    if (value == null) {
      key = TransactionKey.byCallId(message);
      value = key == null ? null : table.get(key);
    }
    return value;
  }

  /** The request's final response left. Null if it had left before, or the request is unknown. */
  synchronized @Nullable V finish(SIPResponse response, boolean success) {
    TransactionKey key = TransactionKey.byBranch(response);
    V value = remove(key);
    if (value == null) {
      key = TransactionKey.byCallId(response);
      value = remove(key);
    }
    if (key != null && value != null && success && isToInvite(response)) {
      if (answered == null) {
        answered = new BoundedTable<>(MAX_ANSWERED);
      }
      answered.put(key, value);
    }
    return value;
  }

  private @Nullable V remove(@Nullable TransactionKey key) {
    if (key == null || open == null) {
      return null;
    }
    V value = open.remove(key);
    if (open.size() == 0) {
      open = null;
    }
    return value;
  }

  private static boolean isToInvite(SIPResponse response) {
    return response.getCSeq() != null && Request.INVITE.equals(response.getCSeq().getMethod());
  }
}
