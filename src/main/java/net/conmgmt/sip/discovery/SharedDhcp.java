package net.conmgmt.sip.discovery;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import net.conmgmt.sip.discovery.dhcp.DhcpResult;
import org.jspecify.annotations.Nullable;

/**
 * One DHCP discovery at a time, shared by the discoveries of all domains: its result does not
 * depend on the domain, and of several sockets on the client port only one would get the answers.
 * It is called off when nobody waits for it any more.
 *
 * <p>Used on the scheduler's thread only.
 */
final class SharedDhcp implements Supplier<CompletableFuture<DhcpResult>> {

  private final Supplier<CompletableFuture<DhcpResult>> starter;
  private @Nullable CompletableFuture<DhcpResult> running;
  private int waiting;

  SharedDhcp(Supplier<CompletableFuture<DhcpResult>> starter) {
    this.starter = starter;
  }

  /** The discovery that is under way, else a new one. Whoever needs it no longer cancels it. */
  @Override
  public CompletableFuture<DhcpResult> get() {
    CompletableFuture<DhcpResult> shared = running;
    if (shared == null || shared.isDone()) {
      shared = starter.get();
      running = shared;
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
