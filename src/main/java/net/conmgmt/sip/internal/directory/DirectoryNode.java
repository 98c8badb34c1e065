package net.conmgmt.sip.internal.directory;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.DirectoryStatus;
import net.conmgmt.sip.directory.EndpointDirectory;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One proxy among several that share a directory. It remembers which endpoints it holds, claims
 * them in the store, repeats all claims after every interruption, and reports the endpoints that
 * another proxy has taken over. Nothing here waits for the store. Thread-safe.
 */
public final class DirectoryNode implements DirectoryStore.Events, AutoCloseable {

  /** What becomes of the endpoints that this node holds. No lock is held during these calls. */
  public interface Effects {
    /** Another node holds it. */
    void displaced(DirectoryEntry lost, String newerNode);

    /** The store may have lost what was said to it: all claims are repeated. */
    default void reconciling() {}

    /** See {@link net.conmgmt.sip.directory.EndpointDirectory.Listener#leaseLost}. */
    default void leaseLost() {}

    /** See {@link net.conmgmt.sip.directory.EndpointDirectory.Listener#leaseGained}. */
    default void leaseGained() {}
  }

  private static final Logger LOG = LogManager.getLogger(DirectoryNode.class);

  /** An endpoint with a longer name is not entered; no phone has one. */
  private static final int MAX_TEXT = 1_024;

  private final DirectoryStore store;
  private final Scheduler scheduler;
  private final DirectorySettings settings;
  private final Effects effects;
  private final DirectoryCounts counts = new DirectoryCounts();
  private final Silence silence = new Silence();
  private final NodeLease lease;
  private final LocalClaims claims;
  private final Releases releases;
  private final ClaimSender sender;
  private final Lookups lookups;

  /** A node that has not started. */
  public DirectoryNode(
      DirectoryStore store, Scheduler scheduler, DirectorySettings settings, Effects effects) {
    this.store = store;
    this.scheduler = scheduler;
    this.settings = settings;
    this.effects = effects;
    lease = new NodeLease(store, scheduler, settings, new OfLease());
    claims = new LocalClaims(settings.node(), lease);
    releases = new Releases(store, settings.node(), lease, claims::isHeld);
    sender =
        new ClaimSender(
            store, scheduler, settings, lease, silence, counts, claims, releases, this::lose);
    lookups = new Lookups(store, scheduler, lease, silence, settings.node(), this::held);
  }

  /** Connects to the store. */
  public void start() {
    lease.start();
    store.start(settings.node(), this);
  }

  /** The endpoint is on this flow of ours now. */
  public void claim(
      Endpoint endpoint, String flow, String contact, boolean authenticated, long lifetimeSeconds) {
    claim(endpoint, flow, contact, authenticated, lifetimeSeconds, null);
  }

  /** The same; {@code caller} completes with the answer of the store. */
  void claim(
      Endpoint endpoint,
      String flow,
      String contact,
      boolean authenticated,
      long lifetimeSeconds,
      @Nullable CompletableFuture<EndpointDirectory.Claimed> caller) {
    if (endpoint.addressOfRecord().length() > MAX_TEXT || endpoint.instance().length() > MAX_TEXT) {
      LOG.warn(
          "An endpoint is not entered in the directory: its address-of-record or its instance has"
              + " more than {} characters",
          MAX_TEXT);
      if (caller != null) {
        caller.completeExceptionally(
            new IllegalArgumentException("Its name has more than " + MAX_TEXT + " characters"));
      }
      return;
    }
    long now = scheduler.nanoTime();
    LocalClaim claim =
        claims.hold(
            endpoint,
            flow,
            contact.length() > MAX_TEXT ? "" : contact,
            authenticated,
            now + TimeUnit.SECONDS.toNanos(lifetimeSeconds),
            now,
            caller);
    if (claim == null) {
      if (caller != null) {
        caller.complete(new EndpointDirectory.Claimed(false, 0, Optional.empty()));
      }
      return;
    }
    releases.cancel(endpoint);
    sender.send(claim);
  }

  /** The endpoint has left this flow of ours; whether it was there. */
  public boolean release(Endpoint endpoint, String flow) {
    LocalClaims.Departure departure = claims.leave(endpoint, flow);
    if (departure == LocalClaims.Departure.ENTERED) {
      releases.send(endpoint, flow);
    }
    return departure != LocalClaims.Departure.NOT_HELD;
  }

  private void lose(LocalClaim claim) {
    DirectoryEntry lost = claims.lose(claim, scheduler.nanoTime());
    if (lost == null) {
      return;
    }
    counts.displaced();
    String newerNode = claim.newerNode();
    LOG.info(
        "{} is now held by {}, no longer by {}",
        claim.endpoint,
        newerNode.isEmpty() ? "no proxy" : newerNode,
        settings.node());
    try {
      effects.displaced(lost, newerNode);
    } finally {
      claims.forget(claim);
    }
  }

  @Override
  public void displaced(Endpoint endpoint, long epoch, String node) {
    LocalClaim lost = claims.lostTo(node, endpoint, epoch);
    if (lost != null) {
      lose(lost);
    }
  }

  @Override
  public void connected() {
    silence.answered();
    LOG.info("{} is connected to the endpoint directory", settings.node());
    lease.connected();
  }

  @Override
  public void disconnected(String why) {
    LOG.warn(
        "{} cannot reach the endpoint directory: {}. Its own clients are served as before; clients"
            + " of other proxies are not found",
        settings.node(),
        why);
    lease.disconnected();
  }

  private final class OfLease implements NodeLease.Effects {
    @Override
    public void ready(boolean newIncarnation) {
      effects.reconciling();
      Releases.Kept kept = releases.take(newIncarnation);
      claims.enqueueAll();
      if (kept.complete()) {
        kept.flows().forEach(releases::send);
        sender.sendQueued();
      } else {
        lease.beginAnew();
      }
    }

    @Override
    public void answered() {
      silence.answered();
    }

    @Override
    public void lost() {
      effects.leaseLost();
    }

    @Override
    public void gained() {
      effects.leaseGained();
    }
  }

  /** The live entries of a user; if the store cannot be asked, those of this node. */
  public CompletableFuture<List<DirectoryEntry>> lookup(String addressOfRecord) {
    return lookups.of(addressOfRecord);
  }

  /** The entries of a user that this node holds. */
  List<DirectoryEntry> held(String addressOfRecord) {
    return claims.of(addressOfRecord, scheduler.nanoTime());
  }

  /** Removes exactly that entry. */
  public CompletableFuture<Boolean> forget(DirectoryEntry entry) {
    return store.release(entry.endpoint(), entry.node(), entry.flow(), entry.epoch());
  }

  /** The state of this node, in numbers. */
  public DirectoryStatus status() {
    return counts.status(
        settings.node(),
        lease.isConnected(),
        lease.millisLeft(),
        lease.nodes(),
        claims.size(),
        claims.behind() + releases.size(),
        lease.lost());
  }

  @Override
  public void close() {
    claims.close();
    releases.close();
    CompletableFuture<?> unused =
        lease
            .close()
            .whenComplete(
                (left, failure) -> {
                  if (failure != null) {
                    LOG.debug("{} could not give up its lease", settings.node(), failure);
                  }
                  store.close();
                });
  }
}
