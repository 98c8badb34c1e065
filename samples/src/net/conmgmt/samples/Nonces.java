package net.conmgmt.samples;

import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.time.Scheduler;

/**
 * The nonces of this process: unpredictable, valid for five minutes, each nonce count once.
 * Bounded: under a flood of challenges the oldest nonce goes first, and its owner is told it is
 * stale. Thread-safe.
 */
final class Nonces {

  static final long LIFETIME_NANOS = TimeUnit.MINUTES.toNanos(5);
  private static final int MAX_NONCES = 50_000;
  private static final int NONCE_BYTES = 24;

  private static final class State {
    private final long issuedNanos;
    private long lastCount;

    private State(long issuedNanos) {
      this.issuedNanos = issuedNanos;
    }
  }

  private final Scheduler scheduler;
  private final SecureRandom random;
  private final Map<String, State> issued =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, State> eldest) {
          return size() > MAX_NONCES
              || scheduler.nanoTime() - eldest.getValue().issuedNanos > LIFETIME_NANOS;
        }
      };

  Nonces(Scheduler scheduler, SecureRandom random) {
    this.scheduler = scheduler;
    this.random = random;
  }

  String issue() {
    byte[] bytes = new byte[NONCE_BYTES];
    random.nextBytes(bytes);
    String nonce = java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    synchronized (this) {
      issued.put(nonce, new State(scheduler.nanoTime()));
    }
    return nonce;
  }

  /**
   * Uses a nonce with a count; false when it is unknown, too old, or the count was used before.
   *
   * @param count the nonce count, or 0 for credentials without one, which work once
   */
  synchronized boolean use(String nonce, long count) {
    State state = issued.get(nonce);
    if (state == null || scheduler.nanoTime() - state.issuedNanos > LIFETIME_NANOS) {
      return false;
    }
    long effective = count == 0 ? 1 : count;
    if (effective <= state.lastCount) {
      return false;
    }
    state.lastCount = effective;
    return true;
  }
}
