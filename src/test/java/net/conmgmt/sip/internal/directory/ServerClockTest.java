package net.conmgmt.sip.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What a process knows of the store's clock; its own shows {@code start} when that shows 0. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ServerClockTest {

  private static final long MILLI = 1_000_000;
  private static final long MICROS = 1_800_000_000_000_000L;

  private final long start;
  private final ServerClock clock = new ServerClock();

  ServerClockTest(long start) {
    this.start = start;
  }

  /** The store answers at {@code millis}, on the way there and back for so long. */
  private void sample(long millis, long there, long back) {
    clock.sample(
        MICROS + millis * 1_000, start + (millis - there) * MILLI, start + (millis + back) * MILLI);
  }

  private long errorMicros(long atMillis) {
    return clock.micros(start + atMillis * MILLI) - MICROS - atMillis * 1_000;
  }

  @Test
  @Requirement("CLU-4")
  void itIsNeverWrongByMoreThanTheDoubt() {
    sample(100, 90, 2);
    assertThat(errorMicros(200)).isEqualTo(44_000);
    assertThat(clock.doubtMicros(start + 200 * MILLI)).isBetween(46_000L, 47_000L);
  }

  @Test
  @Requirement("CLU-4")
  void theMostCertainAnswerCountsUntilItsCertaintyHasWornOff() {
    sample(100, 1, 1);
    sample(200, 300, 10);
    assertThat(errorMicros(300)).isZero();
    sample(100_000, 20, 4);
    assertThat(errorMicros(100_000)).isEqualTo(8_000);
  }

  @Test
  @Requirement("CLU-4")
  void aClockThatWasSetIsFollowedAtOnce() {
    sample(100, 1, 1);
    clock.sample(MICROS - 10_000_000, start + 198 * MILLI, start + 298 * MILLI);
    assertThat(clock.micros(start + 248 * MILLI)).isEqualTo(MICROS - 10_000_000);
  }
}
