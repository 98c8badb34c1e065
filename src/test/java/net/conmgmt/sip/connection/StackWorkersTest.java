package net.conmgmt.sip.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StackWorkersTest {

  @ParameterizedTest
  @CsvSource({"4, 4", "' 1 ', 1", ", 16", "infinity, 16", "0, 16", "-1, 16"})
  void thereAreAsManyAsTheRisPropertySays(@Nullable String property, int size) {
    assertThat(StackWorkers.size(property)).isEqualTo(size);
  }
}
