package net.conmgmt.sip.internal.discovery;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import net.conmgmt.sip.internal.discovery.dhcp.DhcpResult;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Runs one DHCP discovery at a time, shared by the discoveries of all domains: its result does not
 * depend on the domain, and of several sockets on the client port only one would receive the
 * answers. It is cancelled when nobody waits for it any more.
 *
 * <p>Used on the scheduler's thread only.
 */
final class SharedDhcp implements Supplier<CompletableFuture<DhcpResult>> {

  private final Supplier<Scheduler> schedulers;
  private final Function<Scheduler, CompletableFuture<DhcpResult>> starter;
  private @Nullable CompletableFuture<DhcpResult> running;
  private @Nullable Scheduler runningOn;
  private int waiting;

  /**
   * Starts with none.
   *
   * @param schedulers gives the present one; another than before means that the stack was stopped
   * @param starter begins a discovery that runs on it
   */
  SharedDhcp(
      Supplier<Scheduler> schedulers, Function<Scheduler, CompletableFuture<DhcpResult>> starter) {
    this.schedulers = schedulers;
    this.starter = starter;
  }

  /** The discovery that is under way, else a new one. Whoever needs it no longer cancels it. */
  @Override
  public CompletableFuture<DhcpResult> get() {
    Scheduler scheduler = schedulers.get();
    CompletableFuture<DhcpResult> shared = running;
    // One that was begun before the stack was stopped will never end by itself.
    if (shared == null || shared.isDone() || runningOn != scheduler) {
      shared = starter.apply(scheduler);
      running = shared;
      runningOn = scheduler;
      waiting = 0;
    }
    CompletableFuture<DhcpResult> joined = shared;
    waiting++;
    CompletableFuture<DhcpResult> mine = joined.copy();
    CompletableFuture<?> unused =
        mine.whenComplete(
            (result, failure) -> {
              if (joined == running && --waiting == 0) {
                joined.cancel(false);
              }
            });
    return mine;
  }
}
