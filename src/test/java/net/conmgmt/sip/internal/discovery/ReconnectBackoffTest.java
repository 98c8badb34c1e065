package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReconnectBackoffTest {

  private static final long SECOND = 1_000_000_000L;

  private final ReconnectBackoff backoff = new ReconnectBackoff(new Random(3));

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - SECOND})
  void theFirstTimeIsAtOnceAndTheNextOnesWaitLongerUpToAMinute(long start) {
    long now = start;
    assertThat(backoff.delayNanos(now)).isZero();
    long[] expectedSeconds = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    for (long seconds : expectedSeconds) {
      backoff.failed(now);
      long delay = backoff.delayNanos(now);
      assertThat(delay).isBetween(seconds * SECOND * 4 / 5, seconds * SECOND * 6 / 5);
      assertThat(backoff.delayNanos(now + delay / 2)).isEqualTo(delay - delay / 2);
      now += delay;
      assertThat(backoff.delayNanos(now)).isZero();
    }
  }

  @Test
  void theDelaysAreSpreadSoThatClientsDoNotComeBackTogether() {
    assertThat(
            distinctOf100(
                b -> {
                  b.failed(0);
                  return b.delayNanos(0);
                }))
        .isGreaterThan(90);
    assertThat(
            distinctOf100(
                b -> {
                  b.connected(0);
                  b.lost(31 * SECOND);
                  return b.delayNanos(31 * SECOND);
                }))
        .isGreaterThan(90);
  }

  @Test
  void aConnectionThatIsLostSoonIsLikeAFailure() {
    long now = 0;
    long[] expectedSeconds = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    for (long seconds : expectedSeconds) {
      backoff.connected(now);
      assertThat(backoff.lost(now + 30 * SECOND)).isFalse();
      now += 30 * SECOND;
      assertThat(backoff.delayNanos(now))
          .isBetween(seconds * SECOND * 4 / 5, seconds * SECOND * 6 / 5);
      now += backoff.delayNanos(now);
    }
  }

  @Test
  void askingLateDoesNotMakeALongerConnectionOfAShortOne() {
    for (int i = 0; i < 7; i++) {
      backoff.connected(0);
      assertThat(backoff.lost(0)).isFalse();
    }
    assertThat(backoff.delayNanos(31 * SECOND)).isPositive();
  }

  @Test
  void aConnectionThatLastedIsReplacedWithinASecondOfItsLossAndTheDoublingBeginsAnew() {
    backoff.failed(0);
    backoff.failed(0);
    backoff.connected(0);
    assertThat(backoff.lost(30 * SECOND + 1)).isTrue();
    assertThat(backoff.delayNanos(30 * SECOND + 1)).isBetween(0L, SECOND);
    assertThat(backoff.delayNanos(32 * SECOND)).isZero();
    backoff.failed(32 * SECOND);
    assertThat(backoff.delayNanos(32 * SECOND)).isBetween(SECOND * 4 / 5, SECOND * 6 / 5);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - SECOND})
  @Requirement("DIA-10")
  void whereOutboundIsInForceThePausesAreThoseOfRfc5626(long start) {
    long now = start;
    backoff.connected(now);
    backoff.registered(true);
    assertThat(backoff.lost(now)).isFalse();
    long[] mostSeconds = {60, 120, 240, 480, 960, 1_800, 1_800};
    for (long most : mostSeconds) {
      long delay = backoff.delayNanos(now);
      assertThat(delay).isBetween(most * SECOND / 2, most * SECOND);
      now += delay;
      assertThat(backoff.delayNanos(now)).isZero();
      backoff.failed(now);
    }
  }

  @Test
  @Requirement("DIA-10")
  void aFlowThatHasWorkedIsReplacedWithinASecondAndOneWithoutAnAnsweredKeepAliveIsNot() {
    backoff.connected(0);
    backoff.registered(true);
    assertThat(backoff.lost(90 * SECOND)).isFalse();
    assertThat(backoff.delayNanos(90 * SECOND)).isBetween(30 * SECOND, 60 * SECOND);

    backoff.connected(200 * SECOND);
    backoff.registered(true);
    backoff.keepAliveAnswered();
    assertThat(backoff.lost(300 * SECOND)).isTrue();
    assertThat(backoff.delayNanos(300 * SECOND)).isBetween(0L, SECOND);
    backoff.failed(300 * SECOND);
    assertThat(backoff.delayNanos(300 * SECOND)).isBetween(30 * SECOND, 60 * SECOND);
  }

  @Test
  @Requirement("DIA-10")
  void withoutOutboundThePausesAreTheShortOnesAgain() {
    backoff.connected(0);
    backoff.registered(true);
    backoff.lost(0);
    backoff.connected(60 * SECOND);
    backoff.registered(false);
    backoff.lost(60 * SECOND);
    assertThat(backoff.delayNanos(60 * SECOND)).isBetween(SECOND, 3 * SECOND);
  }

  @Test
  @Requirement("DIA-10")
  void whatTheRegistrarAsksForInRetryAfterIsWaitedAtLeastButNoLongerThanAnHour() {
    backoff.connected(0);
    backoff.retryAfter(Duration.ofMinutes(5), 0);
    backoff.lost(10 * SECOND);
    assertThat(backoff.delayNanos(10 * SECOND)).isEqualTo(290 * SECOND);
    backoff.retryAfter(Duration.ofSeconds(Integer.MAX_VALUE), 10 * SECOND);
    assertThat(backoff.delayNanos(10 * SECOND)).isEqualTo(3_600 * SECOND);
    backoff.connected(4_000 * SECOND);
    backoff.retryAfter(Duration.ofMinutes(5), 4_000 * SECOND);
    backoff.registered(true);
    assertThat(backoff.delayNanos(4_001 * SECOND)).as("accepted after all").isZero();
    backoff.retryAfter(Duration.ofMinutes(5), 4_001 * SECOND);
    backoff.reset();
    assertThat(backoff.delayNanos(4_001 * SECOND)).as("another network").isZero();
  }

  private interface Scenario {
    long delayNanos(ReconnectBackoff backoff);
  }

  private static long distinctOf100(Scenario scenario) {
    Random random = new Random(3);
    LongUnaryOperator delay = i -> scenario.delayNanos(new ReconnectBackoff(random));
    return LongStream.range(0, 100).map(delay).distinct().count();
  }
}
