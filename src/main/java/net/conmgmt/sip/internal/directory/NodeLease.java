package net.conmgmt.sip.internal.directory;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The lease of a node. All entries of the node count only while it has one. When a lease has
 * lapsed, because the node was asleep or cut off, the node begins a new incarnation: its earlier
 * entries no longer count until it has repeated them. Thread-safe.
 */
final class NodeLease {

  /** What follows from it. No lock is held during these calls. */
  interface Effects {
    /** The directory can be asked again, or hints may have been lost: repeat all claims. */
    void ready(boolean newIncarnation);

    /** The store has answered. */
    void answered();

    /** The other nodes no longer count on this one. */
    void lost();

    /** The other nodes count on this one again. */
    void gained();
  }

  private static final Logger LOG = LogManager.getLogger(NodeLease.class);

  /** After this many unanswered renewals the connection is taken for dead. */
  private static final int MAX_UNANSWERED = 2;

  private final DirectoryStore store;
  private final Scheduler scheduler;
  private final DirectorySettings settings;
  private final Effects effects;

  // Guarded by this.
  private final ServerClock clock = new ServerClock();
  private Map<String, DirectoryStore.Lease> leases = Map.of();
  private long leasesKnownMicros;
  private Scheduler.@Nullable Task nextRenewal;
  private boolean connected;
  private boolean held;
  private boolean closed;
  private boolean asking;
  private boolean everythingAgain;
  private long incarnation;
  private long untilNanos;
  private long reconcileAtNanos;
  private int unanswered;
  private @Nullable Throwable lastFailure;
  private long lost;

  NodeLease(
      DirectoryStore store, Scheduler scheduler, DirectorySettings settings, Effects effects) {
    this.store = store;
    this.scheduler = scheduler;
    this.settings = settings;
    this.effects = effects;
  }

  synchronized void start() {
    renewLater();
  }

  void connected() {
    synchronized (this) {
      connected = true;
      everythingAgain = true;
      unanswered = 0;
      asking = false;
    }
    ask();
  }

  synchronized void disconnected() {
    connected = false;
    asking = false;
  }

  /** Whether claims may be sent: the store answers, and our entries count. */
  synchronized boolean isReady() {
    return connected && held && !everythingAgain;
  }

  synchronized boolean isConnected() {
    return connected;
  }

  synchronized long incarnation() {
    return incarnation;
  }

  synchronized long lost() {
    return lost;
  }

  synchronized long millisLeft() {
    long left = untilNanos - scheduler.nanoTime();
    return held && left > 0 ? TimeUnit.NANOSECONDS.toMillis(left) : 0;
  }

