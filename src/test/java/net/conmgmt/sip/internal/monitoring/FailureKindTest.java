package net.conmgmt.sip.internal.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import net.conmgmt.sip.internal.keepalive.Negotiation.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FailureKindTest {

  @ParameterizedTest
  @EnumSource
  void everyRuleThatCanFailHasAKindOfItsName(Outcome outcome) {
    String kind = FailureKind.of(outcome.text() + ", status 200").name();
    boolean fails = !EnumSet.of(Outcome.SUCCEEDED, Outcome.OPEN).contains(outcome);
    assertThat(kind).isEqualTo(fails ? outcome.name() : "OTHER");
  }

  @Test
  void anApplicationThatRefusesTheRequestIsAKindWhateverTheStatus() {
    assertThat(FailureKind.of("the offer's request was answered with 401 (3.4.5.2)"))
        .isEqualTo(FailureKind.NOT_SUCCESSFUL);
    assertThat(FailureKind.of("something else")).isEqualTo(FailureKind.OTHER);
  }
}
