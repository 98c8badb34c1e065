package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.CapturedLog;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What fails, for want of heap or threads or by itself, holds up nothing else. */
class FailingStepsTest extends StepsOfAConnection {

  private static final String LINE = "ERROR a connection: a step failed; the others go on";

  private final CapturedLog log = new CapturedLog(SerialExecutor.class, Level.INFO);
  private final AtomicInteger lacks = new AtomicInteger();

  @AfterEach
  void close() {
    log.close();
  }

  private void failWhileItLacks() {
    if (lacks.getAndDecrement() > 0) {
      throw new OutOfMemoryError("no heap, expected by this test");
    }
  }

  /** Whose brake cannot be released for want of heap, so many times. */
  private SerialExecutor withoutHeapToRelease(int times) {
    lacks.set(times);
    return executor(
        1,
        1_000,
        on -> {
          if (!on) {
            failWhileItLacks();
          }
          told.add(on ? "paused" : "goes on");
        });
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
    assertThat(log.lines()).containsExactly(LINE);
    assertThat(log.thrown()).singleElement().asString().endsWith("expected by this test");
  }

  @Test
  void whenTheThreadsTakeNothingAnyMoreTheStepsRunAllTheSame() {
    add("1");
    IntStream.range(2, 100).mapToObj(Integer::toString).forEach(this::add);
    inOrder.executeLast(() -> told.add("end"));
    stopped = true;
    runThreads();
    assertThat(told).startsWith("paused", "1", "2").endsWith("end").hasSize(102);
    SerialExecutor late = new SerialExecutor(this::call, "a connection");
    late.execute(() -> told.add("late"));
    assertThat(told).endsWith("late");
  }

  @Test
  void whereNoThreadIsLeftTheStepRunsAllTheSame() {
    noThreadLeft = true;
    add("1");
    inOrder.executeLast(() -> told.add("end"));
    assertThat(told).containsExactly("1", "end");
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
    SerialExecutor braked = withoutHeapToRelease(2);
    braked.execute(() -> told.add("large"), 2_000, CALL);
    runThreads();
    assertThat(told).containsExactly("paused", "large", "goes on");
    assertThat(log.lines()).as("with a step in hand, and with none").containsExactly(LINE, LINE);
    braked.execute(() -> told.add("next"));
    runThreads();
    assertThat(told).containsExactly("paused", "large", "goes on", "next");
  }

  @Test
  void readingGoesOnAfterAHoldThoughThereWasNoHeapToSaySo() {
    SerialExecutor braked = withoutHeapToRelease(3);
    braked.holdIf(() -> true);
    braked.holdIf(() -> false);
    assertThat(told).containsExactly("paused");
    runThreads();
    assertThat(told).containsExactly("paused", "goes on");
    assertThat(log.lines()).containsExactly(LINE, LINE, LINE);
  }

  @Test
  void aStepThatFailsToBrakeIsNotTaken() {
    SerialExecutor braked =
        executor(
            1,
            1_000,
            on -> {
              failWhileItLacks();
              told.add(on ? "paused" : "goes on");
            });
    lacks.set(1);
    assertThatThrownBy(() -> braked.execute(() -> told.add("not taken"), 2_000, CALL))
        .isInstanceOf(OutOfMemoryError.class);
    braked.execute(() -> told.add("large"), 2_000, CALL);
    runThreads();
    assertThat(told).containsExactly("paused", "goes on", "large");
  }

  @Test
  void aWatchThatCannotBeginIsTriedAgainWithTheNextStep() {
    Scheduler scarce =
        new Scheduler() {
          @Override
          public long nanoTime() {
            return time.nanoTime();
          }

          @Override
          public Task schedule(Runnable task, long delayNanos) {
            failWhileItLacks();
            return time.schedule(task, delayNanos);
          }
        };
    lacks.set(1);
    SerialExecutor watched =
        new SerialExecutor(
            this::call, scarce, 3, "a connection", 1_000, memory.share(), tooMuch -> {});
    Runnable meanwhile =
        () -> {
          watched.execute(() -> told.add("b"), 0, OTHER_CALL);
          letTimePass();
          assertThat(tasks).isEmpty();
          watched.execute(() -> told.add("c"), 0, THIRD_CALL);
          letTimePass();
          runThreads();
        };
    watched.execute(
        () -> {
          checked(meanwhile);
          told.add("a");
        },
        0,
        CALL);
    runThreads();
    assertThat(told).containsExactly("b", "c", "a");
    assertThat(log.lines()).containsExactly(LINE);
  }
}
