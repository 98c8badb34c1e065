package net.conmgmt.sip.internal.io;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import net.conmgmt.sip.internal.time.Failures;
import net.conmgmt.sip.internal.time.NamedThreads;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs the steps of the TLS handshakes of one stack. When many peers connect at once, as after an
 * outage, each of them must be served before it loses patience:
 *
 * <ol>
 *   <li>A handshake that has begun goes before those that have not, so what was computed for it is
 *       not in vain.
 *   <li>Steps run on one thread less than there are cores (one at least), so that open connections
 *       are served meanwhile.
 *   <li>While many handshakes are under way, {@link #holdsBack} tells listening sockets to leave
 *       further connections in the system's backlog. Under way is what waits for this side, and
 *       what waits for its peer and has not done so for long: a peer that takes its time keeps
 *       nobody out.
 * </ol>
 *
 * <p>A step that takes long most likely waits for another server, as a check for revocation does:
 * another thread then goes on in its place. Thread-safe.
 */
public final class HandshakeQueue {

  private static final Logger LOG = LogManager.getLogger(HandshakeQueue.class);

  /** So many may be under way for each core: some tenths of a second of work. */
  static final int MOST_UNDER_WAY = 128;

  /** A handshake that waits for its peer for longer than that is not counted. */
  static final long PEER_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A step that is seen twice at this interval, with others waiting, takes long. */
  static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** As many steps as that may take long; then the others wait for them. */
  private static final int MOST_THREADS = 64;

  private static final long IDLE_THREAD_SECONDS = 10;

  /** After a failure: there may be no heap, and soon may be. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Scheduler scheduler;
  private final int cores;
  private final NamedThreads names;
  private final Executor threads;
  private final Object lock = new Object();

  // All below is guarded by lock.
  private final Queue<Runnable> begun = new ArrayDeque<>();
  private final Queue<Runnable> first = new ArrayDeque<>();
  private final List<Runner> runners = new ArrayList<>();
  // What waits for its peer, and since when; the longest first.
  private final Map<Object, Long> withPeers = new LinkedHashMap<>();
  private List<Runnable> heldBack = new ArrayList<>();
  private boolean looking;
  private boolean stopped;

  /**
   * Has no step yet.
   *
   * @param cores how many steps may run at a time, those that take long not counted
   */
  HandshakeQueue(Scheduler scheduler, String threadName, int cores) {
    this(scheduler, new NamedThreads(threadName), null, cores);
  }

  /**
   * The same on threads of somebody else.
   *
   * @param threads may refuse: what is refused is asked for again soon
   */
  public HandshakeQueue(Scheduler scheduler, Executor threads, int cores) {
    this(scheduler, new NamedThreads("handshakes"), threads, cores);
  }

  private HandshakeQueue(
      Scheduler scheduler, NamedThreads names, @Nullable Executor threads, int cores) {
    this.scheduler = scheduler;
    this.cores = cores;
    this.names = names;
    this.threads = threads == null ? poolOf(names) : threads;
  }

  private static ThreadPoolExecutor poolOf(NamedThreads names) {
    return new ThreadPoolExecutor(
        0, MOST_THREADS, IDLE_THREAD_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), names);
  }

  /** On all cores of this machine but one. */
  static HandshakeQueue onThisMachine(Scheduler scheduler, String threadName) {
    int cores = Runtime.getRuntime().availableProcessors();
    return new HandshakeQueue(scheduler, threadName, Math.max(1, cores - 1));
  }

  /** A handshake that goes on when its peer says something. */
  public void waitForPeer(Object handshake) {
    synchronized (lock) {
      if (!stopped) {
        withPeers.put(handshake, scheduler.nanoTime());
      }
    }
  }

  /** A handshake is done or has failed. */
  public void end(Object handshake) {
    List<Runnable> released;
    synchronized (lock) {
      withPeers.remove(handshake);
      released = released();
    }
    released.forEach(scheduler::untilDone);
  }

  /**
   * Runs a step of a handshake as soon as it has its turn. A step whose connection has ended should
   * return at once.
   *
   * @param hasBegun whether the handshake has had a step before
   * @throws RejectedExecutionException after the stop
   */
  public void execute(Object handshake, Runnable step, boolean hasBegun) {
    Runner called;
    boolean look;
    synchronized (lock) {
      if (stopped) {
        throw new RejectedExecutionException("The stack is stopped");
      }
      withPeers.remove(handshake);
      (hasBegun ? begun : first).add(step);
      called = oneMore();
      look = called == null && !looking;
      looking |= look;
    }
    call(called);
    if (look) {
      lookLater();
    }
  }

  /**
   * Whether too many handshakes are under way, so that nobody further should be accepted. Then
   * {@code again} is run when there is room, on any thread.
   */
  boolean holdsBack(Runnable again) {
    boolean first;
    synchronized (lock) {
      if (stopped || underWay() < MOST_UNDER_WAY * cores) {
        return false;
      }
      first = heldBack.isEmpty();
      heldBack.add(again);
    }
    if (first) {
      releaseLater();
    }
    return true;
  }

  /** Guarded by lock. */
  private int underWay() {
    Iterator<Long> longestFirst = withPeers.values().iterator();
    long now = scheduler.nanoTime();
    while (longestFirst.hasNext() && now - longestFirst.next() >= PEER_NANOS) {
      longestFirst.remove();
    }
    return withPeers.size() + begun.size() + first.size() + runners.size();
  }

  /** Peers that say nothing release those that are held back after a while. */
  private void releaseLater() {
    scheduler.schedule(
        () -> {
          List<Runnable> released;
          boolean more;
          synchronized (lock) {
            released = released();
            more = !heldBack.isEmpty();
          }
          released.forEach(scheduler::untilDone);
          if (more) {
            releaseLater();
          }
        },
        PEER_NANOS / 4);
  }

  /** Whether the calling thread runs such steps. */
  boolean isOwnThread() {
    return names.isCurrent();
  }

  /** Drops the steps that wait; those that run come to their end. */
  public void stop() {
    List<Runnable> released;
    synchronized (lock) {
      stopped = true;
      begun.clear();
      first.clear();
      withPeers.clear();
      released = released();
    }
    if (threads instanceof ThreadPoolExecutor own) {
      own.shutdown();
    }
    released.forEach(scheduler::untilDone);
  }

  /** One more to run steps, if there are any and it may. Guarded by lock. */
  private @Nullable Runner oneMore() {
    if ((begun.isEmpty() && first.isEmpty()) || runners.size() == MOST_THREADS || isBusy()) {
      return null;
    }
    Runner runner = new Runner();
    runners.add(runner);
    return runner;
  }

  /** Whether as many steps run as there are cores for. Guarded by lock. */
  private boolean isBusy() {
    int quick = 0;
    for (Runner runner : runners) {
      quick += runner.takesLong ? 0 : 1;
    }
    return quick >= cores;
  }

  private void call(@Nullable Runner runner) {
    if (runner == null) {
      return;
    }
    try {
      threads.execute(runner);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      LOG.debug("{}: no thread for a step of a TLS handshake yet", names, e);
      boolean look;
      synchronized (lock) {
        runners.remove(runner);
        look = !looking && !stopped;
        looking |= look;
      }
      if (look) {
        lookLater();
      }
    }
  }

  private void lookLater() {
    try {
      scheduler.schedule(this::look, LOOK_NANOS);
    } catch (RuntimeException | Error e) {
      synchronized (lock) {
        looking = false;
      }
      Failures.log(LOG, names, e);
    }
  }

  private void look() {
    Runner called;
    synchronized (lock) {
      for (Runner runner : runners) {
        runner.takesLong |= runner.taken == runner.takenSeen;
        runner.takenSeen = runner.taken;
      }
      called = oneMore();
      looking = !stopped && !(begun.isEmpty() && first.isEmpty());
      if (!looking) {
        for (Runner runner : runners) {
          runner.takenSeen = -1;
        }
        return;
      }
    }
    call(called);
    lookLater();
  }

  /** Guarded by lock. */
  private List<Runnable> released() {
    if (heldBack.isEmpty() || (!stopped && underWay() > MOST_UNDER_WAY * cores / 2)) {
      return List.of();
    }
    List<Runnable> released = heldBack;
    heldBack = new ArrayList<>();
    return released;
  }

  private final class Runner implements Runnable {
    // Guarded by lock.
    private boolean takesLong;
    private long taken;
    private long takenSeen = -1;

    @Override
    public void run() {
      while (!isOver()) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }

    /** Runs steps as long as there are any; false where it has to go on after a failure. */
    private boolean isOver() {
      try {
        Runnable step = next();
        while (step != null) {
          step.run();
          step = next();
        }
        return true;
      } catch (Throwable e) {
        Failures.log(LOG, names, e);
        return false;
      }
    }

    private @Nullable Runnable next() {
      Runnable step;
      List<Runnable> released;
      synchronized (lock) {
        if (takesLong && isBusy()) {
          // Another one has taken its place meanwhile.
          runners.remove(this);
          return null;
        }
        takesLong = false;
        step = begun.isEmpty() ? first.poll() : begun.poll();
        taken++;
        if (step == null) {
          runners.remove(this);
        }
        released = released();
      }
      released.forEach(scheduler::untilDone);
      return step;
    }
  }
}
