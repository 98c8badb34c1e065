package net.conmgmt.sip.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReconnectBackoffTest {

  private static final long SECOND = 1_000_000_000L;

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - SECOND})
  void theFirstTimeIsAtOnceAndTheNextOnesWaitLongerUpToAMinute(long start) {
    ReconnectBackoff backoff = new ReconnectBackoff(new Random(3));
    long now = start;
    assertThat(backoff.delayNanos(now)).isZero();
    long[] expectedSeconds = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    for (long seconds : expectedSeconds) {
      backoff.ended(false, now);
      long delay = backoff.delayNanos(now);
      assertThat(delay).isBetween(seconds * SECOND * 4 / 5, seconds * SECOND * 6 / 5);
      assertThat(backoff.delayNanos(now + delay / 2)).isEqualTo(delay - delay / 2);
      now += delay;
      assertThat(backoff.delayNanos(now)).isZero();
    }
  }

  @Test
  void theDelaysAreSpreadSoThatClientsDoNotComeBackTogether() {
    Random random = new Random(3);
    assertThat(
            java.util.stream.IntStream.range(0, 100)
                .mapToLong(
                    i -> {
                      ReconnectBackoff backoff = new ReconnectBackoff(random);
                      backoff.ended(false, 0);
                      return backoff.delayNanos(0);
                    })
                .distinct()
                .count())
        .isGreaterThan(90);
  }

  @Test
  void aConnectionThatIsLostSoonDoesNotResetTheDelay() {
    ReconnectBackoff backoff = new ReconnectBackoff(new Random(3));
    backoff.ended(true, 0);
    backoff.ended(true, 0);
    assertThat(backoff.delayNanos(0)).isBetween(SECOND * 8 / 5, SECOND * 12 / 5);
  }

  @Test
  void aConnectionThatLastedMakesTheNextTimeAFirstOne() {
    ReconnectBackoff backoff = new ReconnectBackoff(new Random(3));
    backoff.ended(false, 0);
    backoff.ended(false, 0);
    backoff.ended(true, 0);
    assertThat(backoff.delayNanos(31 * SECOND)).isZero();
    backoff.ended(false, 31 * SECOND);
    assertThat(backoff.delayNanos(31 * SECOND)).isBetween(SECOND * 4 / 5, SECOND * 6 / 5);
  }

  @Test
  void thirtySecondsWithoutAConnectionAreNoReset() {
    ReconnectBackoff backoff = new ReconnectBackoff(new Random(3));
    for (int i = 0; i < 7; i++) {
      backoff.ended(false, 0);
    }
    assertThat(backoff.delayNanos(31 * SECOND)).isPositive();
  }
}
