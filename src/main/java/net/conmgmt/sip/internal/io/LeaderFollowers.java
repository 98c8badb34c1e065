package net.conmgmt.sip.internal.io;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import net.conmgmt.sip.internal.time.Failures;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Shares a loop among threads by the Leader/Followers pattern: one of them at a time, the leader,
 * runs the loop. The leader may run a step of other work in between, without waking another thread
 * for it. If the step takes long, another thread becomes the leader; and no more such steps are
 * allowed for a while, as more may take long.
 *
 * <p>{@link #run} is for the leader; all else is thread-safe.
 */
final class LeaderFollowers {

  private static final Logger LOG = LogManager.getLogger(LeaderFollowers.class);

  /** A step that is seen twice at this interval takes long. Seldom enough to cost nothing. */
  static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  /** For how long there are no steps after one that took long. */
  static final long CAUTION_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Executor threads;
  private final Scheduler scheduler;
  private final Runnable loop;

  // Odd while a step runs. The thread that makes it even again is the leader from then on.
  private final AtomicLong turns = new AtomicLong();
  private final AtomicBoolean looking = new AtomicBoolean();
  // Used by who looks only.
  private long turnSeen;
  private volatile boolean cautious;
  // Whose step runs. Each thread only asks whether it is its own, so this need not be volatile.
  private @Nullable Thread stepping;

  /**
   * @param threads where they come from: two at most but for moments, the second one while a step
   *     takes long
   * @param loop runs until it ends or until {@link #run} says no
   */
  LeaderFollowers(Executor threads, Scheduler scheduler, Runnable loop) {
    this.threads = threads;
    this.scheduler = scheduler;
    this.loop = loop;
  }

  void start() {
    threads.execute(loop);
  }

  /** Whether a step may run. */
  boolean mayRun() {
    return !cautious;
  }

  /** Runs a step. Gives whether this thread is still the leader. */
  boolean run(Runnable step) {
    stepping = Thread.currentThread();
    long turn = turns.incrementAndGet();
    try {
      look(turn);
      step.run();
    } catch (RuntimeException | Error e) {
      Failures.log(LOG, threads, e);
    }
    if (turns.compareAndSet(turn, turn + 1)) {
      return true;
    }
    beCautiousNoLongerThan(CAUTION_NANOS);
    return false;
  }

  private void beCautiousNoLongerThan(long nanos) {
    try {
      scheduler.schedule(() -> cautious = false, nanos);
    } catch (RuntimeException | Error e) {
      cautious = false;
      Failures.log(LOG, threads, e);
    }
  }

  /** From now on, while there are steps, it is looked whether one takes long. */
  private void look(long turn) {
    if (!looking.get() && looking.compareAndSet(false, true)) {
      turnSeen = turn;
      lookLater();
    }
  }

  private void lookLater() {
    try {
      scheduler.schedule(this::lookAgain, LOOK_NANOS);
    } catch (RuntimeException | Error e) {
      // The next step tries again.
      looking.set(false);
      Failures.log(LOG, threads, e);
    }
  }

  private void lookAgain() {
    long turn = turns.get();
    if (isStep(turn)) {
      if (turn == turnSeen) {
        takeOver(turn);
      }
      turnSeen = turn;
      lookLater();
      return;
    }
    looking.set(false);
    long now = turns.get();
    if (isStep(now)) {
      look(now);
    }
  }

  private static boolean isStep(long turn) {
    return turn % 2 == 1;
  }

  /** If a step runs, another thread becomes the leader soon: somebody waits for the loop. */
  void takeOver() {
    long turn = turns.get();
    if (isStep(turn)) {
      takeOver(turn);
    }
  }

  /** The same if the step is what calls, as it may wait for the loop. */
  void takeOverFromStep() {
    if (stepping == Thread.currentThread()) {
      takeOver();
    }
  }

  private void takeOver(long turn) {
    try {
      threads.execute(() -> lead(turn));
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      // The loop has ended, or the system has no thread left.
      LOG.debug("{}: no other thread can take over yet", threads, e);
    }
  }

  /** Unless the step of that turn has ended. */
  private void lead(long turn) {
    if (turns.get() != turn) {
      return;
    }
    // Begins before, as it ends some time after the step.
    cautious = true;
    if (turns.compareAndSet(turn, turn + 1)) {
      loop.run();
    } else {
      cautious = false;
    }
  }
}
