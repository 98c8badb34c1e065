package net.conmgmt.sip.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of requests on one connection, found by any message of their transaction. A
 * peer can fill the list but not make it large: the oldest entry makes room. Few requests are open
 * at a time, so that going through them is cheaper than making a key for each message. Not
 * thread-safe.
 */
final class RequestList<V> {

  /** A request and what is remembered of it. */
  record Entry<V>(TransactionKey key, V value) {}

  private final int capacity;
  private final List<Entry<V>> entries = new ArrayList<>(2);

  RequestList(int capacity) {
    this.capacity = capacity;
  }

  void add(Entry<V> entry) {
    if (entries.size() == capacity) {
      entries.remove(0);
    }
    entries.add(entry);
  }

  @Nullable V find(SIPMessage message) {
    int index = indexOf(message);
    return index < 0 ? null : entries.get(index).value();
  }

  @Nullable Entry<V> remove(SIPMessage message) {
    int index = indexOf(message);
    return index < 0 ? null : entries.remove(index);
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  /** The newest is the likeliest. */
  private int indexOf(SIPMessage message) {
    int index = entries.size() - 1;
    while (index >= 0 && !entries.get(index).key().isOf(message)) {
      index--;
    }
    return index;
  }
}
