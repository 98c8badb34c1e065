package net.conmgmt.sip.internal.connection;

import java.util.Map;

/**
 * Remembers a limited number of nonces. When it is full, the nonce that has gone unsent and unused
 * for longest is dropped. Thread-safe.
 */
public final class RecentNonces {

  /** Nobody sends a longer one, and what is remembered must stay small. */
  private static final int MAX_LENGTH = 512;

  // By the order of use. Guarded by itself.
  private final Map<String, Boolean> nonces;
  private volatile boolean used;

  /** Remembers that many. */
  public RecentNonces(int capacity) {
    nonces = new BoundedMap<>(capacity);
  }

  /** This nonce was sent. */
  public void add(String nonce) {
    if (!nonce.isEmpty() && nonce.length() <= MAX_LENGTH) {
      synchronized (nonces) {
        nonces.put(nonce, true);
        used = true;
      }
    }
  }

  /** Whether it is known; it counts as used now. */
  public boolean knows(String nonce) {
    if (!used) {
      return false;
    }
    synchronized (nonces) {
      return nonces.get(nonce) != null;
    }
  }

  /** Whether none was ever sent, which costs no lock. */
  public boolean isEmpty() {
    return !used;
  }
}
