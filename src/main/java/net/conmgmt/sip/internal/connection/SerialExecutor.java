package net.conmgmt.sip.internal.connection;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import net.conmgmt.sip.internal.connection.Steps.Step;
import net.conmgmt.sip.internal.time.Failures;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs the steps of one connection on threads that it shares with others, one at a time and in
 * order of arrival, as long as none of them takes long. While one does, other threads continue with
 * the steps that need not wait for it:
 *
 * <ul>
 *   <li>Steps of one call (one Call-ID) keep their order. Steps of other calls go on.
 *   <li>A response does not wait for a request of its call that takes long: who handles that
 *       request may be waiting for the response.
 *   <li>A step of no call, such as an event of the connection, runs after everything before it, and
 *       nothing that came after it overtakes it.
 * </ul>
 *
 * <p>A step that throws is logged and harms no other. When no other thread takes them, as the stack
 * stops or the system has none left, the steps run on the one that brings them. Thread-safe; no
 * lock is held while a step runs.
 */
public final class SerialExecutor implements Executor {

  /** Is told when too much waits, so that less may come; never two calls at a time. */
  @FunctionalInterface
  public interface Brake {
    /**
     * Called with a lock held: neither call can overtake the other. One that throws has changed
     * nothing, and is repeated.
     */
    void tooMuchWaits(boolean tooMuch);
  }

  /** Set in the number of a response, whose other bits are those of its call. */
  public static final long RESPONSE = Steps.RESPONSE;

  private static final Logger LOG = LogManager.getLogger(SerialExecutor.class);

  /** How many steps run before others have their turn on the thread. */
  private static final int BATCH = 64;

  /** After a failure of this class itself: there is no heap, and may be soon. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** About what a step takes in memory by itself. */
  private static final int STEP_BYTES = 96;

  /** A step that is seen twice at this interval, with others waiting, takes long. */
  static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Executor threads;
  private final @Nullable Scheduler scheduler;
  private final int mostThreads;
  private final Object about;
  private final int maxWaitingBytes;
  private final MemoryBudget.Share memory;
  private final Brake brake;

  // All below is guarded by waiting.
  private final Steps waiting = new Steps();
  // There from the beginning, so that going on needs no memory.
  private final Runner firstRunner = new Runner();
  // Those that are called to run steps, linked.
  private @Nullable Runner runners;
  private int runnerCount;
  private long waitingBytes;
  private boolean braked;
  private boolean held;
  private boolean looking;
  private long arrivals;
  private boolean ended;

  /**
   * Has no step yet.
   *
   * @param threads where the steps run
   * @param scheduler looks whether a step takes long
   * @param mostThreads how many threads steps that take long may hold; with 1 no two steps ever run
   *     at a time
   * @param about what they are about, such as a connection, for the log
   * @param maxWaitingBytes the brake is on from more than this until half of it
   * @param memory where the steps that wait are counted; the brake is on too while little is left
   */
  public SerialExecutor(
      Executor threads,
      @Nullable Scheduler scheduler,
      int mostThreads,
      Object about,
      int maxWaitingBytes,
      MemoryBudget.Share memory,
      Brake brake) {
    this.threads = threads;
    this.scheduler = scheduler;
    this.mostThreads = mostThreads;
    this.about = about;
    this.maxWaitingBytes = maxWaitingBytes;
    this.memory = memory;
    this.brake = brake;
  }

  /** Without a brake and on one thread at a time, for steps that come from within. */
  public SerialExecutor(Executor threads, Object about) {
    this(
        threads,
        null,
        1,
        about,
        Integer.MAX_VALUE,
        new MemoryBudget(Long.MAX_VALUE).share(),
        tooMuch -> {});
  }

  /** Runs the step after those that came before; never inside this call while threads are there. */
  @Override
  public void execute(Runnable work) {
    add(new Step(work, STEP_BYTES, Steps.NO_CALL), false);
  }

