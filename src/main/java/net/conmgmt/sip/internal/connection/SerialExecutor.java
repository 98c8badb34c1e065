package net.conmgmt.sip.internal.connection;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import net.conmgmt.sip.internal.logging.LogContext;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps one at a time, in the order in which they came, on threads that others use too. A step
 * that throws is logged and harms no other. When no other thread takes them, as the stack stops or
 * the system has none left, the steps run on the one that brings them. Thread-safe; no lock is held
 * while a step runs.
 */
public final class SerialExecutor implements Executor {

  /** Is told when too much waits, so that less may come; never two calls at a time. */
  @FunctionalInterface
  public interface Brake {
    /** Called with a lock held: neither call can overtake the other. */
    void tooMuchWaits(boolean tooMuch);
  }

  private record Step(Runnable work, int bytes) {}

  private static final Logger LOG = LogManager.getLogger(SerialExecutor.class);

  /** How many steps run before others have their turn on the thread. */
  private static final int BATCH = 64;

  /** About what a step takes in memory by itself. */
  private static final int STEP_BYTES = 96;

  private final Executor threads;
  private final Object about;
  private final int maxWaitingBytes;
  private final MemoryBudget.Share memory;
  private final Brake brake;
  private final Queue<Step> waiting = new ArrayDeque<>(1);

  // Guarded by waiting.
  private long waitingBytes;
  private boolean braked;
  private boolean running;
  private boolean ended;

  /**
   * Has no step yet.
   *
   * @param threads where the steps run
   * @param about what they are about, such as a connection, for the log
   * @param maxWaitingBytes the brake is on from more than this until half of it
   * @param memory where the steps that wait are counted; the brake is on too while little is left
   */
  public SerialExecutor(
      Executor threads, Object about, int maxWaitingBytes, MemoryBudget.Share memory, Brake brake) {
    this.threads = threads;
    this.about = about;
    this.maxWaitingBytes = maxWaitingBytes;
    this.memory = memory;
    this.brake = brake;
  }

  /** Without a brake, for steps that come from within. */
  public SerialExecutor(Executor threads, Object about) {
    this(
        threads, about, Integer.MAX_VALUE, new MemoryBudget(Long.MAX_VALUE).share(), tooMuch -> {});
  }

  /** Runs the step after those that came before; never inside this call while threads are there. */
  @Override
  public void execute(Runnable work) {
    add(work, 0, false);
  }

  /** The same for a step that holds so many bytes until it has run. */
  public void execute(Runnable work, int bytes) {
    add(work, bytes, false);
  }

  /** The same, and nothing that comes later runs at all. */
  public void executeLast(Runnable work) {
    add(work, 0, true);
  }

  private void add(Runnable work, int bytes, boolean last) {
    Step step = new Step(work, bytes + STEP_BYTES);
    synchronized (waiting) {
      if (ended) {
        return;
      }
      ended = last;
      waiting.add(step);
      waitingBytes += step.bytes();
      boolean room = memory.holdAnyway(waitingBytes);
      if (!braked && (waitingBytes > maxWaitingBytes || !room)) {
        braked = true;
        brake.tooMuchWaits(true);
      }
      if (running) {
        return;
      }
      running = true;
    }
    callThread();
  }

  private void callThread() {
    try {
      threads.execute(this::runBatch);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      // The stack stops, or the system has no thread left.
      LOG.debug("{}: no other thread takes the work, it is done on this one", about, e);
      runSteps(Integer.MAX_VALUE);
    }
  }

  private void runBatch() {
    if (runSteps(BATCH)) {
      callThread();
    }
  }

  /** Gives whether more may wait. */
  private boolean runSteps(int most) {
    for (int i = 0; i < most; i++) {
      Step step = next();
      if (step == null) {
        return false;
      }
      LogContext.enter(about);
      try {
        step.work().run();
      } catch (RuntimeException | Error e) {
        LOG.error("{}: a step failed; the others go on", about, e);
      } finally {
        LogContext.leave();
      }
    }
    return true;
  }

  private @Nullable Step next() {
    synchronized (waiting) {
      Step step = waiting.poll();
      if (step == null) {
        running = false;
        return null;
      }
      waitingBytes -= step.bytes();
      boolean room = memory.holdAnyway(waitingBytes);
      if (braked && waitingBytes <= maxWaitingBytes / 2 && room) {
        braked = false;
        brake.tooMuchWaits(false);
      }
      return step;
    }
  }
}
