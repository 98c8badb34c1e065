package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;

class SerialExecutorTest {

  private static final String END = "end";
  private static final long CALL = 2;
  private static final long OTHER_CALL = 4;
  private static final long THIRD_CALL = 6;

  private final List<String> told = new ArrayList<>();
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final VirtualScheduler time = new VirtualScheduler();
  private boolean stopped;
  private boolean noThreadLeft;
  private final MemoryBudget memory = new MemoryBudget(10_000);
  private final SerialExecutor inOrder =
      new SerialExecutor(
          this::call,
          time,
          3,
          "a connection",
          1_000,
          memory.share(),
          on -> told.add(on ? "paused" : "goes on"));

  private void call(Runnable task) {
    if (stopped) {
      throw new RejectedExecutionException("stopped");
    }
    if (noThreadLeft) {
      throw new OutOfMemoryError("unable to create native thread");
    }
    tasks.add(task);
  }

  private void add(String step) {
    inOrder.execute(() -> told.add(step));
  }

  private void runThreads() {
    Runnable task = tasks.poll();
    while (task != null) {
      task.run();
      task = tasks.poll();
    }
  }

  @Test
  void noStepRunsOnTheThreadThatBringsIt() {
    add("1");
    assertThat(told).isEmpty();
    runThreads();
    assertThat(told).containsExactly("1");
  }

  @Test
  void stepsRunInTheirOrderThoughTheyFillSeveralBatches() {
    List<String> expected = new ArrayList<>();
    IntStream.range(0, 150).mapToObj(Integer::toString).forEach(expected::add);
    SerialExecutor unbounded = new SerialExecutor(this::call, "a connection");
    expected.forEach(step -> unbounded.execute(() -> told.add(step)));
    runThreads();
    assertThat(told).isEqualTo(expected);
  }

  @Test
  void aStepThatOthersBringWhileOneRunsComesAfterThoseThatWait() {
    inOrder.execute(
        () -> {
          add("3");
          told.add("1");
        });
    add("2");
    assertThat(tasks).as("threads that were called").hasSize(1);
    runThreads();
    assertThat(told).containsExactly("1", "2", "3");
  }

  @Test
  void whileItIsHeldNothingBeginsAndAfterwardsAllRunsInItsOrder() {
    inOrder.execute(
        () -> {
          told.add("1");
          inOrder.holdIf(() -> true);
        });
    add("2");
    runThreads();
    add("3");
    runThreads();
    assertThat(told).containsExactly("1", "paused");
    inOrder.holdIf(() -> false);
    runThreads();
    assertThat(told).containsExactly("1", "paused", "goes on", "2", "3");
    add("4");
    runThreads();
    assertThat(told).endsWith("4");
  }

  @Test
  void nothingRunsAfterTheLastStep() {
    inOrder.executeLast(
        () -> {
          told.add(END);
          add("brought by the last");
        });
    add("brought after the last");
    inOrder.executeLast(() -> told.add("another last"));
    runThreads();
    assertThat(told).containsExactly(END);
  }

  @Test
  void aStepThatThrowsHarmsNoOther() {
    inOrder.execute(
        () -> {
          throw new IllegalStateException("expected by this test");
        });
    add("2");
    runThreads();
    assertThat(told).containsExactly("2");
  }

  @Test
  void whenTheThreadsTakeNothingAnyMoreTheStepsRunAllTheSame() {
    add("1");
    IntStream.range(2, 100).mapToObj(Integer::toString).forEach(this::add);
    inOrder.executeLast(() -> told.add(END));
    stopped = true;
    runThreads();
    assertThat(told).startsWith("paused", "1", "2").endsWith(END).hasSize(102);
    SerialExecutor late = new SerialExecutor(this::call, "a connection");
    late.execute(() -> told.add("late"));
    assertThat(told).endsWith("late");
  }

  @Test
  void whereNoThreadIsLeftTheStepRunsAllTheSame() {
    noThreadLeft = true;
    add("1");
    inOrder.executeLast(() -> told.add(END));
    assertThat(told).containsExactly("1", END);
  }

  @Test
  void theBrakeIsOnFromTooMuchUntilHalfOfIt() {
    IntStream.range(0, 4).forEach(i -> inOrder.execute(() -> told.add("m" + i), 400, CALL));
    assertThat(told).containsExactly("paused");
    runThreads();
    assertThat(told).containsExactly("paused", "m0", "m1", "goes on", "m2", "m3");
  }

  @Test
  void theBrakeIsOnWhileAllConnectionsTogetherHoldTooMuch() {
    SerialExecutor roomy =
        new SerialExecutor(
            this::call,
            time,
            3,
            "a connection",
            1_000_000,
            memory.share(),
            on -> told.add(on ? "paused" : "goes on"));
    MemoryBudget.Share others = memory.share();
    others.hold(6_000);
    roomy.execute(() -> told.add("small"), 500, CALL);
    assertThat(told).as("little is not counted").isEmpty();
    roomy.execute(() -> told.add("large"), 5_000, CALL);
    assertThat(told).containsExactly("paused");
    assertThat(memory.leftBytes()).as("what is there counts all the same").isNegative();
    roomy.execute(() -> told.add("last"));
    runThreads();
    assertThat(told).containsExactly("paused", "small", "goes on", "large", "last");
    assertThat(memory.takenBytes()).isEqualTo(6_000);
  }

