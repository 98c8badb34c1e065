package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SerialExecutorTest extends StepsOfAConnection {

  private static final String END = "end";

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
  void heldWithNothingToDoReadingGoesOnAsSoonAsItIsNotHeld() {
    inOrder.holdIf(() -> true);
    inOrder.holdIf(() -> true);
    inOrder.holdIf(() -> false);
    inOrder.holdIf(() -> false);
    assertThat(told).containsExactly("paused", "goes on");
    assertThat(tasks).as("nothing is to be done").isEmpty();
  }

  @Test
  void afterAHoldReadingGoesOnOnlyOnceNotTooMuchWaits() {
    inOrder.holdIf(() -> true);
    IntStream.range(0, 3).forEach(i -> inOrder.execute(() -> told.add("m" + i), 404, CALL));
    inOrder.holdIf(() -> false);
    assertThat(told).containsExactly("paused");
    runThreads();
    assertThat(told).containsExactly("paused", "m0", "goes on", "m1", "m2");
  }

  @Test
  void callsThatComeLaterRunAsThoseBefore() {
    for (String step : List.of("1", "2", "3")) {
      add(step, CALL);
      assertThat(tasks).hasSize(1);
      runThreads();
    }
    assertThat(told).containsExactly("1", "2", "3");
  }

  @Test
  void withOneThreadNothingIsWatchedAndNoTwoStepsRunAtATime() {
    SerialExecutor one = executor(1, 1_000);
    one.execute(
        () -> {
          one.execute(() -> told.add("b"), 0, OTHER_CALL);
          letTimePass();
          runThreads();
          told.add("a");
        },
        0,
        CALL);
    runThreads();
    assertThat(told).containsExactly("a", "b");
    assertThat(time.scheduledTasks()).isZero();
  }

  @Test
  void afterSixtyFourStepsOthersHaveTheirTurnOnTheThread() {
    SerialExecutor unbounded = executor(1, 1_000_000);
    for (int i = 0; i < 65; i++) {
      unbounded.execute(() -> told.add("step"));
    }
    tasks.remove().run();
    assertThat(told).hasSize(64);
    assertThat(tasks).hasSize(1);
    runThreads();
    assertThat(told).hasSize(65);
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

  /** Each takes 96 bytes itself. */
  @Test
  void theBrakeIsOnFromTooMuchUntilHalfOfIt() {
    inOrder.execute(() -> told.add("m0"), 404, CALL);
    inOrder.execute(() -> told.add("m1"), 404, CALL);
    assertThat(told).as("1,000 bytes").isEmpty();
    inOrder.execute(() -> told.add("m2"), 1, CALL);
    inOrder.execute(() -> told.add("m3"), 307, CALL);
    assertThat(told).containsExactly("paused");
    runThreads();
    assertThat(told).containsExactly("paused", "m0", "goes on", "m1", "m2", "m3");
  }

  @Test
  void theBrakeStaysOnWhileOneByteMoreThanHalfWaits() {
    inOrder.execute(() -> told.add("m0"), 404, CALL);
    inOrder.execute(() -> told.add("m1"), 405, CALL);
    runThreads();
    assertThat(told).containsExactly("paused", "m0", "goes on", "m1");
  }

  @Test
  void aFloodOfSmallMessagesBrakesToo() {
    IntStream.range(0, 10).forEach(i -> add("m", CALL));
    assertThat(told).isEmpty();
    add("m", CALL);
    assertThat(told).containsExactly("paused");
  }

  @Test
  void theBrakeIsOnWhileAllConnectionsTogetherHoldTooMuch() {
    SerialExecutor roomy = executor(3, 1_000_000);
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
    SerialExecutor roomy = executor(3, 1_000_000);
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
}
