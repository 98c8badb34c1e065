package net.conmgmt.sip.internal.directory;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.conmgmt.sip.directory.EndpointDirectory;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends the claims of one proxy to the store. A new claim goes out at once while the store can be
 * asked; claims that had to wait, or are repeated, follow at the configured pace. Thread-safe.
 */
final class ClaimSender {

  private static final Logger LOG = LogManager.getLogger(ClaimSender.class);

  private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long STEPS_PER_SECOND = 50;

  private final DirectoryStore store;
  private final Scheduler scheduler;
  private final DirectorySettings settings;
  private final NodeLease lease;
  private final Silence silence;
  private final DirectoryCounts counts;
  private final LocalClaims claims;
  private final Releases releases;
  private final Consumer<LocalClaim> lost;
  // Guarded by this.
  private boolean stepScheduled;

  /**
   * A sender that has sent nothing yet.
   *
   * @param lost takes a claim that another proxy has outdone
   */
  ClaimSender(
      DirectoryStore store,
      Scheduler scheduler,
      DirectorySettings settings,
      NodeLease lease,
      Silence silence,
      DirectoryCounts counts,
      LocalClaims claims,
      Releases releases,
      Consumer<LocalClaim> lost) {
    this.store = store;
    this.scheduler = scheduler;
    this.settings = settings;
    this.lease = lease;
    this.silence = silence;
    this.counts = counts;
    this.claims = claims;
    this.releases = releases;
    this.lost = lost;
  }

  /** Sends a claim now, or as soon as the store can be asked. */
  void send(LocalClaim claim) {
    long sent = scheduler.nanoTime();
    DirectoryStore.Claim request = claims.request(claim, sent);
    if (request == null) {
      sendQueued();
      return;
    }
    silence.asked(sent);
    CompletableFuture<?> unused =
        store
            .claim(request)
            .whenComplete(
                (answer, failure) -> {
                  if (failure != null || answer == null) {
                    unanswered(claim, failure);
                  } else {
                    silence.answered();
                    lease.sample(answer.nowMicros(), sent);
                    answered(claim, request, answer, scheduler.nanoTime() - sent);
                  }
                });
  }

  private void unanswered(LocalClaim claim, @Nullable Throwable failure) {
    LOG.debug("The claim of {} was not answered", claim.endpoint, failure);
    if (!claims.unanswered(claim)) {
      // The store may have entered it all the same.
      releases.keep(claim.endpoint, claim.flow);
    }
    sendQueued();
  }

  private void answered(
      LocalClaim claim, DirectoryStore.Claim request, DirectoryStore.Answer answer, long nanos) {
    boolean granted = answer.verdict() == DirectoryStore.Verdict.GRANTED;
    counts.answered(granted, nanos);
    LocalClaims.Settled settled = claims.answered(claim, request, answer);
    CompletableFuture<EndpointDirectory.Claimed> caller = settled.caller();
    if (caller != null) {
      caller.complete(
          new EndpointDirectory.Claimed(
              granted,
              answer.epoch(),
              Optional.ofNullable(answer.other())
                  .filter(held -> granted && !held.node().isEmpty())
                  .filter(held -> !held.node().equals(settings.node()))
                  .map(Lookups::entryOf)));
    }
    switch (settled.next()) {
      case LOST -> lost.accept(claim);
      case RELEASE -> releases.send(claim.endpoint, claim.flow);
      case SEND_AGAIN -> send(claim);
      case NOTHING -> {}
    }
    sendQueued();
  }

  /** Goes on with the queue, step by step, while the store can be asked. */
  void sendQueued() {
    synchronized (this) {
      if (stepScheduled || !claims.isAnyQueued() || !lease.isReady()) {
        return;
      }
      stepScheduled = true;
    }
    scheduler.schedule(Scheduler.named("Claims of " + settings.node(), this::step), STEP_NANOS);
  }

  private void step() {
    synchronized (this) {
      stepScheduled = false;
    }
    if (lease.isReady()) {
      claims.dequeue(Math.max(1, settings.pacePerSecond() / STEPS_PER_SECOND)).forEach(this::send);
      sendQueued();
    }
  }
}
