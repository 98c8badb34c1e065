package net.conmgmt.sip.internal.time;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keeps work for which there was no heap, to be tried again later. Keeping it allocates nothing as
 * long as there is room. Not thread-safe.
 */
final class Unfinished {

  private static final int FIRST_CAPACITY = 256;

  private @Nullable Runnable[] works = new Runnable[FIRST_CAPACITY];
  private int size;
  // Those that the present round still has to try.
  private int round;
  private long lastNanos;

  boolean isEmpty() {
    return size == 0;
  }

  /** False where there is no room, and no heap for more. */
  boolean add(Runnable work) {
    if (size == works.length) {
      try {
        works = Arrays.copyOf(works, 2 * size);
      } catch (OutOfMemoryError e) {
        return false;
      }
    }
    works[size] = work;
    size++;
    return true;
  }

  /** Whether one is to be taken: a round is under way, or it is time for one, which then begins. */
  boolean isDue(long now) {
    boolean isTime = lastNanos == 0 || now - lastNanos >= Scheduler.NO_HEAP_NANOS;
    if (round == 0 && size > 0 && isTime) {
      lastNanos = now;
      round = size;
    }
    return round > 0;
  }

  /** The next of the round, or null at its end; what fails again is added again. */
  @Nullable Runnable take() {
    if (round == 0) {
      return null;
    }
    round--;
    Runnable first = works[0];
    size--;
    System.arraycopy(works, 1, works, 0, size);
    works[size] = null;
    return first;
  }
}
