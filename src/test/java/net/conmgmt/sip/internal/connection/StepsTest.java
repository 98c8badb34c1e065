package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.internal.connection.Steps.Step;
import org.junit.jupiter.api.Test;

class StepsTest {

  private static Step step(long arrival) {
    Step step = new Step(() -> {}, 0, 2);
    step.arrived(arrival);
    return step;
  }

  @Test
  void whatIsAddedAfterAnEarlierStepHasComeAndGoneIsNotLost() {
    Steps steps = new Steps();
    Step first = step(1);
    Step second = step(2);
    Step third = step(3);
    steps.add(second);
    steps.add(first);
    assertThat(steps.poll()).isSameAs(first);
    steps.add(third);
    assertThat(steps.poll()).isSameAs(second);
    assertThat(steps.poll()).isSameAs(third);
    assertThat(steps.poll()).isNull();
  }
}
