package net.conmgmt.sip.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The list of differing outcomes names scenarios and setups that exist. */
class DifferingOutcomesTest {

  static Stream<DifferingOutcomes.Difference> listed() {
    return DifferingOutcomes.all().stream();
  }

  @ParameterizedTest
  @MethodSource("listed")
  void eachLineConcernsAScenarioOverSomeSetup(DifferingOutcomes.Difference line) throws Exception {
    String[] name = line.scenario().split("\\.", 2);
    Class<?> scenarios = Class.forName(getClass().getPackageName() + "." + name[0]);
    assertThat(scenarios.getDeclaredMethods()).extracting(Method::getName).contains(name[1]);
    assertThat(Setup.all()).anyMatch(setup -> line.concerns(setup, line.scenario()));
    assertThat(line.seen()).isNotEmpty();
  }
}
