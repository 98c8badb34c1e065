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
 */
final class PeerRequests<V> {

  /** How many requests of the peer may wait for their final response. */
  static final int MAX_OPEN = 256;

  /** How many answered INVITEs are known still. */
  static final int MAX_ANSWERED = 8;

  // Guarded by this. Null while empty.
  private @Nullable RequestList<V> open;
  private @Nullable RequestList<V> answered;

  /** A request arrived; what is known of it already stays. */
  synchronized void arrived(SIPRequest request, V value) {
    TransactionKey key = TransactionKey.of(request);
    if (key != null && findOpen(request) == null && findAnswered(request) == null) {
      if (open == null) {
        open = new RequestList<>(MAX_OPEN);
      }
      open.add(new RequestList.Entry<>(key, value));
    }
  }

  /** Whether no request waits for its final response. */
  synchronized boolean noneOpen() {
    return open == null;
  }

  /** What is known of the request of a response if no final response has left before. */
  synchronized @Nullable V findOpen(SIPMessage message) {
    return open == null ? null : open.find(message);
  }

  /** What is known of the INVITE of a response that left before. */
  synchronized @Nullable V findAnswered(SIPMessage message) {
    return answered == null ? null : answered.find(message);
  }

  /** The request's final response left. Null if it had left before, or the request is unknown. */
  synchronized @Nullable V finish(SIPResponse response, boolean success) {
    RequestList.Entry<V> entry = open == null ? null : open.remove(response);
    if (entry == null) {
      return null;
    }
    if (open != null && open.isEmpty()) {
      open = null;
    }
    if (success && isToInvite(response)) {
      if (answered == null) {
        answered = new RequestList<>(MAX_ANSWERED);
      }
      answered.add(entry);
    }
    return entry.value();
  }

  private static boolean isToInvite(SIPResponse response) {
    return response.getCSeq() != null && Request.INVITE.equals(response.getCSeq().getMethod());
  }
}
