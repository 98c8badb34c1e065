package net.conmgmt.sip.internal.discovery;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryException;
import net.conmgmt.sip.internal.connection.Answering;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The outbound proxy of one domain: the connection to it while it is open, or the one discovery
 * that everybody waits for, no sooner than the back-off allows. Thread-safe; nothing blocks, and
 * nobody is called with the lock held.
 */
public final class DomainDiscovery {

  /** After which an unanswered request has timed out (RFC 3261 section 17.1.2.2). */
  static final long UNANSWERED_NANOS = 32_000_000_000L;

  private final String name;
  private final Supplier<Scheduler> schedulers;
  private final Supplier<CompletableFuture<DiscoveryResult>> discovery;
  private final FailedRoutes routes;
  private final BooleanSupplier stopped;
  private final BiConsumer<ManagedConnection, CloseReason> losses;

  // All guarded by this.
  private final ReconnectBackoff backoff;
  private final Map<ManagedConnection, CloseReason> closedMeanwhile = new HashMap<>();
  private @Nullable DiscoveryResult last;
  // The last one with a connection.
  private @Nullable DiscoveryResult connected;
  // Of that, until its loss was told.
  private @Nullable ManagedConnection connection;
  // Found not to be open before that was told, which comes when its messages have been processed.
  private final Set<ManagedConnection> lossesToCome = new HashSet<>();
  private boolean lossNoted;
  // Of the connection: when the first request took it, and whether one waits for the next.
  private boolean used;
  private boolean wanted;
  private long firstUseNanos;
  private boolean lasted;
  private @Nullable CompletableFuture<DiscoveryResult> running;
  // The one of the last discovery: asking for one would make one in a stack that is stopped.
  private @Nullable Scheduler runningOn;
  private long startsAtNanos;
  private boolean untilConnected;
  private @Nullable CompletableFuture<DiscoveryResult> begun;

  /**
   * Starts with no connection.
   *
   * @param name what its tasks are called, should one fail and be logged
   * @param discovery runs one discovery; called on the scheduler's thread
   * @param stopped whether the stack is stopped, so that nothing is to begin by itself
   * @param losses is told once of each connection to the proxy that is lost
   */
  DomainDiscovery(
      String name,
      Supplier<Scheduler> schedulers,
      Supplier<CompletableFuture<DiscoveryResult>> discovery,
      RandomGenerator random,
      FailedRoutes routes,
      BooleanSupplier stopped,
      BiConsumer<ManagedConnection, CloseReason> losses) {
    this.name = name;
    this.schedulers = schedulers;
    this.discovery = discovery;
    this.routes = routes;
    this.stopped = stopped;
    this.losses = losses;
    backoff = new ReconnectBackoff(random);
  }

  /** The connection while it is open, else what the discovery finds. Not to be cancelled. */
  public CompletableFuture<DiscoveryResult> connection() {
    ManagedConnection silent = null;
    synchronized (this) {
      if (connected != null && connection != null && isConnected()) {
        long now = schedulers.get().nanoTime();
        if (!used) {
          used = true;
          firstUseNanos = now;
        }
        if (hasAnswered(connection) || now - firstUseNanos < UNANSWERED_NANOS) {
          return CompletableFuture.completedFuture(connected);
        }
        silent = connection;
      }
      wanted = true;
    }
    if (silent != null) {
      silent.close("the proxy has answered no request for 32 s; another one is tried");
    }
    return discover();
  }

  private static boolean hasAnswered(ManagedConnection connection) {
    return !(connection instanceof Answering answering) || answering.hasAnswered();
  }

  /** Whether the proxy that was last found is at {@code peer}, and its connection lost. */
  synchronized boolean isLostAt(InetSocketAddress peer, String transport) {
    ManagedConnection found = connected == null ? null : connected.connection();
    return found != null
        && !isConnected()
        && found.remoteAddress().equals(peer)
        && found.transport().equalsIgnoreCase(transport);
  }

  /** The network has changed: nothing that failed before counts, and no pause is kept. */
  synchronized void networkChanged() {
    backoff.reset();
    CompletableFuture<DiscoveryResult> waiting = running;
    if (waiting != null && runningOn != null && startsAtNanos - runningOn.nanoTime() > 0) {
      startsAtNanos = runningOn.nanoTime();
      runningOn.schedule(Scheduler.named(name, () -> begin(waiting)), 0);
    } else if (waiting == null && last != null && !isConnected() && !stopped.getAsBoolean()) {
      CompletableFuture<?> unused = discover();
    }
  }

  /** The connection while it is open, or null. */
  public synchronized @Nullable ManagedConnection open() {
    return isConnected() ? connection : null;
  }

  /** The last discovery that connected, whether its connection is open or not; or null. */
  public synchronized @Nullable DiscoveryResult lastConnected() {
    return connected;
  }

