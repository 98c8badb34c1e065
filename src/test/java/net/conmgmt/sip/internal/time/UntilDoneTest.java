package net.conmgmt.sip.internal.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Work for which there is no heap at first. */
class UntilDoneTest {

  private static final String NO_HEAP = "no heap, expected by this test";

  @Test
  void workIsTriedAgainUntilThereIsHeapForIt() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(1);
    try (SystemScheduler scheduler = new SystemScheduler("until-done-test")) {
      scheduler.schedule(() -> {}, 0);
      scheduler.untilDone(
          () -> {
            if (tries.incrementAndGet() < 4) {
              throw new OutOfMemoryError(NO_HEAP);
            }
            assertThat(scheduler.isOwnThread()).isTrue();
            done.countDown();
          });
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(tries).hasValue(4);
  }

  @Test
  void aTimerThatFiresWhenThereIsNoHeapIsNotLost() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(1);
    try (SystemScheduler scheduler = new SystemScheduler("until-done-test")) {
      scheduler.schedule(
          () -> {
            if (tries.incrementAndGet() == 1) {
              throw new OutOfMemoryError(NO_HEAP);
            }
            done.countDown();
          },
          0);
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void muchWorkIsKeptAtATimeAndEachPieceIsDoneOnce() throws Exception {
    int pieces = 1_000;
    CountDownLatch done = new CountDownLatch(pieces);
    AtomicInteger doneTwice = new AtomicInteger();
    try (SystemScheduler scheduler = new SystemScheduler("until-done-test")) {
      scheduler.schedule(() -> {}, 0);
      for (int i = 0; i < pieces; i++) {
        AtomicInteger tries = new AtomicInteger();
        scheduler.untilDone(
            () -> {
              if (tries.incrementAndGet() == 1) {
                throw new OutOfMemoryError(NO_HEAP);
              }
              doneTwice.addAndGet(tries.get() - 2);
              done.countDown();
            });
      }
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(doneTwice).hasValue(0);
  }

  @Test
  void workThatThenFailsOtherwiseIsGivenUpAndTheRestIsDone() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(2);
    try (SystemScheduler scheduler = new SystemScheduler("until-done-test")) {
      scheduler.schedule(() -> {}, 0);
      for (int i = 0; i < 3; i++) {
        boolean broken = i == 1;
        AtomicInteger own = new AtomicInteger();
        scheduler.untilDone(
            () -> {
              if (own.incrementAndGet() == 1) {
                throw new OutOfMemoryError(NO_HEAP);
              }
              if (broken) {
                tries.incrementAndGet();
                throw new IllegalStateException("expected by this test");
              }
              done.countDown();
            });
      }
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(tries).hasValue(1);
  }
}
