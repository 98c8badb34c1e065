package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.RemainingTimes;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ProxyTimersTest {

  private static final long SECOND = 1_000_000_000L;

  private final List<String> log = new ArrayList<>();
  private final VirtualScheduler time;
  private final long start;
  private final Traffic traffic;
  private final ProxyTimers timers;

  ProxyTimersTest(long clockStart) {
    start = clockStart;
    time = new VirtualScheduler(clockStart);
    traffic = new Traffic(time);
    timers =
        new ProxyTimers(
            traffic,
            new ProxyTimers.Effects() {
              @Override
              public void connectionTimerFired() {
                note("connection");
              }

              @Override
              public void idleTimerFired() {
                note("idle");
              }

              @Override
              public void expiryTimerFired() {
                note("expiry");
              }
            });
  }

  private void note(String what) {
    log.add(what + "@" + (time.nanoTime() - start) / 1_000_000);
  }

  @AfterEach
  void stopAndExpectNothingLeft() {
    timers.stop();
    assertThat(time.pendingTasks()).isZero();
    log.clear();
    time.advanceSeconds(5_000);
    assertThat(log).isEmpty();
  }

  @Test
  @Requirement("SRV-6")
  void theLargestTNeitherWrapsNorFiresEarly() {
    timers.startExpiry(Integer.MAX_VALUE, 86_400);
    time.advance(Integer.MAX_VALUE * SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).hasSize(1).first().asString().startsWith("expiry@");
  }

  @Test
  @Requirement("OBP-3")
  void theSilenceBeforeTheStartDoesNotCount() {
    time.advanceSeconds(900);
    timers.start(32, 932);
    timers.successSent();
    time.advance(932 * SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).containsExactly("idle@1832000");
  }

  @Test
  @Requirement({"OBP-1", "OBP-3"})
  void connectionAndIdleTimerStartAtEstablishment() {
    time.advanceSeconds(7);
    timers.start(32, 932);
    assertThat(time.pendingTasks()).isEqualTo(1);
    time.advance(32 * SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).containsExactly("connection@39000");
    time.advance(900 * SECOND - 1);
    assertThat(log).hasSize(1);
    time.advance(1);
    assertThat(log).containsExactly("connection@39000", "idle@939000");
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("OBP-1")
  void eachProvisionalResponseRestartsTheConnectionTimerAtItsFullTime() {
    timers.start(32, 932);
    time.advanceSeconds(31);
    timers.provisionalSent();
    time.advanceSeconds(31);
    timers.provisionalSent();
    time.advance(32 * SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).containsExactly("connection@94000");
  }

  @Test
  @Requirement("OBP-1")
  void otherTrafficDoesNotRestartTheConnectionTimer() {
    timers.start(32, 932);
    time.advanceSeconds(31);
    traffic.bytesReceived();
    traffic.bytesSent();
    time.advanceSeconds(1);
    assertThat(log).containsExactly("connection@32000");
  }

  @Test
  @Requirement("OBP-1")
  void aSuccessfulResponseCancelsTheConnectionTimerForGood() {
    timers.start(32, 932);
    timers.successSent();
    timers.provisionalSent();
    time.advanceSeconds(931);
    assertThat(log).isEmpty();
  }

  @Test
  @Requirement("OBP-1")
  void aSuccessSentBeforeTheStartIsNotForgotten() {
    timers.successSent();
    timers.start(32, 932);
    time.advanceSeconds(931);
    assertThat(log).isEmpty();
  }

  @Test
  @Requirement("OBP-3")
  void anyByteInEitherDirectionRestartsTheIdleTimer() {
    timers.start(32, 932);
    timers.successSent();
    time.advanceSeconds(900);
    traffic.bytesReceived();
    time.advanceSeconds(900);
    traffic.bytesSent();
    time.advance(932 * SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).containsExactly("idle@2732000");
  }

  @Test
  @Requirement("SRV-7")
  void aByteAtTheVeryInstantOfTheExpiryBeginsAnotherSilence() {
    timers.startExpiry(300, 32);
    time.advanceSeconds(332);
    traffic.bytesReceived();
    time.advanceSeconds(332);
    assertThat(log).containsExactly("expiry@332000", "expiry@664000");
  }

  @Test
  @Requirement("SRV-6")
  void theExpiryTimerFiresAtTPlusGraceAfterTheLastByteReceived() {
    timers.startExpiry(300, 32);
    time.advanceSeconds(331);
    traffic.bytesReceived();
    time.advance(332 * SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).containsExactly("expiry@663000");
  }

  @Test
  @Requirement("SRV-6")
  void whatIsSentDoesNotPutOffTheExpiry() {
    timers.startExpiry(300, 32);
    time.advanceSeconds(331);
    traffic.bytesSent();
    time.advanceSeconds(1);
    assertThat(log).containsExactly("expiry@332000");
  }

  @Test
  @Requirement("SRV-8")
  void withoutNegotiationThereIsNoExpiryTimer() {
    timers.start(32, 5_000);
    timers.successSent();
    time.advanceSeconds(4_999);
    assertThat(log).isEmpty();
  }

  @Test
  @Requirement("SRV-7")
  void anExpiryThatChangesNothingIsToldOnceAndAgainOnlyAfterAByteAndAnotherSilence() {
    timers.startExpiry(300, 32);
    time.advanceSeconds(332);
    assertThat(log).containsExactly("expiry@332000");
    assertThat(timers.remaining().expiryMillis()).isEqualTo(RemainingTimes.OFF);
    time.advanceSeconds(10_000);
    assertThat(log).hasSize(1);
    traffic.bytesReceived();
    assertThat(timers.remaining().expiryMillis()).isEqualTo(332_000);
    time.advance(332 * SECOND - 1);
    assertThat(log).hasSize(1);
    time.advance(1);
    assertThat(log).containsExactly("expiry@332000", "expiry@10664000");
  }

  @Test
  @Requirement("SRV-6")
  void aLaterAgreementReplacesTheExpiryTime() {
    timers.startExpiry(300, 32);
    time.advanceSeconds(100);
    timers.startExpiry(10, 32);
    time.advanceSeconds(42);
    assertThat(log).containsExactly("expiry@142000");
  }

  @Test
  void trafficSchedulesNothing() {
    timers.start(32, 932);
    timers.startExpiry(300, 32);
    for (int i = 0; i < 10_000; i++) {
      time.advanceSeconds(1);
      traffic.bytesReceived();
      traffic.bytesSent();
      assertThat(time.pendingTasks()).isEqualTo(1);
    }
    assertThat(log).containsExactly("connection@32000");
  }

  @Test
  void nothingStartsAfterTheEnd() {
    timers.stop();
    timers.start(32, 932);
    timers.startExpiry(300, 32);
    timers.provisionalSent();
  }

  @Test
  void theyCarryTheNameOfTheirConnection() {
    ProxyTimers.Effects named =
        new ProxyTimers.Effects() {
          @Override
          public String toString() {
            return "connection #7";
          }
        };
    assertThat(new ProxyTimers(traffic, named)).hasToString("connection #7");
  }

  @Test
  void closingFromWithinAnEffectLeavesNoTask() {
    ProxyTimers[] self = new ProxyTimers[1];
    self[0] =
        new ProxyTimers(
            traffic,
            new ProxyTimers.Effects() {
              @Override
              public void connectionTimerFired() {
                self[0].stop();
              }
            });
    self[0].start(32, 932);
    time.advanceSeconds(32);
    assertThat(time.pendingTasks()).isZero();
  }
}