  /** The discovery that is under way, else a new one. Not to be cancelled. */
  synchronized CompletableFuture<DiscoveryResult> discover() {
    Scheduler scheduler = schedulers.get();
    CompletableFuture<DiscoveryResult> underWay = running;
    if (underWay != null && runningOn == scheduler) {
      return underWay;
    }
    if (underWay != null) {
      // The stack was stopped and started again: that one will never end by itself.
      DiscoveryException stopped =
          new DiscoveryException("The stack was stopped during the discovery", null, null);
      scheduler.schedule(Scheduler.named(name, () -> underWay.completeExceptionally(stopped)), 0);
    }
    long now = scheduler.nanoTime();
    long delay = 0;
    if (!isConnected()) {
      noteLoss(now);
      delay = backoff.delayNanos(now);
    }
    CompletableFuture<DiscoveryResult> shared = new CompletableFuture<>();
    running = shared;
    runningOn = scheduler;
    startsAtNanos = now + delay;
    scheduler.schedule(Scheduler.named(name, () -> begin(shared)), delay);
    return shared;
  }

  /** Discovers, after failures again and again, until there is a connection or the stack stops. */
  synchronized void reconnect() {
    untilConnected = !stopped.getAsBoolean() && !isConnected();
    if (untilConnected) {
      CompletableFuture<?> unused = discover();
    }
  }

  private void begin(CompletableFuture<DiscoveryResult> shared) {
    synchronized (this) {
      // Asked for again when its pause ends, though the network had ended that.
      if (running != shared || begun == shared) {
        return;
      }
      begun = shared;
    }
    CompletableFuture<?> unused =
        discovery
            .get()
            .handle(
                (result, failure) -> {
                  Runnable next = ended(shared, result);
                  boolean first =
                      result != null
                          ? shared.complete(result)
                          : shared.completeExceptionally(failure);
                  next.run();
                  return first;
                });
  }

  /** Gives what is to be done when those who wait have been told. */
  private synchronized Runnable ended(
      CompletableFuture<DiscoveryResult> shared, @Nullable DiscoveryResult result) {
    if (running != shared || runningOn == null) {
      return () -> {};
    }
    running = null;
    last = result;
    ManagedConnection found = result == null ? null : result.connection();
    long now = runningOn.nanoTime();
    CloseReason closed = closedMeanwhile.get(found);
    closedMeanwhile.clear();
    if (found == null && isConnected()) {
      // Somebody wanted to know; what is in use stays in use.
      return () -> {};
    }
    if (found != connection && connection != null && !isConnected()) {
      lossesToCome.add(connection);
    }
    if (found == null) {
      backoff.failed(now);
      connection = null;
      return untilConnected ? this::reconnect : () -> {};
    }
    if (found != connection) {
      backoff.connected(now);
      lossNoted = false;
      used = wanted;
      firstUseNanos = now;
    }
    connected = result;
    connection = found;
    wanted = false;
    untilConnected = false;
    return closed == null ? () -> {} : () -> closed(found, closed);
  }

  /** A connection of this stack was closed. */
  void closed(ManagedConnection closed, CloseReason reason) {
    synchronized (this) {
      if (closed == connection && runningOn != null) {
        lose(closed, reason, runningOn.nanoTime());
      } else if (!lossesToCome.remove(closed)) {
        if (running != null) {
          // Perhaps the one that the discovery has just made.
          closedMeanwhile.put(closed, reason);
        }
        return;
      }
    }
    losses.accept(closed, reason);
  }

  private void lose(ManagedConnection closed, CloseReason reason, long now) {
    noteLoss(now);
    connection = null;
    boolean failed =
        switch (reason) {
          // Who is refused by a proxy goes to no other, and to none in clear ([MS-CONMGMT] 3.1.5).
          case SHUTDOWN, TLS_FAILED -> false;
          case PEER_CLOSED, IO_ERROR -> !lasted || !hasAnswered(closed);
          case LOCAL, REPLACED -> !hasAnswered(closed);
          default -> true;
        };
    if (failed) {
      routes.failed(routeOf(closed), now);
    }
  }

  private static FailedRoutes.Route routeOf(ManagedConnection connection) {
    return new FailedRoutes.Route(connection.remoteAddress(), connection.transport());
  }

  /** Whether there is no connection, no discovery and no loss to be told. */
  synchronized boolean isIdle() {
    return running == null && connection == null && lossesToCome.isEmpty();
  }

  private boolean isConnected() {
    return connection != null && connection.isOpen();
  }

  /** Lets the back-off know, once, also where a request sees the loss before it is told. */
  private void noteLoss(long nowNanos) {
    if (connection != null && !lossNoted) {
      lossNoted = true;
      lasted = backoff.lost(nowNanos);
    }
  }

  /** In how many seconds the discovery that is waited for begins; 0 when it is under way. */
  public synchronized long secondsToStart() {
    long nanos = startsAtNanos - schedulers.get().nanoTime();
    return running == null || nanos <= 0 ? 0 : (nanos + 999_999_999L) / 1_000_000_000L;
  }

  /** How the last discovery ended, or null when there was none yet. */
  public synchronized @Nullable DiscoveryResult last() {
    return last;
  }
}
