package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes on while a step takes long, and what waits. */
class StepsThatTakeLongTest extends StepsOfAConnection {

  @Test
  void whatTakesNoTimeRunsInTheOrderInWhichItCameAndOnOneThread() {
    add("1", CALL);
    add("2", OTHER_CALL);
    add("3", RESPONSE);
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
          add("response", RESPONSE);
        });
    runThreads();
    assertThat(told)
        .containsExactly("begin request", "b", "response", "end request", "another request");
  }

  @Test
  void aRequestWaitsForTheResponseBeforeIt() {
    addBlocked("response", RESPONSE, () -> add("request", CALL));
    runThreads();
    assertThat(told).containsExactly("begin response", "end response", "request");
  }

  /** One thread runs a request; another that was called finds what comes after it in its call. */
  private void addRequestWithOthersBehind(Runnable meanwhile) {
    add(
        "first",
        OTHER_CALL,
        () -> {
          add("request", CALL, meanwhile);
          add("second request", CALL);
          add("response", RESPONSE);
          add("third request", CALL);
          add("second response", RESPONSE);
          time.advance(SerialExecutor.LOOK_NANOS);
        });
  }

  @Test
  void responsesThatWaitBehindARequestRunOnceTheRequestTakesLong() {
    addRequestWithOthersBehind(
        () -> {
          runThreads();
          assertThat(told).endsWith("end first", "begin request");
          letTimePass();
          runThreads();
        });
    runThreads();
    assertThat(told)
        .containsExactly(
            "begin first",
            "end first",
            "begin request",
            "response",
            "second response",
            "end request",
            "second request",
            "third request");
  }

  @Test
  void whatWaitsBehindARequestThatDoesNotTakeLongKeepsItsOrder() {
    addRequestWithOthersBehind(this::runThreads);
    runThreads();
    assertThat(told)
        .endsWith("end request", "second request", "response", "third request", "second response");
  }

  @Test
  void whatWaitsBehindAResponseKeepsItsOrderThoughTheResponseTakesLong() {
    addBlocked(
        "response",
        RESPONSE,
        () -> {
          add("request", CALL);
          add("second response", RESPONSE);
          add("second request", CALL);
          letTimePass();
          runThreads();
          letTimePass();
          assertThat(tasks).as("nothing may overtake it").isEmpty();
        });
    runThreads();
    assertThat(told)
        .containsExactly(
            "begin response", "end response", "request", "second response", "second request");
  }

  @Test
  void aRequestTakesLongThoughOtherCallsGoOnAllTheTime() {
    addRequestWithOthersBehind(
        () -> {
          for (String other : List.of("b1", "b2", "b3", "b4")) {
            add(other, THIRD_CALL, () -> time.advance(SerialExecutor.LOOK_NANOS));
          }
          runThreads();
        });
    runThreads();
    assertThat(told)
        .containsSubsequence(
            "begin request", "end b2", "response", "second response", "begin b3", "end request");
  }

  @Test
  void aResponseIsNotHeldUpByARequestThoughAllThreadsWereTakenWhenItCame() {
    SerialExecutor two = executor(2, 1_000);
    Runnable request =
        () -> {
          letTimePass();
          assertThat(time.pendingTasks()).as("nothing waits").isZero();
          two.execute(() -> told.add("response"), 0, RESPONSE);
          runThreads();
          letTimePass();
          runThreads();
          told.add("end request");
        };
    two.execute(
        () -> {
          two.execute(request, 0, CALL);
          time.advance(SerialExecutor.LOOK_NANOS);
        },
        0,
        OTHER_CALL);
    runThreads();
    assertThat(told).containsExactly("response", "end request");
  }

  @Test
  void whatWaitsBehindAStepIsHeldWithAllOthers() {
    addBlocked(
        "a1",
        CALL,
        () -> {
          add("a2", CALL);
          add("a3", CALL);
          letTimePass();
          runThreads();
          inOrder.holdIf(() -> true);
          add("a4", CALL);
        });
    runThreads();
    assertThat(told).containsExactly("begin a1", "paused", "end a1");
    inOrder.holdIf(() -> false);
    runThreads();
    assertThat(told).endsWith("end a1", "goes on", "a2", "a3", "a4");
  }
}