  @Test
  void theBrakeIsOffAsSoonAsOthersHaveMadeRoom() {
    SerialExecutor roomy =
        new SerialExecutor(
            this::call,
            time,
            3,
            "a connection",
            1_000_000,
            memory.share(),
            on -> told.add(on ? "paused" : "goes on"));
    MemoryBudget.Share others = memory.share();
    others.hold(6_000);
    IntStream.range(0, 3).forEach(i -> roomy.execute(() -> told.add("m" + i), 5_000, CALL));
    others.end();
    runThreads();
    assertThat(told).containsExactly("paused", "m0", "goes on", "m1", "m2");
    assertThat(memory.takenBytes()).isZero();
  }

  @Test
  void aFloodOfSmallStepsBrakesToo() {
    IntStream.range(0, 100).forEach(i -> inOrder.execute(() -> {}));
    assertThat(told).containsExactly("paused");
  }

  private void add(String step, long call) {
    inOrder.execute(() -> told.add(step), 0, call);
  }

  /** A step during which the others come and time goes by. */
  private void addBlocked(String step, long call, Runnable meanwhile) {
    inOrder.execute(
        () -> {
          told.add("begin " + step);
          meanwhile.run();
          time.advance(2 * SerialExecutor.LOOK_NANOS);
          runThreads();
          told.add("end " + step);
        },
        0,
        call);
  }

  @Test
  void whatTakesNoTimeRunsInTheOrderInWhichItCameAndOnOneThread() {
    add("1", CALL);
    add("2", OTHER_CALL);
    add("3", CALL | SerialExecutor.RESPONSE);
    add("4", THIRD_CALL);
    assertThat(tasks).hasSize(1);
    runThreads();
    assertThat(told).containsExactly("1", "2", "3", "4");
  }

  @Test
  void whileAStepTakesLongOtherCallsGoOnAndItsOwnWaits() {
    addBlocked(
        "a1",
        CALL,
        () -> {
          add("a2", CALL);
          add("b1", OTHER_CALL);
          add("a3", CALL);
          add("b2", OTHER_CALL);
        });
    runThreads();
    assertThat(told).containsExactly("begin a1", "b1", "b2", "end a1", "a2", "a3");
    time.advance(10 * SerialExecutor.LOOK_NANOS);
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  void aSecondStepThatTakesLongIsPassedToo() {
    addBlocked("a", CALL, () -> addBlocked("b", OTHER_CALL, () -> add("c", THIRD_CALL)));
    runThreads();
    assertThat(told).containsExactly("begin a", "begin b", "c", "end b", "end a");
  }

  @Test
  void noMoreThreadsAreHeldThanAllowed() {
    addBlocked(
        "a",
        2,
        () ->
            addBlocked(
                "b", 4, () -> addBlocked("c", 6, () -> addBlocked("d", 8, () -> add("e", 10)))));
    runThreads();
    assertThat(told)
        .containsExactly(
            "begin a", "begin b", "begin c", "end c", "begin d", "end d", "e", "end b", "end a");
  }

  @Test
  void anEventRunsAfterAllBeforeItAndNothingOvertakesIt() {
    addBlocked(
        "a1",
        CALL,
        () -> {
          add("b1", OTHER_CALL);
          add("event");
          add("b2", OTHER_CALL);
          add("a2", CALL);
        });
    runThreads();
    assertThat(told).containsExactly("begin a1", "b1", "end a1", "event", "b2", "a2");
  }

  @Test
  void nothingRunsBesideAnEvent() {
    inOrder.execute(
        () -> {
          told.add("event");
          add("a", CALL);
          time.advance(3 * SerialExecutor.LOOK_NANOS);
          runThreads();
          told.add("end of event");
        });
    runThreads();
    assertThat(told).containsExactly("event", "end of event", "a");
  }

  @Test
  void aResponseDoesNotWaitForTheRequestWhoseHandlerWaitsForIt() {
    addBlocked(
        "request",
        CALL,
        () -> {
          add("b", OTHER_CALL);
          add("another request", CALL);
          add("response", CALL | SerialExecutor.RESPONSE);
        });
    runThreads();
    assertThat(told)
        .containsExactly("begin request", "b", "response", "end request", "another request");
  }

  @Test
  void aRequestWaitsForTheResponseBeforeIt() {
    addBlocked("response", CALL | SerialExecutor.RESPONSE, () -> add("request", CALL));
    runThreads();
    assertThat(told).containsExactly("begin response", "end response", "request");
  }

  @Test
  void withoutHeapForTheLogTheStepsGoOn() {
    inOrder.execute(
        () -> {
          throw new OutOfMemoryError("no heap, expected by this test") {
            private static final long serialVersionUID = 1L;

            @Override
            public StackTraceElement[] getStackTrace() {
              throw new OutOfMemoryError("no heap for a line either");
            }
          };
        });
    add("2");
    runThreads();
    assertThat(told).containsExactly("2");
  }

  @Test
  void readingGoesOnThoughThereWasNoHeapToSaySo() {
    AtomicInteger lacks = new AtomicInteger(2);
    SerialExecutor braked =
        new SerialExecutor(
            this::call,
            time,
            1,
            "a connection",
            1_000,
            memory.share(),
            on -> {
              if (!on && lacks.getAndDecrement() > 0) {
                throw new OutOfMemoryError("no heap, expected by this test");
              }
              told.add(on ? "paused" : "goes on");
            });
    braked.execute(() -> told.add("large"), 2_000, CALL);
    runThreads();
    braked.execute(() -> told.add("next"));
    runThreads();
    assertThat(told).containsExactly("paused", "large", "goes on", "next");
  }
}
