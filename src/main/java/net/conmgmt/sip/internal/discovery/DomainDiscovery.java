package net.conmgmt.sip.internal.discovery;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
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
import net.conmgmt.sip.internal.discovery.ProxyState.Connected;
import net.conmgmt.sip.internal.discovery.ProxyState.Discovering;
import net.conmgmt.sip.internal.discovery.ProxyState.Idle;
import net.conmgmt.sip.internal.discovery.ProxyState.Settled;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Provides the outbound proxy of one domain: the connection to it while it is open, or else the one
 * discovery that everybody waits for, which begins no sooner than the back-off allows. Thread-safe;
 * nothing blocks, and no other code is called with the lock held.
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
  private ProxyState state = new Idle(null);
  private @Nullable DiscoveryResult last;
  // Found not to be open before that was told, which comes when its messages have been processed.
  private final Set<ManagedConnection> lossesToCome = new HashSet<>();

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
    ManagedConnection silent;
    synchronized (this) {
      if (!(settled() instanceof Connected connected) || !connected.connection.isOpen()) {
        return discoverForRequest();
      }
      long now = schedulers.get().nanoTime();
      if (connected.firstUseNanos == null) {
        connected.firstUseNanos = now;
      }
      silent = connected.connection;
      if (hasAnswered(silent) || now - connected.firstUseNanos < UNANSWERED_NANOS) {
        return CompletableFuture.completedFuture(connected.found());
      }
    }
    silent.close("the proxy has answered no request for 32 s; another one is tried");
    return discoverForRequest();
  }

  private synchronized CompletableFuture<DiscoveryResult> discoverForRequest() {
    Discovering run = underWay();
    run.wanted = true;
    return run.result;
  }

  private static boolean hasAnswered(ManagedConnection connection) {
    return !(connection instanceof Answering answering) || answering.hasAnswered();
  }

  /** Whether the proxy that was last found is at {@code peer}, and its connection lost. */
  synchronized boolean isLostAt(InetSocketAddress peer, String transport) {
    DiscoveryResult result = settled().found();
    ManagedConnection found = result == null ? null : result.connection();
    return found != null
        && !isConnected()
        && found.remoteAddress().equals(peer)
        && found.transport().equalsIgnoreCase(transport);
  }

  /** A REGISTER was accepted on a connection. */
  synchronized void registered(ManagedConnection on, boolean asFlow) {
    if (isConnectedBy(on)) {
      backoff.registered(asFlow);
    }
  }

  /** A keep-alive was answered on a connection. */
  synchronized void keepAliveAnswered(ManagedConnection on) {
    if (isConnectedBy(on)) {
      backoff.keepAliveAnswered();
    }
  }

  /** A REGISTER was refused on a connection, for so long. */
  synchronized void retryAfter(ManagedConnection on, Duration wait) {
    if (settled() instanceof Connected connected && isConnectedBy(on)) {
      backoff.retryAfter(wait, connected.nanoTime());
    }
  }

  private boolean isConnectedBy(ManagedConnection on) {
    return settled() instanceof Connected connected && connected.connection == on;
  }

  /** The network has changed: nothing that failed before counts, and no pause is kept. */
  synchronized void networkChanged() {
    backoff.reset();
    if (state instanceof Discovering run) {
      long now = run.scheduler.nanoTime();
      if (run.startsAtNanos - now > 0) {
        run.startsAtNanos = now;
        run.scheduler.schedule(Scheduler.named(name, () -> begin(run)), 0);
      }
    } else if (last != null && !isConnected() && !stopped.getAsBoolean()) {
      Discovering unused = underWay();
    }
  }

  /** The connection while it is open, or null. */
  public synchronized @Nullable ManagedConnection open() {
    return settled() instanceof Connected connected && connected.connection.isOpen()
        ? connected.connection
        : null;
  }

  /** The last discovery that connected, whether its connection is open or not; or null. */
  public synchronized @Nullable DiscoveryResult lastConnected() {
    return settled().found();
  }

  /** The discovery that is under way, else a new one. Not to be cancelled. */
  synchronized CompletableFuture<DiscoveryResult> discover() {
    return underWay().result;
  }

  /** Discovers, after failures again and again, until there is a connection or the stack stops. */
  synchronized void reconnect() {
    boolean wanted = !stopped.getAsBoolean() && !isConnected();
    if (wanted) {
      underWay().untilConnected = true;
    } else if (state instanceof Discovering run) {
      run.untilConnected = false;
    }
  }

  /** The discovery that is under way, else a new one. Under the lock. */
  private Discovering underWay() {
    Scheduler scheduler = schedulers.get();
    Discovering interrupted = state instanceof Discovering run ? run : null;
    if (interrupted != null && interrupted.scheduler == scheduler) {
      return interrupted;
    }
    long now = scheduler.nanoTime();
    long delay = 0;
    if (!isConnected()) {
      if (settled() instanceof Connected lost) {
        noteLoss(lost, now);
      }
      delay = backoff.delayNanos(now);
    }
    Discovering next = new Discovering(scheduler, now + delay, settled());
    if (interrupted != null) {
      // The stack was stopped and started again: that one will never end by itself.
      DiscoveryException stopped =
          new DiscoveryException("The stack was stopped during the discovery", null, null);
      scheduler.schedule(
          Scheduler.named(name, () -> interrupted.result.completeExceptionally(stopped)), 0);
      next.untilConnected = interrupted.untilConnected;
    }
    state = next;
    scheduler.schedule(Scheduler.named(name, () -> begin(next)), delay);
    return next;
  }

  private void begin(Discovering run) {
    synchronized (this) {
      if (run.begun) {
        return;
      }
      run.begun = true;
    }
    CompletableFuture<?> unused =
        discovery
            .get()
            .whenComplete(
                (result, failure) -> {
                  Runnable next = ended(run, result);
                  if (result != null) {
                    run.result.complete(result);
                  } else {
                    run.result.completeExceptionally(failure);
                  }
                  next.run();
                });
  }

  /** Gives what is to be done when those who wait have been told. */
  private synchronized Runnable ended(Discovering run, @Nullable DiscoveryResult result) {
    if (state != run) {
      return () -> {};
    }
    last = result;
    Connected before = run.meanwhile instanceof Connected connected ? connected : null;
    ManagedConnection found = result == null ? null : result.connection();
    if (found == null && isConnected()) {
      // Somebody wanted to know; what is in use stays in use.
      state = run.meanwhile;
      return () -> {};
    }
    if (before != null && before.connection != found && !before.connection.isOpen()) {
      lossesToCome.add(before.connection);
    }
    long now = run.scheduler.nanoTime();
    if (result == null || found == null) {
      backoff.failed(now);
      state = new Idle(run.meanwhile.found());
      return run.untilConnected ? this::reconnect : () -> {};
    }
    if (before != null && before.connection == found) {
      before.foundAgain(result, run.scheduler);
      state = before;
    } else {
      backoff.connected(now);
      Connected connected = new Connected(found, result, run.scheduler);
      connected.firstUseNanos = run.wanted ? now : null;
      state = connected;
    }
    CloseReason closed = run.closed.get(found);
    return closed == null ? () -> {} : () -> closed(found, closed);
  }

  /** A connection of this stack was closed. */
  void closed(ManagedConnection closed, CloseReason reason) {
    synchronized (this) {
      if (settled() instanceof Connected connected && connected.connection == closed) {
        lose(connected, reason);
      } else if (!lossesToCome.remove(closed)) {
        if (state instanceof Discovering run) {
          // Perhaps the one that the discovery has just made.
          run.closed.put(closed, reason);
        }
        return;
      }
    }
    losses.accept(closed, reason);
  }

  private void lose(Connected lost, CloseReason reason) {
    long now = lost.nanoTime();
    boolean lasted = noteLoss(lost, now);
    Idle idle = new Idle(lost.found());
    if (state instanceof Discovering run) {
      run.meanwhile = idle;
    } else {
      state = idle;
    }
    boolean failed =
        switch (reason) {
          // Who is refused by a proxy goes to no other, and to none in clear ([MS-CONMGMT] 3.1.5).
          case SHUTDOWN, TLS_FAILED -> false;
          case PEER_CLOSED, IO_ERROR -> !lasted || !hasAnswered(lost.connection);
          case LOCAL, REPLACED -> !hasAnswered(lost.connection);
          default -> true;
        };
    if (failed) {
      routes.failed(routeOf(lost.connection), now, 2 * backoff.longestDelayNanos());
    }
  }

  private static FailedRoutes.Route routeOf(ManagedConnection connection) {
    return new FailedRoutes.Route(connection.remoteAddress(), connection.transport());
  }

  /** Whether there is no connection, no discovery and no loss to be told. */
  synchronized boolean isIdle() {
    return state instanceof Idle && lossesToCome.isEmpty();
  }

  private boolean isConnected() {
    return open() != null;
  }

  private Settled settled() {
    return state instanceof Discovering run ? run.meanwhile : (Settled) state;
  }

  /** Lets the back-off know, once, also where a request sees the loss before it is told. */
  private boolean noteLoss(Connected lost, long nowNanos) {
    if (lost.lasted == null) {
      lost.lasted = backoff.lost(nowNanos);
    }
    return lost.lasted;
  }

  /** In how many seconds the discovery that is waited for begins; 0 when it is under way. */
  public synchronized long secondsToStart() {
    long nanos =
        state instanceof Discovering run ? run.startsAtNanos - schedulers.get().nanoTime() : 0;
    return nanos <= 0 ? 0 : (nanos + 999_999_999L) / 1_000_000_000L;
  }

  /** How the last discovery ended, or null when there was none yet. */
  public synchronized @Nullable DiscoveryResult last() {
    return last;
  }
}
