package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The order within a call whose steps stand still on several threads and end in any order. */
class StepsOfOneCallTest extends StepsOfAConnection {

  /** A step that stands still until a test ends it. */
  private final class Still implements Runnable {
    private final String name;
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch ending = new CountDownLatch(1);

    Still(String name) {
      this.name = name;
    }

    @Override
    public void run() {
      begun.countDown();
      await(ending);
      told.add(name);
    }
  }

  private final Map<String, Still> still = new HashMap<>();
  private final Map<String, Thread> threads = new HashMap<>();

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void endAll() {
    for (String step : List.copyOf(threads.keySet())) {
      end(step);
    }
  }

  private void addStill(String step, long call) {
    Still added = new Still(step);
    still.put(step, added);
    inOrder.execute(added, 0, call);
  }

  /** The thread that was called comes as far as that step. */
  private void begin(String step) {
    Thread thread = new Thread(Objects.requireNonNull(tasks.poll()));
    threads.put(step, thread);
    thread.setDaemon(true);
    thread.start();
    await(Objects.requireNonNull(still.get(step)).begun);
  }

  /** Ends the step; its thread comes as far as the next that stands still. */
  private void end(String step, String next) {
    Objects.requireNonNull(still.get(step)).ending.countDown();
    await(Objects.requireNonNull(still.get(next)).begun);
    threads.put(next, Objects.requireNonNull(threads.remove(step)));
  }

  /** Ends the step; its thread does what it still finds, and leaves. */
  private void end(String step) {
    still.values().stream().filter(s -> s.name.equals(step)).forEach(s -> s.ending.countDown());
    Thread thread = Objects.requireNonNull(threads.remove(step));
    try {
      thread.join(TimeUnit.SECONDS.toMillis(30));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    assertThat(thread.isAlive()).isFalse();
  }

  /** What waits is taken by another thread, which finds nothing that it may run. */
  private void letOthersTakeWhatWaits() {
    letTimePass();
    runThreads();
  }

  @Test
  void requestsKeepTheirOrderThoughTheyWaitBehindDifferentSteps() {
    addStill("request", CALL);
    begin("request");
    add("second request", CALL);
    letOthersTakeWhatWaits();
    addStill("response", RESPONSE);
    begin("response");
    add("third request", CALL);
    letOthersTakeWhatWaits();
    end("request");
    end("response");
    assertThat(told).containsExactly("request", "response", "second request", "third request");
  }

  @Test
  void whatWaitsBehindDifferentStepsKeepsItsOrderThoughAllIsHeldMeanwhile() {
    addStill("other", OTHER_CALL);
    begin("other");
    addStill("request", CALL);
    letTimePass();
    begin("request");
    add("second request", CALL);
    letOthersTakeWhatWaits();
    addStill("response", RESPONSE);
    end("other", "response");
    add("second response", RESPONSE);
    add("third request", CALL);
    runThreads();
    inOrder.holdIf(() -> true);
    end("response");
    end("request");
    inOrder.holdIf(() -> false);
    runThreads();
    assertThat(told)
        .containsExactly(
            "other",
            "paused",
            "response",
            "request",
            "goes on",
            "second request",
            "second response",
            "third request");
  }

  @Test
  void aThreadThatLeavesTakesNoOtherOutOfAccount() {
    addStill("a1", CALL);
    begin("a1");
    addStill("b1", OTHER_CALL);
    letTimePass();
    begin("b1");
    addStill("c1", THIRD_CALL);
    letTimePass();
    begin("c1");
    end("a1");
    add("b2", OTHER_CALL);
    add("c2", THIRD_CALL);
    letOthersTakeWhatWaits();
    assertThat(told).as("both calls run a step").containsExactly("a1");
    end("b1");
    end("c1");
    assertThat(told).containsExactly("a1", "b1", "b2", "c1", "c2");
  }
}
