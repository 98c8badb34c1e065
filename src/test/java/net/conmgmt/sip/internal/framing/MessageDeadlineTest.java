package net.conmgmt.sip.internal.framing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageDeadlineTest {

  private int expired;
  private boolean paused;

  private MessageDeadline deadline(VirtualScheduler time) {
    return new MessageDeadline(time, Duration.ofSeconds(10), () -> paused, () -> expired++);
  }

  private static long seconds(long count) {
    return TimeUnit.SECONDS.toNanos(count);
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, 0, Long.MAX_VALUE - 1})
  void aMessageThatIsNotCompleteInTimeExpiresOnceHoweverManyBytesCome(long start) {
    VirtualScheduler time = new VirtualScheduler(start);
    MessageDeadline deadline = deadline(time);
    for (int i = 0; i < 10; i++) {
      deadline.inside(1);
      assertThat(expired).isZero();
      time.advance(seconds(1));
    }
    assertThat(expired).isEqualTo(1);
    assertThat(time.pendingTasks()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, 0, Long.MAX_VALUE - 1})
  void eachMessageHasTheWholeTime(long start) {
    VirtualScheduler time = new VirtualScheduler(start);
    MessageDeadline deadline = deadline(time);
    for (int message = 1; message <= 5; message++) {
      deadline.inside(message);
      time.advance(seconds(9));
      assertThat(time.pendingTasks()).isEqualTo(1);
    }
    assertThat(expired).isZero();
    time.advance(seconds(1));
    assertThat(expired).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, 0, Long.MAX_VALUE - 1})
  void betweenMessagesNothingExpiresAndNoTaskIsLeft(long start) {
    VirtualScheduler time = new VirtualScheduler(start);
    MessageDeadline deadline = deadline(time);
    deadline.inside(1);
    deadline.between();
    time.advance(seconds(100));
    assertThat(expired).isZero();
    assertThat(time.pendingTasks()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, 0, Long.MAX_VALUE - 1})
  void aClosedConnectionLeavesNoTask(long start) {
    VirtualScheduler time = new VirtualScheduler(start);
    MessageDeadline deadline = deadline(time);
    deadline.inside(1);
    deadline.cancel();
    assertThat(time.pendingTasks()).isZero();
    time.advance(seconds(100));
    assertThat(expired).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, 0, Long.MAX_VALUE - 1})
  void aPeerThatIsNotReadIsNotLate(long start) {
    VirtualScheduler time = new VirtualScheduler(start);
    MessageDeadline deadline = deadline(time);
    deadline.inside(1);
    paused = true;
    time.advance(seconds(100));
    paused = false;
    deadline.restart();
    time.advance(seconds(9));
    assertThat(expired).isZero();
    time.advance(seconds(1));
    assertThat(expired).isEqualTo(1);
  }
}
