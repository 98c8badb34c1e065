package net.conmgmt.samples.registrar;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The nonces of this process, and where proxies share users those of the others: unpredictable,
 * valid for five minutes, each nonce count once. Bounded: under a flood of challenges the oldest
 * nonce goes first, and its owner is told it is stale. Thread-safe.
 */
public final class Nonces {

  public static final long LIFETIME_NANOS = TimeUnit.MINUTES.toNanos(5);
  private static final int MAX_NONCES = 50_000;
  private static final int NONCE_BYTES = 24;

  private static final class State {
    private final long issuedNanos;
    private long lastCount;

    private State(long issuedNanos) {
      this.issuedNanos = issuedNanos;
    }
  }

  private final LongSupplier nanoTime;
  private final SecureRandom random;
  private final net.conmgmt.sip.directory.@Nullable Nonces shared;
  private final Map<String, State> issued =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, State> eldest) {
          return size() > MAX_NONCES
              || nanoTime.getAsLong() - eldest.getValue().issuedNanos > LIFETIME_NANOS;
        }
      };

  public Nonces(LongSupplier nanoTime, SecureRandom random) {
    this(nanoTime, random, null);
  }

  /** The same with nonces that several proxies know; each of them counts the uses that it sees. */
  public Nonces(
      LongSupplier nanoTime,
      SecureRandom random,
      net.conmgmt.sip.directory.@Nullable Nonces shared) {
    this.shared = shared;
    this.nanoTime = nanoTime;
    this.random = random;
  }

  public String issue() {
    if (shared != null) {
      // Kept from its first use on, so that a flood of challenges makes no room for a second use.
      return shared.issue();
    }
    String nonce = draw();
    synchronized (this) {
      issued.put(nonce, new State(nanoTime.getAsLong()));
    }
    return nonce;
  }

  private String draw() {
    byte[] bytes = new byte[NONCE_BYTES];
    random.nextBytes(bytes);
    return java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** A nonce that all proxies know, from its first use here. */
  private @Nullable State ofAll(String nonce) {
    if (shared == null) {
      return null;
    }
    Optional<Duration> age = shared.ageOf(nonce);
    if (age.isEmpty() || age.get().toNanos() > LIFETIME_NANOS) {
      return null;
    }
    State state = new State(nanoTime.getAsLong() - age.get().toNanos());
    issued.put(nonce, state);
    return state;
  }

  /**
   * Uses a nonce with a count; false when it is unknown, too old, or the count was used before.
   *
   * @param count the nonce count, or 0 for credentials without one, which work once
   */
  public synchronized boolean use(String nonce, long count) {
    State known = issued.get(nonce);
    State state = known == null ? ofAll(nonce) : known;
    if (state == null || nanoTime.getAsLong() - state.issuedNanos > LIFETIME_NANOS) {
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
