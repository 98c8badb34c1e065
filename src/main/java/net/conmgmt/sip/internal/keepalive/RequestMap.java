package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPResponse;
import javax.sip.message.Request;
import org.jspecify.annotations.Nullable;

/**
 * A small map of what is remembered of the requests on one connection until their final response,
 * and of the last INVITEs that succeeded, as the stack sends their response again by itself. A
 * value is found by any message of its transaction. A peer can fill the map but not make it large:
 * the oldest request makes room. Few requests are open at a time, so that going through them is
 * cheaper than making a key for each message. Thread-safe; a message takes no lock where nothing is
 * remembered.
 */
final class RequestMap<V> {

  /** How many requests may wait for their final response. */
  static final int MAX_OPEN = 256;

  /** How many answered INVITEs are known still. */
  static final int MAX_ANSWERED = 8;

  private static final class Node<V> {
    private final TransactionKey key;
    private final V value;
    private boolean answered;
    private @Nullable Node<V> older;

    private Node(TransactionKey key, V value) {
      this.key = key;
      this.value = value;
    }
  }

  private final int maxOpen;

  // Both are changed under the lock, and read without it.
  private volatile int open;
  private volatile @Nullable Node<V> newest;

  RequestMap() {
    this(MAX_OPEN);
  }

  RequestMap(int maxOpen) {
    this.maxOpen = maxOpen;
  }

  /**
   * Remembers {@code value} of a request of which nothing is known yet.
   *
   * @return whether something is known of it now; false where nothing tells it from others
   */
  synchronized boolean put(SIPMessage request, V value) {
    TransactionKey key = TransactionKey.of(request);
    if (key == null) {
      return false;
    }
    if (node(request, false) == null && node(request, true) == null) {
      push(new Node<>(key, value));
      open = bound(false, maxOpen);
    }
    return true;
  }

  /** Whether no request waits for its final response. */
  boolean noneOpen() {
    return open == 0;
  }

  /** What is remembered of the request of {@code message} before its final response. */
  @Nullable V find(SIPMessage message) {
    return open == 0 ? null : find(message, false);
  }

  /** What is remembered of an INVITE that succeeded earlier. */
  @Nullable V findAnswered(SIPMessage message) {
    return newest == null ? null : find(message, true);
  }

  private synchronized @Nullable V find(SIPMessage message, boolean answered) {
    Node<V> node = node(message, answered);
    return node == null ? null : node.value;
  }

  /** Forgets a request with its final response; null where it has been forgotten before. */
  @Nullable V remove(SIPResponse response) {
    return open == 0 ? null : end(response, false);
  }

  /** The same, but remembers an INVITE that succeeded. */
  @Nullable V finish(SIPResponse response, boolean success) {
    return open == 0 ? null : end(response, success && isToInvite(response));
  }

  private synchronized @Nullable V end(SIPResponse response, boolean remember) {
    Node<V> node = node(response, false);
    if (node == null) {
      return null;
    }
    unlink(node);
    if (remember) {
      node.answered = true;
      push(node);
      int unused = bound(true, MAX_ANSWERED);
    }
    open--;
    return node.value;
  }

  private @Nullable Node<V> node(SIPMessage message, boolean answered) {
    Node<V> node = newest;
    while (node != null && (node.answered != answered || !node.key.isOf(message))) {
      node = node.older;
    }
    return node;
  }

  private void push(Node<V> node) {
    node.older = newest;
    newest = node;
  }

  private void unlink(Node<V> gone) {
    Node<V> newer = null;
    for (Node<V> node = newest; node != gone && node != null; node = node.older) {
      newer = node;
    }
    if (newer == null) {
      newest = gone.older;
    } else {
      newer.older = gone.older;
    }
  }

  /** Takes the oldest ones out that are too many, and says how many there are then. */
  private int bound(boolean answered, int most) {
    int count = 0;
    for (Node<V> node = newest; node != null; node = node.older) {
      if (node.answered == answered && ++count > most) {
        unlink(node);
        // One at a time is added.
        return most;
      }
    }
    return count;
  }

  private static boolean isToInvite(SIPResponse response) {
    return response.getCSeq() != null && Request.INVITE.equals(response.getCSeq().getMethod());
  }
}
