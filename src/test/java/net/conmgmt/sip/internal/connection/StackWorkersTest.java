package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.sip.SipFactory;
import javax.sip.SipStack;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Stacks;
import org.apache.logging.log4j.Level;
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
  void nothingRunsBeforeTheStartAndAfterTheStop() {
    StackWorkers workers = new StackWorkers(1);
    assertThatThrownBy(() -> workers.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
    workers.start("test-worker");
    workers.stop();
    assertThatThrownBy(() -> workers.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "3, 2", "16, 8"})
  void oneConnectionMayHoldHalfOfThemAndAtLeastOne(int size, int half) {
    StackWorkers workers = new StackWorkers(size);
    assertThat(workers.size()).isEqualTo(size);
    assertThat(workers.half()).isEqualTo(half);
  }

  @Test
  void aStackThatStopsWithNothingToDoSaysNothing() {
    StackWorkers workers = new StackWorkers(1);
    workers.start("test-worker");
    try (CapturedLog log = new CapturedLog(StackWorkers.class, Level.DEBUG)) {
      workers.stop();
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void aListenerThatStopsTheStackIsNotWaitedFor() throws Exception {
    StackWorkers workers = new StackWorkers(1);
    workers.start("test-worker");
    try (CapturedLog log = new CapturedLog(StackWorkers.class, Level.DEBUG)) {
      CompletableFuture<Void> stopped = new CompletableFuture<>();
      workers.execute(
          () -> {
            workers.stop();
            stopped.complete(null);
          });
      stopped.get(30, TimeUnit.SECONDS);
      assertThat(log.lines()).isEmpty();
    }
  }

  @Test
  void whoIsInterruptedWhileItStopsTheStackStaysInterrupted() throws Exception {
    StackWorkers workers = new StackWorkers(1);
    workers.start("test-worker");
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<Void> listener = new CompletableFuture<>();
    workers.execute(
        () -> {
          try {
            release.await();
            listener.complete(null);
          } catch (InterruptedException e) {
            listener.completeExceptionally(e);
          }
        });
    Thread.currentThread().interrupt();
    workers.stop();
    assertThat(Thread.interrupted()).isTrue();
    release.countDown();
    listener.get(30, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @CsvSource({"blocking, , true", "blocking, 8, false", "nio, , false"})
  void withBlockingIoTheyAreVirtualWhereTheJdkHasThemAndNoPropertySaysHowManyThereAre(
      String io, @Nullable String size, boolean wanted) throws Exception {
    Properties properties =
        Stacks.managed(
            "javax.sip.STACK_NAME", "workers " + io + size, "net.conmgmt.sip.TRANSPORT", io);
    if (size != null) {
      properties.setProperty("gov.nist.javax.sip.THREAD_POOL_SIZE", size);
    }
    SipStack stack = SipFactory.getInstance().createSipStack(properties);
    StackWorkers workers = StackWorkers.of(StackScope.of(stack));
    boolean virtual = wanted && Runtime.version().feature() >= 24;
    assertThat(workers.areVirtual()).isEqualTo(virtual);
    workers.start("test-worker");
    CompletableFuture<Boolean> own = new CompletableFuture<>();
    workers.execute(() -> own.complete(workers.isOwnThread()));
    assertThat(own.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(workers.isOwnThread()).isFalse();
    workers.stop();
    stack.stop();
  }
}
