package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.RejectedExecutionException;
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
}
