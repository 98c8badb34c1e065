package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SerialExecutorTest {

  private static final String END = "end";

  private final List<String> told = new ArrayList<>();
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private boolean stopped;
  private boolean noThreadLeft;
  private final MemoryBudget memory = new MemoryBudget(10_000);
  private final SerialExecutor inOrder =
      new SerialExecutor(
          this::call,
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
    IntStream.range(0, 4).forEach(i -> inOrder.execute(() -> told.add("m" + i), 400));
    assertThat(told).containsExactly("paused");
    runThreads();
    assertThat(told).containsExactly("paused", "m0", "m1", "goes on", "m2", "m3");
  }

  @Test
  void theBrakeIsOnWhileAllConnectionsTogetherHoldTooMuch() {
    SerialExecutor roomy =
        new SerialExecutor(
            this::call,
            "a connection",
            1_000_000,
            memory.share(),
            on -> told.add(on ? "paused" : "goes on"));
    MemoryBudget.Share others = memory.share();
    others.hold(6_000);
    roomy.execute(() -> told.add("small"), 500);
    assertThat(told).as("little is not counted").isEmpty();
    roomy.execute(() -> told.add("large"), 5_000);
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
            "a connection",
            1_000_000,
            memory.share(),
            on -> told.add(on ? "paused" : "goes on"));
    MemoryBudget.Share others = memory.share();
    others.hold(6_000);
    IntStream.range(0, 3).forEach(i -> roomy.execute(() -> told.add("m" + i), 5_000));
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
}
