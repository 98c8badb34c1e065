package net.conmgmt.sip.internal.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.SipStackImpl;
import java.util.Properties;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;

class StackScopeTest {

  private static SipStackImpl stack(Properties properties) throws Exception {
    properties.setProperty("javax.sip.STACK_NAME", "scope");
    return new SipStackImpl(properties);
  }

  @Test
  void oneStackHasOneScopeAndStacksOfTheSamePropertiesHaveDifferentOnes() throws Exception {
    Properties shared = Stacks.managed();
    SipStackImpl first = stack(shared);
    SipStackImpl second = stack(shared);
    assertThat(StackScope.of(first))
        .isSameAs(StackScope.of(first))
        .isNotSameAs(StackScope.of(second));
  }

  @Test
  void aBadPropertyIsSaidEachTimeAndLeavesNoScope() throws Exception {
    SipStackImpl stack = stack(Stacks.managed("net.conmgmt.sip.PONG", "perhaps"));
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> StackScope.of(stack))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("net.conmgmt.sip.PONG");
    }
  }
}
