package net.conmgmt.sip.internal.time;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SleepWatchTest {

  private static final long SECOND = 1_000_000_000L;

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE})
  @Requirement("CLI-10")
  void aMachineHasSleptWhereTheTimeOfDayRanOnAndTheClockOfTheTimersStoodStill(long start) {
    SleepWatch watch = new SleepWatch(1_000_000, start);
    assertThat(watch.hasSlept(1_300_000, start + 300 * SECOND)).isFalse();
    assertThat(watch.hasSlept(1_390_000, start + 300 * SECOND)).isTrue();
    assertThat(watch.hasSlept(1_395_000, start + 305 * SECOND)).as("told once").isFalse();
  }

  @Test
  @Requirement("CLI-10")
  void aTimeOfDayThatIsSetBackOrCorrectedALittleIsNoSleep() {
    SleepWatch watch = new SleepWatch(1_000_000, 0);
    assertThat(watch.hasSlept(1_001_000, 0)).isFalse();
    assertThat(watch.hasSlept(900_000, 0)).isFalse();
    assertThat(watch.hasSlept(903_000, 0)).isTrue();
  }
}
