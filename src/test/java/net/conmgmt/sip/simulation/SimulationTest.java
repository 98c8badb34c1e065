package net.conmgmt.sip.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import net.conmgmt.sip.simulation.Simulation.Outcome;
import org.junit.jupiter.api.Test;

/** Networks by the thousand, each from a seed. */
class SimulationTest {

  @Test
  void everyPropertyHoldsInEveryNetwork() {
    assertThat(new Seeds().get()).isEmpty();
  }

  @Test
  void theSameSeedIsTheSameHistory() {
    assertThat(new Differences().get()).isEmpty();
  }

  /** Which seeds are another history the second time. */
  static final class Differences implements Supplier<String> {
    @Override
    public String get() {
      Stacks stacks = new Stacks();
      return LongStream.rangeClosed(1, 16)
          .filter(seed -> !history(seed, stacks).equals(history(seed, stacks)))
          .mapToObj(String::valueOf)
          .collect(Collectors.joining(" "));
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
}
