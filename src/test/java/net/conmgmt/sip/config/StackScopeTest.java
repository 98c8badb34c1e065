package net.conmgmt.sip.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.SipStackImpl;
import java.lang.ref.WeakReference;
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

  /** A listener of an application knows its stack as a rule. */
  @Test
  void aStackThatIsKnownToItsOwnPartsIsNotKeptForEver() throws Exception {
    WeakReference<SipStackImpl> gone = aStackWithAPartThatKnowsIt();
    // The RI itself keeps the logger of the stack that was made last.
    assertThat(stack(Stacks.managed())).isNotNull();
    for (int i = 0; i < 50 && gone.get() != null; i++) {
      System.gc();
    }
    assertThat(gone.get()).isNull();
  }

  private static WeakReference<SipStackImpl> aStackWithAPartThatKnowsIt() throws Exception {
    SipStackImpl stack = stack(Stacks.managed());
    StackScope.of(stack).put(SipStackImpl.class, stack);
    assertThat(StackScope.of(stack).find(SipStackImpl.class)).isSameAs(stack);
    stack.stop();
    return new WeakReference<>(stack);
  }
}
