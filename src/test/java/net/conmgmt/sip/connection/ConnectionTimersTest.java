package net.conmgmt.sip.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ConnectionTimersTest {

  private static final long SECOND = 1_000_000_000L;

  private final List<String> log = new ArrayList<>();
  private final VirtualScheduler time;
  private final long start;
  private final ConnectionTimers timers;

  ConnectionTimersTest(long clockStart) {
    start = clockStart;
    time = new VirtualScheduler(clockStart);
    timers =
        new ConnectionTimers(
            time,
            new ConnectionTimers.Effects() {
              @Override
              public void refreshDue() {
                note("refresh");
                sent();
              }

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

              @Override
              public void pongTimerFired() {
                note("pong");
              }
            });
  }

  private void sent() {
    timers.sent();
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
  @Requirement({"CLI-7", "CLI-8"})
  void theRefreshTimerFiresTwoThirdsOfTAfterTheLastByteSent() {
    timers.startRefresh(300);
    time.advanceSeconds(150);
    timers.sent();
    time.advance(200 * SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).containsExactly("refresh@350000");
    time.advanceSeconds(400);
    assertThat(log).containsExactly("refresh@350000", "refresh@550000", "refresh@750000");
  }

  @Test
  @Requirement("CLI-7")
  void whatIsReceivedDoesNotPutOffTheRefresh() {
    timers.startRefresh(300);
    time.advanceSeconds(199);
    timers.received();
    time.advanceSeconds(1);
    assertThat(log).containsExactly("refresh@200000");
  }

  @Test
  @Requirement("CLI-7")
  void twoThirdsOfASecondIsNotRoundedAway() {
    timers.startRefresh(1);
    time.advance(SECOND * 2 / 3 - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).hasSize(1);
  }

  @Test
  @Requirement("CLI-8")
  void aLaterSuccessReplacesAShorterT() {
    timers.startRefresh(30);
    time.advanceSeconds(10);
    timers.startRefresh(600);
    time.advanceSeconds(399);
    assertThat(log).isEmpty();
    time.advanceSeconds(1);
    assertThat(log).containsExactly("refresh@410000");
    assertThat(time.pendingTasks()).isEqualTo(1);
  }

  @Test
  @Requirement("CLI-8")
  void aLaterSuccessReplacesALongerT() {
    timers.startRefresh(600);
    time.advanceSeconds(10);
    timers.startRefresh(30);
    assertThat(time.pendingTasks()).isEqualTo(1);
    time.advanceSeconds(20);
    assertThat(log).containsExactly("refresh@30000");
  }

  @Test
  void aKeepAliveThatCannotBeSentIsNotTriedAgainBeforeTheNextPeriod() {
    List<String> tries = new ArrayList<>();
    ConnectionTimers failing =
        new ConnectionTimers(
            time,
            new ConnectionTimers.Effects() {
              @Override
              public void refreshDue() {
                tries.add("refresh");
                assertThat(tries).as("tries without time passing").hasSizeLessThan(10);
              }
            });
    failing.startRefresh(3);
    time.advanceSeconds(6);
    assertThat(tries).hasSize(3);
    failing.stop();
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  @Requirement({"CLI-7", "SRV-6"})
  void theLargestTNeitherWrapsNorFiresEarly() {
    timers.startRefresh(Integer.MAX_VALUE);
    timers.startExpiry(Integer.MAX_VALUE, 86_400);
    time.advance(Integer.MAX_VALUE * SECOND / 3 * 2 - 1_000);
    assertThat(log).isEmpty();
    time.advance(2_000);
    assertThat(log).hasSize(1).first().asString().startsWith("refresh@");
  }

  @Test
  @Requirement({"OBP-1", "OBP-3"})
  void connectionAndIdleTimerStartAtEstablishment() {
    time.advanceSeconds(7);
    timers.startProxy(32, 932);
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
    timers.startProxy(32, 932);
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
    timers.startProxy(32, 932);
    time.advanceSeconds(31);
    timers.received();
    timers.sent();
    time.advanceSeconds(1);
    assertThat(log).containsExactly("connection@32000");
  }

  @Test
  @Requirement("OBP-1")
  void aSuccessfulResponseCancelsTheConnectionTimerForGood() {
    timers.startProxy(32, 932);
    timers.successSent();
    timers.provisionalSent();
    time.advanceSeconds(931);
    assertThat(log).isEmpty();
  }

  @Test
  @Requirement("OBP-1")
  void aSuccessSentBeforeTheStartIsNotForgotten() {
    timers.successSent();
    timers.startProxy(32, 932);
    time.advanceSeconds(931);
    assertThat(log).isEmpty();
  }

  @Test
  @Requirement("OBP-3")
  void anyByteInEitherDirectionRestartsTheIdleTimer() {
    timers.startProxy(32, 932);
    timers.successSent();
    time.advanceSeconds(900);
    timers.received();
    time.advanceSeconds(900);
    timers.sent();
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
    timers.received();
    time.advanceSeconds(332);
    assertThat(log).containsExactly("expiry@332000", "expiry@664000");
  }

  @Test
  @Requirement("SRV-6")
  void theExpiryTimerFiresAtTPlusGraceAfterTheLastByteReceived() {
    timers.startExpiry(300, 32);
    time.advanceSeconds(331);
    timers.received();
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
    timers.sent();
    time.advanceSeconds(1);
    assertThat(log).containsExactly("expiry@332000");
  }

  @Test
  @Requirement("SRV-8")
  void withoutNegotiationThereIsNoExpiryTimer() {
    timers.startProxy(32, 5_000);
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
    timers.received();
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
    timers.startProxy(32, 932);
    timers.startExpiry(300, 32);
    for (int i = 0; i < 10_000; i++) {
      time.advanceSeconds(1);
      timers.received();
      timers.sent();
      assertThat(time.pendingTasks()).isEqualTo(1);
    }
    assertThat(log).containsExactly("connection@32000");
  }

  @Test
  void nothingStartsAfterTheEnd() {
    timers.stop();
    timers.startProxy(32, 932);
    timers.startRefresh(300);
    timers.startExpiry(300, 32);
    timers.provisionalSent();
    timers.received();
  }

  @Test
  void closingFromWithinAnEffectLeavesNoTask() {
    ConnectionTimers[] self = new ConnectionTimers[1];
    self[0] =
        new ConnectionTimers(
            time,
            new ConnectionTimers.Effects() {
              @Override
              public void connectionTimerFired() {
                self[0].stop();
              }
            });
    self[0].startProxy(32, 932);
    time.advanceSeconds(32);
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  void aPeerThatNeverAnsweredIsNotHeldToIt() {
    timers.startRefresh(300);
    for (int i = 0; i < 20; i++) {
      timers.keepAliveSent(10);
      time.advanceSeconds(200);
    }
    assertThat(log).hasSize(20).allMatch(event -> event.startsWith("refresh"));
  }

  @Test
  void onceThePeerHasAnsweredEachLaterKeepAliveNeedsItsAnswerInTime() {
    timers.keepAliveSent(10);
    time.advanceSeconds(60);
    timers.keepAliveAnswered();
    time.advanceSeconds(60);
    timers.keepAliveSent(10);
    time.advance(10 * SECOND - 1);
    timers.keepAliveAnswered();
    time.advanceSeconds(60);
    assertThat(log).isEmpty();
    long before = time.nanoTime();
    timers.keepAliveSent(10);
    assertThat(time.pendingTasks()).isEqualTo(1);
    time.advance(10 * SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).containsExactly("pong@" + ((before - start) / 1_000_000 + 10_000));
    time.advanceSeconds(100);
    assertThat(log).as("told once").hasSize(1);
  }

  @Test
  void anAnswerToNothingProvesNothing() {
    timers.keepAliveAnswered();
    timers.keepAliveSent(10);
    time.advanceSeconds(100);
    assertThat(log).isEmpty();
  }

  @Test
  void anotherKeepAliveDoesNotPutOffTheAnswerToTheFirst() {
    timers.keepAliveSent(10);
    timers.keepAliveAnswered();
    timers.keepAliveSent(10);
    time.advanceSeconds(6);
    timers.keepAliveSent(10);
    timers.received();
    timers.sent();
    time.advanceSeconds(4);
    assertThat(log).containsExactly("pong@10000");
  }

  @Test
  void theAnswerNeedNotComeWhereTheLimitIsOff() {
    timers.keepAliveSent(0);
    timers.keepAliveAnswered();
    timers.keepAliveSent(0);
    time.advanceSeconds(100_000);
    assertThat(log).isEmpty();
  }

  @Test
  void refreshAndAnswerShareOneTask() {
    timers.startRefresh(300);
    timers.keepAliveSent(10);
    timers.keepAliveAnswered();
    for (int i = 0; i < 50; i++) {
      timers.keepAliveSent(10);
      assertThat(time.pendingTasks()).isEqualTo(1);
      timers.keepAliveAnswered();
      assertThat(time.pendingTasks()).isEqualTo(1);
      time.advanceSeconds(200);
    }
    assertThat(log).hasSize(50).allMatch(event -> event.startsWith("refresh"));
  }
}
