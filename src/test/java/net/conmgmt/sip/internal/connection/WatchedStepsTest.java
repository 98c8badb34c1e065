package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When a step is found to take long, and for what another thread is called then. */
class WatchedStepsTest extends StepsOfAConnection {

  @Test
  void aStepTakesLongOnceItIsSeenTwiceAndNotBefore() {
    add("before");
    runThreads();
    add(
        "a",
        CALL,
        () -> {
          add("b", OTHER_CALL);
          time.advance(SerialExecutor.LOOK_NANOS - 1);
          assertThat(tasks).isEmpty();
          time.advance(1);
          assertThat(tasks).hasSize(1);
        });
    runThreads();
  }

  @Test
  void aStepThatBeganAfterAllWereSeenDoesNotTakeLongYet() {
    add("a", CALL, () -> add("b", OTHER_CALL, this::seenOnce));
    runThreads();
    assertThat(told).containsExactly("begin a", "end a", "begin b", "end b", "c");
  }

  private void seenOnce() {
    add("c", THIRD_CALL);
    time.advance(SerialExecutor.LOOK_NANOS);
    assertThat(tasks).isEmpty();
    time.advance(SerialExecutor.LOOK_NANOS);
    assertThat(tasks).hasSize(1);
    tasks.clear();
  }

  @Test
  void whatComesWhileAllTakeLongDoesNotWaitToBeSeen() {
    addBlocked(
        "a",
        CALL,
        () -> {
          add("a2", CALL);
          letTimePass();
          runThreads();
          add("b", OTHER_CALL);
          assertThat(tasks).as("called at once").hasSize(1);
        });
    runThreads();
    assertThat(told).containsExactly("begin a", "b", "end a", "a2");
  }

  @Test
  void withAllThreadsHeldNoOtherIsCalled() {
    Runnable last =
        () -> {
          add("d", 8);
          letTimePass();
          add("e", 10);
          assertThat(tasks).isEmpty();
        };
    addBlocked("a", CALL, () -> addBlocked("b", OTHER_CALL, () -> add("c", THIRD_CALL, last)));
    runThreads();
    assertThat(told)
        .containsExactly("begin a", "begin b", "begin c", "end c", "d", "e", "end b", "end a");
  }

  @Test
  void aStepThatComesAloneIsNotWatchedAndManyAreWatchedOnce() {
    add("1", CALL);
    assertThat(time.pendingTasks()).isZero();
    add("2", CALL);
    add("3", CALL);
    assertThat(time.pendingTasks()).isEqualTo(1);
  }

  @Test
  void nobodyWatchesAStepForWhichNoOtherWaits() {
    add(
        "a",
        CALL,
        () -> {
          add("b", OTHER_CALL);
          letTimePass();
          runThreads();
          letTimePass();
          assertThat(time.pendingTasks()).isZero();
        });
    runThreads();
    assertThat(told).containsExactly("begin a", "b", "end a");
  }

  @Test
  void noThreadIsCalledForAnEventWhileAStepTakesLong() {
    add(
        "a",
        CALL,
        () -> {
          add("event");
          letTimePass();
          add("b", OTHER_CALL);
          letTimePass();
          assertThat(tasks).isEmpty();
        });
    runThreads();
    assertThat(told).containsExactly("begin a", "end a", "event", "b");
  }

  private void addEvent(Runnable meanwhile) {
    inOrder.execute(() -> checked(meanwhile));
  }

  @Test
  void noThreadIsCalledWhileAnEventTakesLong() {
    addEvent(
        () -> {
          add("a", CALL);
          letTimePass();
          add("b", OTHER_CALL);
          letTimePass();
          assertThat(tasks).isEmpty();
        });
    runThreads();
    assertThat(told).containsExactly("a", "b");
  }

  @Test
  void whatCameWhileItWasHeldIsNotHeldUpByAStepThatTakesLong() {
    addBlocked(
        "a",
        CALL,
        () -> {
          inOrder.holdIf(() -> true);
          add("b", OTHER_CALL);
          letTimePass();
          assertThat(tasks).isEmpty();
          inOrder.holdIf(() -> false);
        });
    runThreads();
    assertThat(told).containsExactly("begin a", "paused", "goes on", "b", "end a");
  }

  @Test
  void whileItIsHeldNoThreadIsCalledAndNothingIsWatchedOnceNothingRuns() {
    add(
        "a",
        CALL,
        () -> {
          add("b", OTHER_CALL);
          inOrder.holdIf(() -> true);
          letTimePass();
          assertThat(tasks).isEmpty();
        });
    runThreads();
    letTimePass();
    assertThat(time.pendingTasks()).isZero();
    assertThat(told).containsExactly("begin a", "paused", "end a");
  }

  @Test
  void theFirstStepAfterAHoldDoesNotHoldUpTheOthers() {
    inOrder.holdIf(() -> true);
    addBlocked("a", CALL, () -> {});
    add("b", OTHER_CALL);
    inOrder.holdIf(() -> false);
    runThreads();
    assertThat(told).containsExactly("paused", "goes on", "begin a", "b", "end a");
  }
}
