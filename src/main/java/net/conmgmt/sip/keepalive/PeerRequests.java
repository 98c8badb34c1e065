package net.conmgmt.sip.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import org.jspecify.annotations.Nullable;

/**
 * What is to be remembered of the requests of one peer until their final response has left, and of
 * the last successes, which may be sent again. Bounded. Thread-safe.
 *
 * <p>A response is matched by branch or, as the RI may have made up the branch of a response,
 * without it.
 */
final class PeerRequests<V> {

  /** How many requests of the peer may wait for their final response. */
  static final int MAX_OPEN = 256;

  /** How many answered requests are known still, since a 2xx to INVITE is repeated. */
  static final int MAX_ANSWERED = 8;

  // Guarded by this.
  private final BoundedTable<TransactionKey, V> open = new BoundedTable<>(MAX_OPEN);
  private final BoundedTable<TransactionKey, V> answered = new BoundedTable<>(MAX_ANSWERED);

  /** A request arrived; what is known of it already stays. */
  synchronized void arrived(SIPRequest request, V value) {
    TransactionKey key = TransactionKey.of(request);
    if (key != null && find(request) == null) {
      open.put(key, value);
    }
  }

  /** What is known of the request of a response, even if that has left before. */
  synchronized @Nullable V find(SIPMessage message) {
    V value = find(TransactionKey.byBranch(message));
    return value != null ? value : find(TransactionKey.byCallId(message));
  }

  /** What is known of the request of a response if no final response has left before. */
  synchronized @Nullable V findOpen(SIPMessage message) {
    TransactionKey key = TransactionKey.byBranch(message);
    V value = key == null ? null : open.get(key);
    if (value == null) {
      key = TransactionKey.byCallId(message);
      value = key == null ? null : open.get(key);
    }
    return value;
  }

  private @Nullable V find(@Nullable TransactionKey key) {
    if (key == null) {
      return null;
    }
    V value = open.get(key);
    return value != null ? value : answered.get(key);
  }

  /** The request's final response left. Null if it had left before, or the request is unknown. */
  synchronized @Nullable V finish(SIPResponse response, boolean success) {
    TransactionKey key = TransactionKey.byBranch(response);
    V value = key == null ? null : open.remove(key);
    if (value == null) {
      key = TransactionKey.byCallId(response);
      value = key == null ? null : open.remove(key);
    }
    if (key != null && value != null && success) {
      answered.put(key, value);
    }
    return value;
  }
}
