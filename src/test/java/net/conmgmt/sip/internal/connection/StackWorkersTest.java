package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
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
  @CsvSource({"blocking, true", "nio, false"})
  void withBlockingIoTheyAreVirtualWhereTheJdkHasThemAndNoPropertySaysHowManyThereAre(
      String io, boolean wanted) throws Exception {
    Properties raw = new Properties();
    raw.setProperty("net.conmgmt.sip.TRANSPORT", io);
    StackWorkers workers = StackWorkers.of(new StackScope(ConnectionManagementProperties.of(raw)));
    boolean virtual = wanted && Runtime.version().feature() >= 24;
    assertThat(workers.areVirtual()).isEqualTo(virtual);
    workers.start("test-worker");
    CompletableFuture<Boolean> own = new CompletableFuture<>();
    workers.execute(() -> own.complete(workers.isOwnThread()));
    assertThat(own.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(workers.isOwnThread()).isFalse();
    workers.stop();
  }
}
