package net.conmgmt.sip.internal.connection;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A map that drops the entry that was put or read longest ago when it would hold more than a number
 * of entries. Not thread-safe: reading changes it too.
 */
public final class BoundedMap<K, V> extends LinkedHashMap<K, V> {

  private static final long serialVersionUID = 1L;

  private final int most;

  /** An empty map that never holds more than {@code most} entries. */
  public BoundedMap(int most) {
    super(2, 0.75f, true);
    this.most = most;
  }

  @Override
  protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
    return size() > most;
  }
}
