package net.conmgmt.sip.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StackWorkersTest {

  @ParameterizedTest
  @CsvSource({"4, 4", "' 1 ', 1", ", 16", "infinity, 16", "0, 16", "-1, 16"})
  void thereAreAsManyAsTheRisPropertySays(@Nullable String property, int size) {
    assertThat(StackWorkers.size(property)).isEqualTo(size);
  }

  @Test
  void workThatMustNotWaitIsTakenOnlyWhileAThreadIsFreeForIt() throws Exception {
    StackWorkers workers = new StackWorkers(1);
    workers.start("test-worker", 1);
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(3);
    workers.execute(() -> hold(goOn, done));
    assertThat(workers.tryExecute(() -> hold(goOn, done))).isTrue();
    assertThat(workers.tryExecute(done::countDown)).isFalse();
    goOn.countDown();
    await().until(() -> workers.tryExecute(done::countDown));
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    workers.stop();
  }

  @Test
  void whatIsQueuedCountsAsMuchAsWhatRuns() throws Exception {
    StackWorkers workers = new StackWorkers(1);
    workers.start("test-worker", 1);
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(3);
    for (int i = 0; i < 3; i++) {
      workers.execute(() -> hold(goOn, done));
    }
    assertThat(workers.tryExecute(() -> {})).isFalse();
    goOn.countDown();
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    workers.stop();
  }

  @Test
  void nothingRunsBeforeTheStartAndAfterTheStop() {
    StackWorkers workers = new StackWorkers(1);
    assertThatThrownBy(() -> workers.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
    workers.start("test-worker", 0);
    workers.stop();
    assertThatThrownBy(() -> workers.tryExecute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }

  private static void hold(CountDownLatch goOn, CountDownLatch done) {
    try {
      assertThat(goOn.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    done.countDown();
  }
}
