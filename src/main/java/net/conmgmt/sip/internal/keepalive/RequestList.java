package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of requests on one connection, found by any message of their transaction. A
 * peer can fill the list but not make it large: the oldest entry makes room. Few requests are open
 * at a time, so that going through them is cheaper than making a key for each message; and as one
 * thread adds and another finds, there are few objects to go through. Not thread-safe.
 */
final class RequestList<V> {

  /** A request and what is remembered of it; in one list at a time. */
  static final class Entry<V> {

    private final TransactionKey key;
    private final V value;
    private @Nullable Entry<V> older;

    Entry(TransactionKey key, V value) {
      this.key = key;
      this.value = value;
    }

    V value() {
      return value;
    }
  }

  private final int capacity;
  private int size;
  private @Nullable Entry<V> newest;

  RequestList(int capacity) {
    this.capacity = capacity;
  }

  void add(Entry<V> entry) {
    entry.older = newest;
    newest = entry;
    size++;
    if (size > capacity) {
      cut();
    }
  }

  private void cut() {
    Entry<V> last = newest;
    for (int i = 1; i < capacity && last != null; i++) {
      last = last.older;
    }
    if (last != null) {
      last.older = null;
    }
    size = capacity;
  }

  @Nullable V find(SIPMessage message) {
    Entry<V> entry = newest;
    while (entry != null && !entry.key.isOf(message)) {
      entry = entry.older;
    }
    return entry == null ? null : entry.value;
  }

  @Nullable Entry<V> remove(SIPMessage message) {
    Entry<V> newer = null;
    Entry<V> entry = newest;
    while (entry != null && !entry.key.isOf(message)) {
      newer = entry;
      entry = entry.older;
    }
    if (entry == null) {
      return null;
    }
    if (newer == null) {
      newest = entry.older;
    } else {
      newer.older = entry.older;
    }
    size--;
    return entry;
  }

  boolean isEmpty() {
    return newest == null;
  }
}
