package net.conmgmt.sip.connection;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;

/** What the timers say of themselves. */
class RemainingTimesTest {

  private static final long OFF = RemainingTimes.OFF;

  private final VirtualScheduler time = new VirtualScheduler(Long.MAX_VALUE - 5_000_000_000L);
  private final ConnectionTimers timers =
      new ConnectionTimers(time, new ConnectionTimers.Effects() {});

  @Test
  void aTimerThatDoesNotRunIsOff() {
    assertThat(timers.remaining()).isEqualTo(RemainingTimes.NONE);
  }

  @Test
  void theTimersOfAProxyRunDownAndAreSetBackByTraffic() {
    timers.startProxy(32, 932);
    timers.startExpiry(300, 32);
    time.advanceSeconds(10);
    assertThat(timers.remaining())
        .isEqualTo(new RemainingTimes(22_000, 922_000, 322_000, OFF, OFF, 332_000));
    timers.received();
    timers.successSent();
    assertThat(timers.remaining())
        .isEqualTo(new RemainingTimes(OFF, 932_000, 332_000, OFF, OFF, 332_000));
    time.advanceSeconds(333);
    assertThat(timers.remaining())
        .isEqualTo(new RemainingTimes(OFF, 599_000, OFF, OFF, OFF, 332_000));
  }

  @Test
  void theRefreshTimerOfAClientRunsDownAndIsSetBackByWhatIsSent() {
    timers.startRefresh(300);
    time.advanceSeconds(150);
    assertThat(timers.remaining())
        .isEqualTo(new RemainingTimes(OFF, OFF, OFF, 50_000, OFF, 200_000));
    timers.sent();
    assertThat(timers.remaining().refreshMillis()).isEqualTo(200_000);
    timers.stop();
    assertThat(timers.remaining()).isEqualTo(RemainingTimes.NONE);
  }

  @Test
  void thePongTimerRunsFromAKeepAliveToItsAnswerOnceThePeerHasAnsweredOne() {
    timers.startRefresh(300);
    timers.keepAliveSent(10);
    assertThat(timers.remaining().pongMillis()).isEqualTo(OFF);
    timers.keepAliveAnswered();
    timers.keepAliveSent(10);
    time.advanceSeconds(4);
    assertThat(timers.remaining())
        .isEqualTo(new RemainingTimes(OFF, OFF, OFF, 196_000, 6_000, 200_000));
    timers.keepAliveAnswered();
    assertThat(timers.remaining().pongMillis()).isEqualTo(OFF);
  }
}
