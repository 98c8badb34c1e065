package net.conmgmt.sip.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.simulation.Simulation.Outcome;
import org.junit.jupiter.api.Test;

/** Networks by the thousand, each from a seed. */
class SimulationTest {

  @Test
  void everyPropertyHoldsInEveryNetwork() {
    assertThat(new Seeds().run()).isEmpty();
  }

  @Test
  void theSameSeedIsTheSameHistory() {
    Stacks stacks = new Stacks();
    for (long seed = 1; seed <= 16; seed++) {
      assertThat(history(seed, stacks)).isEqualTo(history(seed, stacks));
    }
  }

  private static String history(long seed, Stacks stacks) {
    return withoutNumbers(
        LoggedErrors.during(() -> Simulation.run(Scenario.of(seed), stacks, true)));
  }

  /** Connections are numbered for a whole process. */
  private static String withoutNumbers(Outcome outcome) {
    return String.join("\n", outcome.timeLine()).replaceAll("#[0-9]+", "#");
  }
}
