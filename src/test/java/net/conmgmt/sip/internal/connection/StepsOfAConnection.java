package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;

/** Steps that note when they run, in virtual time, on threads that a test runs by hand. */
abstract class StepsOfAConnection {

  static final long CALL = 2;
  static final long OTHER_CALL = 4;
  static final long THIRD_CALL = 6;
  static final long RESPONSE = CALL | SerialExecutor.RESPONSE;

  final List<String> told = new CopyOnWriteArrayList<>();
  private final List<AssertionError> failures = new CopyOnWriteArrayList<>();
  final Queue<Runnable> tasks = new ArrayDeque<>();
  final VirtualScheduler time = new VirtualScheduler();
  final MemoryBudget memory = new MemoryBudget(10_000);
  boolean stopped;
  boolean noThreadLeft;
  final SerialExecutor inOrder = executor(3, 1_000);

  SerialExecutor executor(int mostThreads, int maxWaitingBytes) {
    return executor(mostThreads, maxWaitingBytes, on -> told.add(on ? "paused" : "goes on"));
  }

  SerialExecutor executor(int mostThreads, int maxWaitingBytes, SerialExecutor.Brake brake) {
    return new SerialExecutor(
        this::call, time, mostThreads, "a connection", maxWaitingBytes, memory.share(), brake);
  }

  void call(Runnable task) {
    if (stopped) {
      throw new RejectedExecutionException("stopped");
    }
    if (noThreadLeft) {
      throw new OutOfMemoryError("unable to create native thread");
    }
    tasks.add(task);
  }

  void add(String step) {
    inOrder.execute(() -> told.add(step));
  }

  void add(String step, long call) {
    inOrder.execute(() -> told.add(step), 0, call);
  }

  /** A step during which that happens. */
  void add(String step, long call, Runnable meanwhile) {
    inOrder.execute(
        () -> {
          told.add("begin " + step);
          checked(meanwhile);
          told.add("end " + step);
        },
        0,
        call);
  }

  /** What a step asserts would only be logged. */
  void checked(Runnable meanwhile) {
    try {
      meanwhile.run();
    } catch (AssertionError e) {
      failures.add(e);
    }
  }

  @AfterEach
  void noStepFoundAnythingWrong() {
    assertThat(failures).isEmpty();
  }

  void runThreads() {
    Runnable task = tasks.poll();
    while (task != null) {
      task.run();
      task = tasks.poll();
    }
  }

  /** A step during which the others come and time goes by. */
  void addBlocked(String step, long call, Runnable meanwhile) {
    add(
        step,
        call,
        () -> {
          meanwhile.run();
          letTimePass();
          runThreads();
        });
  }

  /** So long that a step which began before takes long. */
  void letTimePass() {
    time.advance(2 * SerialExecutor.LOOK_NANOS);
  }
}
