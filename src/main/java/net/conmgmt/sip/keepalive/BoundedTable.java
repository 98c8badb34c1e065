package net.conmgmt.sip.keepalive;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A small table that a peer can fill but not make large: the oldest entry makes room. Takes no
 * memory while empty. Not thread-safe.
 */
final class BoundedTable<K, V> {

  private final int capacity;
  private @Nullable Map<K, V> entries;

  BoundedTable(int capacity) {
    this.capacity = capacity;
  }

  void put(K key, V value) {
    if (entries == null) {
      entries = new LinkedHashMap<>(4);
    }
    entries.put(key, value);
    if (entries.size() > capacity) {
      Iterator<K> oldest = entries.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }

  @Nullable V get(K key) {
    return entries == null ? null : entries.get(key);
  }

  @Nullable V remove(K key) {
    if (entries == null) {
      return null;
    }
    V value = entries.remove(key);
    if (entries.isEmpty()) {
      entries = null;
    }
    return value;
  }

  int size() {
    return entries == null ? 0 : entries.size();
  }

  void clear() {
    entries = null;
  }
}
