package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.conmgmt.sip.RemainingTimes;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;

/** What the timers say of themselves. */
class RemainingTimesTest {

  private static final long OFF = RemainingTimes.OFF;

  private final VirtualScheduler time = new VirtualScheduler(Long.MAX_VALUE - 5_000_000_000L);
  private final Traffic traffic = new Traffic(time);
  private final ProxyTimers proxy = new ProxyTimers(traffic, new ProxyTimers.Effects() {});
  private final ClientTimers client =
      new ClientTimers(traffic, new ClientTimers.Effects() {}, new Random(1));

  @Test
  void aTimerThatDoesNotRunIsOff() {
    assertThat(proxy.remaining()).isEqualTo(RemainingTimes.NONE);
    assertThat(client.remaining()).isEqualTo(RemainingTimes.NONE);
  }

  @Test
  void theTimersOfAProxyRunDownAndAreSetBackByTraffic() {
    proxy.start(32, 932);
    proxy.startExpiry(300, 32);
    time.advanceSeconds(10);
    assertThat(proxy.remaining())
        .isEqualTo(new RemainingTimes(22_000, 922_000, 322_000, OFF, OFF, 332_000));
    traffic.bytesReceived();
    proxy.successSent();
    assertThat(proxy.remaining())
        .isEqualTo(new RemainingTimes(OFF, 932_000, 332_000, OFF, OFF, 332_000));
    time.advanceSeconds(333);
    assertThat(proxy.remaining())
        .isEqualTo(new RemainingTimes(OFF, 599_000, OFF, OFF, OFF, 332_000));
  }

  @Test
  void theRefreshTimerOfAClientRunsDownAndIsSetBackByWhatIsSent() {
    client.follow(Rhythm.afterSilence(300));
    time.advanceSeconds(150);
    assertThat(client.remaining())
        .isEqualTo(new RemainingTimes(OFF, OFF, OFF, 50_000, OFF, 200_000));
    traffic.bytesSent();
    assertThat(client.remaining().refreshMillis()).isEqualTo(200_000);
    client.stop();
    assertThat(client.remaining()).isEqualTo(RemainingTimes.NONE);
  }

  @Test
  void thePongTimerRunsFromAKeepAliveToItsAnswerOnceThePeerHasAnsweredOne() {
    client.follow(Rhythm.afterSilence(300));
    client.keepAliveSent(10);
    assertThat(client.remaining().pongMillis()).isEqualTo(OFF);
    client.keepAliveAnswered(true);
    client.keepAliveSent(10);
    time.advanceSeconds(4);
    assertThat(client.remaining())
        .isEqualTo(new RemainingTimes(OFF, OFF, OFF, 196_000, 6_000, 200_000));
    client.keepAliveAnswered(true);
    assertThat(client.remaining().pongMillis()).isEqualTo(OFF);
  }
}
