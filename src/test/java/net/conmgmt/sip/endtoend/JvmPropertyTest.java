package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.SipStackImpl;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A property of the JVM takes precedence over the one that an application sets in its code. */
class JvmPropertyTest {

  private static final String OWN_TIMER =
      "gov.nist.javax.sip.RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT";

  private static int timeoutMillis(String ioKind) throws Exception {
    SipStackImpl stack =
        new SipStackImpl(
            Stacks.managed(
                IoKinds.PROPERTY, ioKind, "javax.sip.STACK_NAME", "switched", OWN_TIMER, "7"));
    try {
      stack.createSipProvider(stack.createListeningPoint("127.0.0.1", Stacks.freePort(), "tcp"));
      return stack.getReliableConnectionKeepAliveTimeout();
    } finally {
      stack.stop();
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void minusOneSwitchesOffTheKeepAliveTimerOfTheRiThatAnApplicationSets(String ioKind)
      throws Exception {
    assertThat(timeoutMillis(ioKind)).isEqualTo(7_000);
    System.setProperty(OWN_TIMER, "-1");
    try {
      assertThat(timeoutMillis(ioKind)).isNegative();
    } finally {
      System.clearProperty(OWN_TIMER);
    }
  }
}
