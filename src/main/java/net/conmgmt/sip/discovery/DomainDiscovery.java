package net.conmgmt.sip.discovery;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.connection.ManagedConnection;
import net.conmgmt.sip.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The outbound proxy of one domain: the connection to it while it is open, or the one discovery
 * that everybody waits for, no sooner than the back-off allows. Thread-safe; nothing blocks.
 */
final class DomainDiscovery {

  private final Supplier<Scheduler> schedulers;
  private final Supplier<CompletableFuture<DiscoveryResult>> discovery;
  private final ReconnectBackoff backoff;
  private @Nullable DiscoveryResult last;
  private @Nullable CompletableFuture<DiscoveryResult> running;
  private long startsAtNanos;

  /**
   * Starts with no connection.
   *
   * @param discovery runs one discovery; called on the scheduler's thread
   */
  DomainDiscovery(
      Supplier<Scheduler> schedulers,
      Supplier<CompletableFuture<DiscoveryResult>> discovery,
      RandomGenerator random) {
    this.schedulers = schedulers;
    this.discovery = discovery;
    backoff = new ReconnectBackoff(random);
  }

  /** The connection while it is open, else what the discovery finds. */
  synchronized CompletableFuture<DiscoveryResult> connection() {
    if (last != null && isOpen(last)) {
      return CompletableFuture.completedFuture(last);
    }
    return discover();
  }

  /** The discovery that is under way, else a new one. */
  synchronized CompletableFuture<DiscoveryResult> discover() {
    if (running != null) {
      return running.copy();
    }
    Scheduler scheduler = schedulers.get();
    boolean stillConnected = last != null && isOpen(last);
    long delay = stillConnected ? 0 : backoff.delayNanos(scheduler.nanoTime());
    CompletableFuture<DiscoveryResult> shared = new CompletableFuture<>();
    running = shared;
    startsAtNanos = scheduler.nanoTime() + delay;
    scheduler.schedule(() -> begin(shared), delay);
    return shared.copy();
  }

  private void begin(CompletableFuture<DiscoveryResult> shared) {
    CompletableFuture<?> unused =
        discovery
            .get()
            .handle(
                (result, failure) -> {
                  ended(result);
                  return result != null
                      ? shared.complete(result)
                      : shared.completeExceptionally(failure);
                });
  }

  private synchronized void ended(@Nullable DiscoveryResult result) {
    running = null;
    last = result;
    backoff.ended(result != null && result.connection() != null, schedulers.get().nanoTime());
  }

  /** In how many seconds the discovery that is waited for begins; 0 when it is under way. */
  synchronized long secondsToStart() {
    long nanos = startsAtNanos - schedulers.get().nanoTime();
    return running == null || nanos <= 0 ? 0 : (nanos + 999_999_999L) / 1_000_000_000L;
  }

  /** How the last discovery ended, or null when there was none yet. */
  synchronized @Nullable DiscoveryResult last() {
    return last;
  }

  private static boolean isOpen(DiscoveryResult result) {
    ManagedConnection connection = result.connection();
    return connection != null && connection.isOpen();
  }
}
