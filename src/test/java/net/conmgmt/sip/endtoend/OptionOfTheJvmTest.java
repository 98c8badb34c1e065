package net.conmgmt.sip.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.SipStackImpl;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;

/** {@code -D} counts more than what an application sets in its code, which cannot be changed. */
class OptionOfTheJvmTest {

  private static final String RI_TIMER =
      "gov.nist.javax.sip.RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT";

  @Test
  void theTimerOfTheRiThatAnApplicationSetsIsSwitchedOff() throws Exception {
    assertThat(millisOf(application())).isEqualTo(60_000);
    System.setProperty(RI_TIMER, "-1");
    try {
      assertThat(millisOf(application())).isNegative();
    } finally {
      System.clearProperty(RI_TIMER);
    }
  }

  private static PlainApplication application() throws Exception {
    return new PlainApplication(
        Stacks.managed(RI_TIMER, "60"), "127.0.0.1", Stacks.freePort(), "tcp");
  }

  private static int millisOf(PlainApplication application) {
    try {
      return ((SipStackImpl) application.stack()).getReliableConnectionKeepAliveTimeout();
    } finally {
      application.close();
    }
  }
}
