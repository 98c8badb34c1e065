package net.conmgmt.sip.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Networks whose steps stand still in the middle while others go on. */
class InterleavedSimulationTest {

  @Test
  void everyPropertyHoldsInEveryNetwork() {
    assertThat(InterleavedClasses.get(Seeds.class)).isEmpty();
  }

  @Test
  void theSameSeedIsTheSameHistory() {
    assertThat(InterleavedClasses.get(SimulationTest.Differences.class)).isEmpty();
  }
}
