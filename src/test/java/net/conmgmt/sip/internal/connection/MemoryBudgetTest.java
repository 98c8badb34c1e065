package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

  private final MemoryBudget budget = new MemoryBudget(100_000);
  private final MemoryBudget.Share first = budget.share();
  private final MemoryBudget.Share second = budget.share();

  @Test
  void whoAsksForMoreThanIsLeftGetsNothingAndTheOthersKeepTheirs() {
    assertThat(first.hold(60_000)).isTrue();
    assertThat(second.hold(30_000)).isTrue();
    assertThat(second.hold(40_001)).isFalse();
    assertThat(budget.takenBytes()).isEqualTo(90_000);
    assertThat(second.hold(40_000)).isTrue();
    assertThat(budget.leftBytes()).isZero();
  }

  @Test
  void lessIsAlwaysGranted() {
    first.holdAnyway(200_000);
    second.holdAnyway(50_000);
    assertThat(first.hold(150_000)).isTrue();
    assertThat(first.hold(150_001)).isFalse();
    assertThat(budget.takenBytes()).isEqualTo(200_000);
  }

  @Test
  void whatCannotBeRefusedIsCountedAndSaidToBeTooMuchWhileAQuarterIsLeftForOthers() {
    assertThat(first.holdAnyway(75_000)).isTrue();
    assertThat(first.holdAnyway(75_001)).isFalse();
    assertThat(second.hold(24_999)).isTrue();
    assertThat(first.holdAnyway(80_001)).isFalse();
    assertThat(budget.leftBytes()).isEqualTo(-5_000);
    second.hold(0);
    assertThat(first.holdAnyway(75_000)).isTrue();
  }

  @Test
  void aFewKilobytesAreNotCountedAndThereforeNeverTooMuch() {
    first.holdAnyway(200_000);
    assertThat(second.hold(4_096)).isTrue();
    assertThat(second.holdAnyway(4_096)).isTrue();
    assertThat(budget.takenBytes()).isEqualTo(200_000);
    assertThat(second.hold(4_097)).isFalse();
  }

  @Test
  void whatHasEndedHoldsNothingAnyMore() {
    first.hold(50_000);
    first.end();
    assertThat(budget.takenBytes()).isZero();
    assertThat(first.hold(50_000)).isTrue();
    assertThat(first.holdAnyway(50_000)).isTrue();
    first.end();
    assertThat(budget.takenBytes()).isZero();
  }

  @Test
  void theRefusalSaysHowMuchThereIsAndWhatToChange() {
    first.hold(70_000);
    assertThat(budget.refusal())
        .contains("may hold 100000 bytes", "70000 are taken", "-Xmx", "MAX_BODY_BYTES");
  }

  @Test
  void aQuarterOfTheHeapIsTheDefault() {
    assertThat(MemoryBudget.ofHeap().leftBytes()).isEqualTo(Runtime.getRuntime().maxMemory() / 4);
  }

  @Test
  void threadsThatAskAtOnceNeverGetMoreThanThereIs() throws Exception {
    AtomicInteger granted = new AtomicInteger();
    CountDownLatch start = new CountDownLatch(1);
    Thread[] threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = new Thread(() -> askOften(start, granted));
      threads[i].start();
    }
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(granted).hasValue(20);
    assertThat(budget.leftBytes()).isZero();
  }

  private void askOften(CountDownLatch start, AtomicInteger granted) {
    try {
      start.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    for (int i = 0; i < 1_000; i++) {
      if (budget.share().hold(5_000)) {
        granted.incrementAndGet();
      }
    }
  }
}
