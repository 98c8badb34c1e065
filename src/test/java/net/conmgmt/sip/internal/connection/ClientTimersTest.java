package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ClientTimersTest {

  private static final long SECOND = 1_000_000_000L;

  private final List<String> log = new ArrayList<>();
  private final VirtualScheduler time;
  private final long start;
  private final Traffic traffic;
  private final ClientTimers timers;

  ClientTimersTest(long clockStart) {
    start = clockStart;
    time = new VirtualScheduler(clockStart);
    traffic = new Traffic(time);
    timers =
        new ClientTimers(
            traffic,
            new ClientTimers.Effects() {
              @Override
              public void refreshDue() {
                note("refresh");
                traffic.bytesSent();
              }

              @Override
              public void pongTimerFired() {
                note("pong");
              }

              @Override
              public void agreementEnds() {
                note("end");
              }
            },
            new Random(1));
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
    timers.follow(Rhythm.afterSilence(300));
    time.advanceSeconds(150);
    traffic.bytesSent();
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
    timers.follow(Rhythm.afterSilence(300));
    time.advanceSeconds(199);
    traffic.bytesReceived();
    time.advanceSeconds(1);
    assertThat(log).containsExactly("refresh@200000");
  }

  @Test
  @Requirement("CLI-7")
  void twoThirdsOfASecondIsNotRoundedAway() {
    timers.follow(Rhythm.afterSilence(1));
    time.advance(SECOND * 2 / 3 - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).hasSize(1);
  }

  @Test
  @Requirement("CLI-8")
  void aLaterSuccessReplacesAShorterT() {
    timers.follow(Rhythm.afterSilence(30));
    time.advanceSeconds(10);
    timers.follow(Rhythm.afterSilence(600));
    time.advanceSeconds(389);
    assertThat(log).isEmpty();
    time.advanceSeconds(1);
    assertThat(log).containsExactly("refresh@400000");
    assertThat(time.pendingTasks()).isEqualTo(1);
  }

  @Test
  @Requirement("CLI-8")
  void aLaterSuccessReplacesALongerT() {
    timers.follow(Rhythm.afterSilence(600));
    time.advanceSeconds(10);
    timers.follow(Rhythm.afterSilence(30));
    assertThat(time.pendingTasks()).isEqualTo(1);
    time.advanceSeconds(10);
    assertThat(log).containsExactly("refresh@20000");
  }

  /** The response says nothing to what lies between, which has heard nothing since the request. */
  @Test
  @Requirement({"CLI-7", "CLI-8"})
  void aRenewalDoesNotPutOffTheNextKeepAlive() {
    timers.follow(Rhythm.afterSilence(3));
    time.advance(SECOND);
    traffic.bytesSent();
    time.advance(SECOND);
    timers.follow(Rhythm.afterSilence(3));
    time.advance(SECOND);
    assertThat(log).containsExactly("refresh@3000");
  }

  @Test
  void aKeepAliveThatCannotBeSentIsNotTriedAgainBeforeTheNextPeriod() {
    List<String> tries = new ArrayList<>();
    ClientTimers failing =
        new ClientTimers(
            traffic,
            new ClientTimers.Effects() {
              @Override
              public void refreshDue() {
                tries.add("refresh");
                assertThat(tries).as("tries without time passing").hasSizeLessThan(10);
              }
            },
            new Random(1));
    failing.follow(Rhythm.afterSilence(3));
    time.advanceSeconds(6);
    assertThat(tries).hasSize(3);
    failing.stop();
    assertThat(time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("CLI-7")
  void theLargestTNeitherWrapsNorFiresEarly() {
    timers.follow(Rhythm.afterSilence(Integer.MAX_VALUE));
    time.advance(Integer.MAX_VALUE * SECOND / 3 * 2 - 1_000);
    assertThat(log).isEmpty();
    time.advance(2_000);
    assertThat(log).hasSize(1).first().asString().startsWith("refresh@");
  }

  @Test
  void nothingStartsAfterTheEnd() {
    timers.stop();
    timers.follow(Rhythm.afterSilence(300));
    timers.keepAliveSent(10);
    timers.keepAliveAnswered(true);
    timers.keepAliveSent(10);
  }

  @Test
  void aPeerThatNeverAnsweredIsNotHeldToIt() {
    timers.follow(Rhythm.afterSilence(300));
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
    timers.keepAliveSent(10);
    time.advanceSeconds(10);
    timers.keepAliveAnswered(true);
    time.advanceSeconds(60);
    timers.keepAliveSent(10);
    time.advance(10 * SECOND - 1);
    timers.keepAliveAnswered(true);
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
    timers.keepAliveAnswered(true);
    timers.keepAliveSent(10);
    time.advanceSeconds(100);
    assertThat(log).isEmpty();
  }

  @Test
  void whatComesLaterThanAnAnswerMayProvesNothing() {
    timers.keepAliveSent(10);
    time.advance(10 * SECOND + 1);
    timers.keepAliveAnswered(true);
    timers.keepAliveSent(10);
    time.advanceSeconds(100);
    assertThat(log).isEmpty();
  }

  @Test
  void anotherKeepAliveDoesNotPutOffTheAnswerToTheFirst() {
    timers.keepAliveSent(10);
    timers.keepAliveAnswered(true);
    timers.keepAliveSent(10);
    time.advanceSeconds(6);
    timers.keepAliveSent(10);
    traffic.bytesReceived();
    traffic.bytesSent();
    time.advanceSeconds(4);
    assertThat(log).containsExactly("pong@10000");
  }

  @Test
  void theAnswerNeedNotComeWhereTheLimitIsOff() {
    timers.keepAliveSent(0);
    timers.keepAliveAnswered(true);
    timers.keepAliveSent(0);
    time.advanceSeconds(100_000);
    assertThat(log).isEmpty();
  }

  @Test
  void aTaskThatWasReplacedAfterItHadLeftTheQueueLeavesNoSecondOne() {
    timers.follow(Rhythm.afterSilence(300));
    time.advanceSeconds(50);
    timers.run();
    assertThat(time.pendingTasks()).isEqualTo(1);
    time.advanceSeconds(150);
    assertThat(log).containsExactly("refresh@200000");
    assertThat(time.pendingTasks()).isEqualTo(1);
  }

  @Test
  void anAgreementEndsAtItsInstantThoughNothingElseRuns() {
    timers.endAt(time.nanoTime() + 7 * SECOND);
    time.advance(7 * SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).containsExactly("end@7000");
  }

  @Test
  void anAnswerAtTheVeryLastInstantProvesThatThePeerAnswers() {
    timers.keepAliveSent(10);
    time.advanceSeconds(10);
    timers.keepAliveAnswered(true);
    timers.keepAliveSent(10);
    time.advanceSeconds(10);
    assertThat(log).containsExactly("pong@20000");
  }

  @Test
  void aTenthOfASecondLateIsNotLate() {
    timers.keepAliveSent(10);
    timers.keepAliveAnswered(true);
    timers.keepAliveSent(10);
    time.standStill(10 * SECOND + 100_000_000);
    time.advance(0);
    assertThat(log).containsExactly("pong@10100");
  }

  @Test
  void laterThanATenthOfASecondThePeerGetsOneMoreSecond() {
    timers.keepAliveSent(10);
    timers.keepAliveAnswered(true);
    timers.keepAliveSent(10);
    time.standStill(10 * SECOND + 100_000_001);
    time.advance(SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).containsExactly("pong@11100");
  }

  @Test
  void theyCarryTheNameOfTheirConnection() {
    ClientTimers.Effects named =
        new ClientTimers.Effects() {
          @Override
          public String toString() {
            return "connection #7";
          }
        };
    assertThat(new ClientTimers(traffic, named, new Random(1))).hasToString("connection #7");
  }

  @Test
  void refreshAndAnswerShareOneTask() {
    timers.follow(Rhythm.afterSilence(300));
    timers.keepAliveSent(10);
    timers.keepAliveAnswered(true);
    for (int i = 0; i < 50; i++) {
      timers.keepAliveSent(10);
      assertThat(time.pendingTasks()).isEqualTo(1);
      timers.keepAliveAnswered(true);
      assertThat(time.pendingTasks()).isEqualTo(1);
      time.advanceSeconds(200);
    }
    assertThat(log).hasSize(50).allMatch(event -> event.startsWith("refresh"));
  }
}
