package net.conmgmt.sip;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowRecoveryTest {

  private final Random random = new Random(7);

  private Duration delay(int failures, boolean all) {
    return FlowRecovery.delay(failures, all, Duration.ZERO, random);
  }

  @ParameterizedTest
  @CsvSource({
    "0, true, 30",
    "1, true, 60",
    "3, true, 240",
    "6, true, 1800",
    "1000000, true, 1800",
    "0, false, 90",
    "2, false, 360",
    "5, false, 1800"
  })
  @Requirement("DIA-10")
  void betweenHalfAndAllOfTheTimeThatDoublesWithEachFailureIsWaited(
      int failures, boolean all, long most) {
    Duration shortest = Duration.ofDays(1);
    Duration longest = Duration.ZERO;
    for (int i = 0; i < 2_000; i++) {
      Duration delay = delay(failures, all);
      shortest = delay.compareTo(shortest) < 0 ? delay : shortest;
      longest = delay.compareTo(longest) > 0 ? delay : longest;
    }
    assertThat(shortest).isBetween(Duration.ofMillis(most * 500), Duration.ofMillis(most * 510));
    assertThat(longest).isBetween(Duration.ofMillis(most * 990), Duration.ofMillis(most * 1_000));
  }

  @Test
  @Requirement("DIA-10")
  void whatTheServerAsksForInRetryAfterIsWaitedAtLeast() {
    Duration hour = Duration.ofHours(1);
    assertThat(FlowRecovery.delay(0, true, hour, random)).isEqualTo(hour);
    assertThat(FlowRecovery.delay(0, true, Duration.ofSeconds(1), random))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(15));
  }
}
