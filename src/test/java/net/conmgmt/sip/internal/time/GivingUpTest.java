package net.conmgmt.sip.internal.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;

class GivingUpTest {

  private static final long SECOND = 1_000_000_000L;

  private final VirtualScheduler time = new VirtualScheduler(Long.MAX_VALUE);
  private final List<String> log = new ArrayList<>();

  @Test
  @Requirement("CLI-10")
  void inTimeThePeerIsGivenUpAtItsInstant() {
    time.scheduleGivingUp(() -> log.add("up"), 5 * SECOND);
    time.advance(5 * SECOND - 1);
    assertThat(log).isEmpty();
    time.advance(1);
    assertThat(log).hasSize(1);
  }

  @Test
  @Requirement("CLI-10")
  void lateThePeerGetsOneMoreSecond() {
    time.scheduleGivingUp(() -> log.add("up"), 5 * SECOND);
    time.standStill(20 * SECOND);
    time.advance(SECOND - 1);
    assertThat(log).isEmpty();
    time.standStill(20 * SECOND);
    time.advance(0);
    assertThat(log).as("once").hasSize(1);
  }

  @Test
  @Requirement("CLI-10")
  void whatIsCalledOffMeanwhileGivesNobodyUp() {
    Scheduler.Task task = time.scheduleGivingUp(() -> log.add("up"), 5 * SECOND);
    time.standStill(20 * SECOND);
    time.advance(0);
    task.cancel();
    time.advance(60 * SECOND);
    assertThat(log).isEmpty();
    assertThat(time.pendingTasks()).isZero();
  }
}
