package net.conmgmt.sip.internal.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.conmgmt.sip.internal.time.TimerQueue.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TimerQueueTest {

  private final TimerQueue queue = new TimerQueue();

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
  void whateverIsAddedAndTakenOutTheFirstIsTheOneDueFirst(long start) {
    Random random = new Random(1);
    List<Entry> expected = new ArrayList<>();
    for (int step = 0; step < 20_000; step++) {
      if (expected.isEmpty() || random.nextInt(100) < 55) {
        Entry entry = new Entry(() -> {}, start + random.nextInt(1_000));
        queue.add(entry);
        expected.add(entry);
      } else {
        Entry gone = expected.remove(random.nextInt(expected.size()));
        queue.remove(gone);
        // Once more means nothing.
        queue.remove(gone);
      }
      assertThat(queue.size()).isEqualTo(expected.size());
      if (step % 20 == 0) {
        assertFirst(expected, start);
      }
    }
    while (!expected.isEmpty()) {
      assertFirst(expected, start);
      Entry first = Objects.requireNonNull(queue.first());
      queue.remove(first);
      expected.remove(first);
    }
    assertThat(queue.first()).isNull();
  }

  private void assertFirst(List<Entry> expected, long start) {
    Long least =
        expected.stream()
            .map(entry -> entry.atNanos() - start)
            .min(Comparator.naturalOrder())
            .orElse(null);
    Entry first = queue.first();
    assertThat(first == null ? null : first.atNanos() - start).isEqualTo(least);
  }

  @Test
  void aClearedQueueIsEmptyAndUsable() {
    Entry entry = new Entry(() -> {}, 5);
    queue.add(entry);
    queue.clear();
    queue.remove(entry);
    assertThat(queue.size()).isZero();
    assertThat(queue.first()).isNull();
    queue.add(entry);
    assertThat(queue.first()).isSameAs(entry);
  }
}
