package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** When a client's keep-alives are due, and what leaves them where they are. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class RhythmOfKeepAlivesTest {

  private static final long SECOND = 1_000_000_000L;

  private final VirtualScheduler time;
  private final Traffic traffic;
  private final AtomicInteger due = new AtomicInteger();
  private final ClientTimers timers;

  RhythmOfKeepAlivesTest(long clockStart) {
    time = new VirtualScheduler(clockStart);
    traffic = new Traffic(time);
    timers =
        new ClientTimers(
            traffic,
            new ClientTimers.Effects() {
              @Override
              public void refreshDue() {
                due.incrementAndGet();
              }
            },
            new Random(1));
  }

  @Test
  void keepAlivesAtRandomAreDrawnAnewEachTime() {
    timers.follow(Rhythm.ofEach(100));
    Set<Long> drawn = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      timers.keepAliveSent(0);
      drawn.add(timers.remaining().refreshMillis());
    }
    assertThat(drawn).hasSizeGreaterThan(10).allMatch(millis -> millis >= 80_000);
    assertThat(drawn).allMatch(millis -> millis < 100_000);
  }

  @Test
  void aRenewalLeavesTheKeepAliveThatWasDrawnWhereItIs() {
    timers.follow(Rhythm.ofEach(100));
    time.advanceSeconds(50);
    long drawn = timers.remaining().refreshMillis();
    timers.follow(Rhythm.ofEach(100));
    assertThat(timers.remaining().refreshMillis()).isEqualTo(drawn);
    timers.follow(Rhythm.ofEach(100).and(Rhythm.afterSilence(3_000)));
    assertThat(timers.remaining().refreshMillis()).isEqualTo(drawn);
  }

  @Test
  void anotherRhythmIsDrawnAnewFromTheLastKeepAliveOn() {
    timers.follow(Rhythm.ofEach(1_000));
    time.advanceSeconds(50);
    timers.follow(Rhythm.ofEach(100));
    assertThat(timers.remaining().refreshMillis()).isBetween(30_000L, 50_000L);
  }

  @Test
  void whatChangesNoDeadlineSchedulesNothing() {
    timers.follow(Rhythm.afterSilence(300));
    time.advanceSeconds(50);
    long scheduled = time.scheduledTasks();
    timers.follow(Rhythm.afterSilence(300));
    timers.keepAliveSent(0);
    assertThat(time.scheduledTasks()).isEqualTo(scheduled);
  }

  @Test
  void afterASleepAKeepAliveIsDueUnlessOneByteWasSentWithinTheLastSecond() {
    timers.woken();
    assertThat(due).as("nothing was agreed on").hasValue(0);
    timers.follow(Rhythm.afterSilence(300));
    traffic.bytesSent();
    time.advance(SECOND - 1);
    timers.woken();
    assertThat(due).hasValue(0);
    time.advance(1);
    timers.woken();
    assertThat(due).hasValue(1);
  }
}
