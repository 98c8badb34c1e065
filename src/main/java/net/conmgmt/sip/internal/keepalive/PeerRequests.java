package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import javax.sip.message.Request;
import org.jspecify.annotations.Nullable;

/**
 * What is to be remembered of the requests of one peer until their final response has left, and of
 * the last INVITEs that succeeded, as the stack sends their response again by itself. Bounded;
 * takes no memory while nothing is remembered. Thread-safe.
 */
final class PeerRequests<V> {

  /** How many requests of the peer may wait for their final response. */
  static final int MAX_OPEN = 256;

  /** How many answered INVITEs are known still. */
  static final int MAX_ANSWERED = 8;

  // Null while empty, which is seen without the lock: most messages concern nothing that is here.
  // Set and used under the lock.
  private volatile @Nullable RequestList<V> open;
  private volatile @Nullable RequestList<V> answered;

  /** A request arrived; what is known of it already stays. */
  synchronized void arrived(SIPRequest request, V value) {
    TransactionKey key = TransactionKey.of(request);
    if (key != null && findOpen(request) == null && findAnswered(request) == null) {
      RequestList<V> list = open == null ? new RequestList<>(MAX_OPEN) : open;
      list.add(new RequestList.Entry<>(key, value));
      open = list;
    }
  }

  /** Whether no request waits for its final response. */
  boolean noneOpen() {
    return open == null;
  }

  /** What is known of the request of a response if no final response has left before. */
  @Nullable V findOpen(SIPMessage message) {
    return find(open, message);
  }

  /** What is known of the INVITE of a response that left before. */
  @Nullable V findAnswered(SIPMessage message) {
    return find(answered, message);
  }

  /** A list that was emptied meanwhile is used no more, and has nothing. */
  private @Nullable V find(@Nullable RequestList<V> list, SIPMessage message) {
    if (list == null) {
      return null;
    }
    synchronized (this) {
      return list.find(message);
    }
  }

  /** The request's final response left. Null if it had left before, or the request is unknown. */
  @Nullable V finish(SIPResponse response, boolean success) {
    return open == null ? null : finishOpen(response, success);
  }

  private synchronized @Nullable V finishOpen(SIPResponse response, boolean success) {
    RequestList<V> list = open;
    RequestList.Entry<V> entry = list == null ? null : list.remove(response);
    if (list == null || entry == null) {
      return null;
    }
    if (list.isEmpty()) {
      open = null;
    }
    if (success && isToInvite(response)) {
      RequestList<V> known = answered == null ? new RequestList<>(MAX_ANSWERED) : answered;
      known.add(entry);
      answered = known;
    }
    return entry.value();
  }

  private static boolean isToInvite(SIPResponse response) {
    return response.getCSeq() != null && Request.INVITE.equals(response.getCSeq().getMethod());
  }
}
