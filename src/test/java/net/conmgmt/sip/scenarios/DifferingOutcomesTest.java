package net.conmgmt.sip.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each line of the list of differing outcomes concerns scenarios and setups that exist. */
class DifferingOutcomesTest {

  static Stream<DifferingOutcomes.Difference> listed() {
    return DifferingOutcomes.all().stream();
  }

  @ParameterizedTest
  @MethodSource("listed")
  void eachLineConcernsAScenarioOverSomeSetup(DifferingOutcomes.Difference line) throws Exception {
    String scenarios = line.scenarios().split("\\.", 2)[0];
    Class<?> type = Class.forName(getClass().getPackageName() + "." + scenarios);
    assertThat(type.getDeclaredMethods())
        .extracting(Method::getName)
        .anyMatch(
            method ->
                Setup.all().stream()
                    .anyMatch(setup -> line.concerns(setup, scenarios + "." + method)));
    assertThat(line.seen()).isNotEmpty();
  }
}