  /** The nodes that have a lease, as last heard. */
  synchronized List<String> nodes() {
    long now = clock.micros(scheduler.nanoTime());
    return leases.entrySet().stream()
        .filter(lease -> lease.getValue().untilMicros() > now)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** What the store's clock showed at that instant of ours. */
  synchronized long micros(long nanos) {
    return clock.micros(nanos);
  }

  /** By how much {@link #micros} of this instant may be wrong. */
  synchronized long doubtMicros() {
    return clock.doubtMicros(scheduler.nanoTime());
  }

  synchronized void sample(long serverMicros, long sentNanos) {
    clock.sample(serverMicros, sentNanos, scheduler.nanoTime());
  }

  /** Whether the node that made the entry, in the incarnation that made it, still lives. */
  synchronized boolean isLive(DirectoryStore.Held entry) {
    DirectoryStore.Lease lease = leases.get(entry.node());
    return lease != null
        && lease.incarnation() == entry.incarnation()
        && lease.untilMicros() > clock.micros(scheduler.nanoTime());
  }

  /** Whether the entry's incarnation began after we last heard which there are. */
  synchronized boolean isNews(DirectoryStore.Held entry) {
    return entry.incarnation() >= leasesKnownMicros;
  }

  /** Asks now which nodes have a lease. */
  CompletableFuture<Void> refresh() {
    long sent = scheduler.nanoTime();
    long mine = incarnation();
    return store
        .renew(settings.node(), mine, settings.leaseMicros())
        .thenAccept(nodes -> taken(nodes, sent, mine, false));
  }

  private void renewLater() {
    if (!closed) {
      nextRenewal =
          scheduler.schedule(
              Scheduler.named("The lease of " + settings.node(), this::renew),
              settings.renewalNanos());
    }
  }

  private void renew() {
    boolean lapsed;
    boolean dead;
    Throwable failure;
    synchronized (this) {
      renewLater();
      lapsed = held && untilNanos - scheduler.nanoTime() <= 0;
      if (lapsed) {
        held = false;
        lost++;
      }
      if (reconcileAtNanos - scheduler.nanoTime() <= 0) {
        everythingAgain |= held;
      }
      dead = connected && unanswered >= MAX_UNANSWERED;
      failure = lastFailure;
      if (dead) {
        unanswered = 0;
        lastFailure = null;
      }
    }
    if (lapsed) {
      LOG.warn(
          "{} has lost its lease in the endpoint directory: the other proxies do not find its"
              + " clients until it is renewed; they are served here as before",
          settings.node());
      effects.lost();
    }
    if (dead) {
      store.reconnect(
          "it has not renewed the lease "
              + MAX_UNANSWERED
              + " times, "
              + (failure == null ? "without an answer" : "the last time because of " + failure));
    } else {
      ask();
    }
  }

  /** Renews the lease, or joins if there is none. One request at a time. */
  private void ask() {
    long mine;
    synchronized (this) {
      if (!connected || asking || closed) {
        unanswered += connected && asking ? 1 : 0;
        return;
      }
      asking = true;
      mine = incarnation;
    }
    ask(mine, false);
  }

  private void ask(long mine, boolean joins) {
    long sent = scheduler.nanoTime();
    boolean join = joins || mine == 0;
    CompletableFuture<DirectoryStore.Nodes> answer =
        join
            ? store.join(settings.node(), mine, settings.leaseMicros())
            : store.renew(settings.node(), mine, settings.leaseMicros());
    CompletableFuture<?> unused =
        answer.whenComplete(
            (nodes, failure) -> {
              if (failure != null || nodes == null) {
                failed(failure);
                return;
              }
              effects.answered();
              if (!join && nodes.incarnation() == 0 && !isClosed()) {
                ask(mine, true);
              } else {
                taken(nodes, sent, mine, join);
              }
            });
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void failed(@Nullable Throwable failure) {
    LOG.debug("The lease of {} was not renewed", settings.node(), failure);
    synchronized (this) {
      asking = false;
      unanswered++;
      lastFailure = failure instanceof CompletionException ? failure.getCause() : failure;
    }
  }

  private void taken(DirectoryStore.Nodes nodes, long sent, long asked, boolean joined) {
    boolean gains;
    boolean again;
    boolean lostFirst;
    synchronized (this) {
      clock.sample(nodes.nowMicros(), sent, scheduler.nanoTime());
      leases = Map.copyOf(nodes.leases());
      leasesKnownMicros = nodes.nowMicros();
      if (closed || nodes.incarnation() == 0 || incarnation != asked) {
        // The next renewal, if there is one, will find out more.
        return;
      }
      asking = false;
      unanswered = 0;
      lastFailure = null;
      lostFirst = joined && held && asked != 0;
      lost += lostFirst ? 1 : 0;
      gains = !held || joined;
      again = everythingAgain || gains;
      everythingAgain = false;
      held = true;
      incarnation = nodes.incarnation();
      untilNanos = sent + settings.leaseNanos();
      if (again) {
        reconcileAtNanos = scheduler.nanoTime() + settings.reconcileNanos();
      }
    }
    if (nodes.takenOver()) {
      LOG.warn(
          "Another live proxy used the name {} in the endpoint directory and has been displaced."
              + " Give each proxy a net.conmgmt.sip.NODE of its own",
          settings.node());
    }
    if (lostFirst) {
      effects.lost();
    }
    if (gains) {
      LOG.info(
          "{} has a lease of {} s in the endpoint directory, incarnation {}; proxies: {}",
          settings.node(),
          settings.leaseSeconds(),
          nodes.incarnation(),
          nodes.leases().keySet());
      effects.gained();
    }
    if (again) {
      effects.ready(joined);
    }
  }

  /** Takes another incarnation, which ends all entries at once. */
  void beginAnew() {
    synchronized (this) {
      everythingAgain = true;
      if (!connected || asking || closed) {
        return;
      }
      asking = true;
    }
    ask(incarnation(), true);
  }

  /** Ends the lease at once, so that the others need not wait for it to lapse. */
  CompletableFuture<Boolean> close() {
    long mine;
    synchronized (this) {
      closed = true;
      if (nextRenewal != null) {
        nextRenewal.cancel();
      }
      mine = connected ? incarnation : 0;
      held = false;
    }
    return mine == 0
        ? CompletableFuture.completedFuture(false)
        : store.leave(settings.node(), mine);
  }
}