  /**
   * The same for a step of a call, which holds so many bytes until it has run.
   *
   * @param call a number of the call, with {@link #RESPONSE} set for a response; not 0
   */
  public void execute(Runnable work, int bytes, long call) {
    add(new Step(work, bytes + STEP_BYTES, call), false);
  }

  /**
   * Asks whether to hold all steps that have not begun; to be called after each change of that.
   * Meanwhile the brake is on.
   */
  public void holdIf(BooleanSupplier asked) {
    Runner called = null;
    boolean look = false;
    synchronized (waiting) {
      held = asked.getAsBoolean();
      if (held && !braked) {
        brake.tooMuchWaits(true);
        braked = true;
      }
      if (!held) {
        tryToReleaseBrake();
        // Without a step it releases the brake where that has failed.
        if (braked || waiting.first() != null) {
          called = threadToCall();
          look = beginsToLook();
        }
      }
    }
    go(called, look);
  }

  /** Where it fails, a thread that takes a step or leaves tries again. */
  private void tryToReleaseBrake() {
    try {
      releaseBrake();
    } catch (RuntimeException | Error e) {
      Failures.log(LOG, about, e);
    }
  }

  private void releaseBrake() {
    boolean room = memory.holdAnyway(waitingBytes);
    if (braked && !held && waitingBytes <= maxWaitingBytes / 2 && room) {
      brake.tooMuchWaits(false);
      braked = false;
    }
  }

  /** Runs the step after those that came before, and nothing that comes later runs at all. */
  public void executeLast(Runnable work) {
    add(new Step(work, STEP_BYTES, Steps.NO_CALL), true);
  }

  private void add(Step step, boolean last) {
    Runner called = null;
    boolean look = false;
    synchronized (waiting) {
      if (ended) {
        return;
      }
      // First what may fail: then the step was not taken.
      long bytes = waitingBytes + step.bytes();
      boolean room = memory.holdAnyway(bytes);
      if (!braked && (bytes > maxWaitingBytes || !room)) {
        brake.tooMuchWaits(true);
        braked = true;
      }
      ended = last;
      waitingBytes = bytes;
      step.arrived(arrivals++);
      waiting.add(step);
      if (!held) {
        boolean alone = runnerCount == 0;
        called = threadToCall();
        look = !alone && beginsToLook();
      }
    }
    go(called, look);
  }

  private void go(@Nullable Runner called, boolean look) {
    if (called != null) {
      callThread(called);
    }
    if (look) {
      lookLater();
    }
  }

  /** The one to call for what waits, or null where those that run are enough. */
  private @Nullable Runner threadToCall() {
    if (runnerCount == 0) {
      return enter(firstRunner);
    }
    return runnerCount < mostThreads && mayBeginBeside() ? enter(new Runner()) : null;
  }

