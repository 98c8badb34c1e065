package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class PeerWarningsTest {

  private final VirtualScheduler time;
  private final PeerWarnings warnings;
  private final CapturedLog log = new CapturedLog(PeerWarnings.class, Level.DEBUG);

  PeerWarningsTest(long clockStart) {
    time = new VirtualScheduler(clockStart);
    warnings = new PeerWarnings(time);
  }

  @AfterEach
  void close() {
    log.close();
  }

  /** Which of so many are logged at warn. */
  private List<String> warned(int count) {
    int before = log.lines().size();
    for (int i = 0; i < count; i++) {
      warnings.warn("odd {}", i);
    }
    List<String> lines = new ArrayList<>(log.lines().subList(before, log.lines().size()));
    lines.removeIf(line -> !line.startsWith("WARN"));
    return lines;
  }

  @Test
  void twentyAtOnceAreWarningsAndTheOthersAreLoggedAtDebug() {
    assertThat(warned(30)).hasSize(20).startsWith("WARN odd 0").endsWith("WARN odd 19");
    assertThat(log.lines()).hasSize(30).endsWith("DEBUG odd 29");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 20})
  void eachSecondAllowsOneMoreAndTheFirstSaysHowManyWereLeftOut(int seconds) {
    warned(25);
    time.advance(seconds * 1_000_000_000L - 1);
    assertThat(warned(0)).isEmpty();
    time.advance(1);
    List<String> lines = warned(40);
    assertThat(lines)
        .hasSize(seconds + 1)
        .startsWith("WARN odd 0", "WARN 5 warnings about peers were left out before this one");
    time.advanceSeconds(1);
    assertThat(warned(1))
        .containsExactly(
            "WARN odd 0",
            "WARN " + (40 - seconds) + " warnings about peers were left out before this one");
  }

  @Test
  void beforeASecondHasPassedNoneIsAllowedAndHalfOfOneIsNotLost() {
    warned(20);
    time.advance(999_999_999L);
    assertThat(warned(1)).isEmpty();
    time.advance(1);
    assertThat(warned(2)).as("one and what was left out").hasSize(2);
    time.advance(1_500_000_000L);
    assertThat(warned(2)).hasSize(2);
    time.advance(500_000_000L);
    assertThat(warned(2)).hasSize(2);
  }

  @Test
  void aLongQuietTimeAllowsNoMoreThanTwentyAgain() {
    warned(20);
    time.advanceSeconds(1_000);
    assertThat(warned(30)).hasSize(20);
  }
}