  /** Whether all take long and the first of what waits need not wait until nothing runs. */
  private boolean mayBeginBeside() {
    Step first = waiting.first();
    if (first == null || isEvent(first)) {
      return false;
    }
    for (Runner runner = runners; runner != null; runner = runner.nextRunner) {
      if (!runner.takesLong || isEvent(runner.running)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isEvent(@Nullable Step step) {
    return step != null && step.call() == Steps.NO_CALL;
  }

  /** Whether to look later for what takes long, as steps wait while others run. */
  private boolean beginsToLook() {
    if (looking || mostThreads == 1) {
      return false;
    }
    looking = true;
    for (Runner runner = runners; runner != null; runner = runner.nextRunner) {
      runner.seen = true;
    }
    return true;
  }

  private Runner enter(Runner runner) {
    runner.nextRunner = runners;
    runners = runner;
    runnerCount++;
    return runner;
  }

  private void leave(Runner runner) {
    if (runners == runner) {
      runners = runner.nextRunner;
    } else {
      Runner before = runners;
      while (before != null && before.nextRunner != runner) {
        before = before.nextRunner;
      }
      if (before != null) {
        before.nextRunner = runner.nextRunner;
      }
    }
    runner.nextRunner = null;
    runnerCount--;
  }

  private void lookLater() {
    if (scheduler == null) {
      return;
    }
    try {
      scheduler.schedule(Scheduler.named(about, this::look), LOOK_NANOS);
    } catch (RuntimeException | Error e) {
      // The next step tries again.
      synchronized (waiting) {
        looking = false;
      }
      Failures.log(LOG, about, e);
    }
  }

  /** Finds what takes long, and calls one more thread if all do. */
  private void look() {
    Runner called;
    synchronized (waiting) {
      for (Runner runner = runners; runner != null; runner = runner.nextRunner) {
        look(runner);
      }
      if (runnerCount == 0 || waitingBytes == 0) {
        looking = false;
        return;
      }
      called = held ? null : threadToCall();
    }
    go(called, true);
  }

  private void look(Runner runner) {
    // One that was called and has not begun: there is no thread for it, and none for another.
    if (runner.running == null) {
      return;
    }
    runner.takesLong = runner.seen;
    runner.seen = true;
    if (runner.takesLong && !runner.running.isResponse()) {
      runner.behind.moveResponses(waiting);
    }
  }

  private void callThread(Runner runner) {
    try {
      threads.execute(runner);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      // The stack stops, or the system has no thread left: it is done on this one.
      boolean more = true;
      while (more) {
        more = runner.goesOn();
      }
      LOG.debug("{}: no other thread could take over, so this one went on", about, e);
    }
  }

  /** Gives whether more may wait. */
  private boolean runSteps(Runner runner, int most) {
    for (int i = 0; i < most; i++) {
      Step step = next(runner);
      if (step == null) {
        return false;
      }
      try {
        step.work().run();
      } catch (Throwable e) {
        Failures.log(LOG, about, e);
      }
    }
    return true;
  }

  private @Nullable Step next(Runner me) {
    synchronized (waiting) {
      me.running = null;
      me.seen = false;
      me.takesLong = false;
      Step step = nextFor(me);
      if (step == null) {
        // Where this fails it is tried again: nobody else would release it.
        releaseBrake();
        leave(me);
        return null;
      }
      me.running = step;
      waitingBytes -= step.bytes();
      // The step in hand must not be lost.
      tryToReleaseBrake();
      return step;
    }
  }

  private @Nullable Step nextFor(Runner me) {
    if (held) {
      me.behind.moveAll(waiting);
      return null;
    }
    Step step = me.behind.poll();
    while (step != null) {
      if (mayRun(step)) {
        return step;
      }
      step = me.behind.poll();
    }
    while (waiting.first() != null) {
      if (isEvent(waiting.first())) {
        // The last one that runs takes it.
        return runnerCount > 1 ? null : waiting.poll();
      }
      step = waiting.poll();
      if (step != null && mayRun(step)) {
        return step;
      }
    }
    return null;
  }

  /** Whether nothing of its call runs; else it waits behind that. */
  private boolean mayRun(Step step) {
    for (Runner runner = runners; runner != null; runner = runner.nextRunner) {
      Step running = runner.running;
      if (running != null && running.isOfCall(step.call())) {
        boolean overtakes = step.isResponse() && !running.isResponse() && runner.takesLong;
        if (!overtakes) {
          runner.behind.add(step);
          return false;
        }
      }
    }
    return true;
  }

  /** A thread's turn. */
  private final class Runner implements Runnable {
    // Guarded by waiting.
    private @Nullable Runner nextRunner;
    private @Nullable Step running;
    // Whether one look has found that step running, and whether another has after it.
    private boolean seen;
    private boolean takesLong;
    private final Steps behind = new Steps();

    @Override
    public void run() {
      if (goesOn()) {
        callThread(this);
      }
    }

    /** Takes its turn, which no lack of heap ends; gives whether more may wait. */
    private boolean goesOn() {
      while (true) {
        try {
          return runSteps(this, BATCH);
        } catch (RuntimeException | Error e) {
          Failures.log(LOG, about, e);
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    }
  }
}
