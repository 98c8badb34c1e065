package net.conmgmt.sip.internal.time;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A queue of tasks in order of their instants, from which any task can be removed. It knows no
 * clock and no thread. It is a binary heap, because a proxy has one task for each connection and
 * the JDK's own executor needs more memory for each. Adding and removing are O(log n). Not
 * thread-safe.
 */
final class TimerQueue {

  /** A task that waits, or did. */
  static class Entry {
    private final Runnable task;
    private final long atNanos;
    private int index = NOT_QUEUED;

    Entry(Runnable task, long atNanos) {
      this.task = task;
      this.atNanos = atNanos;
    }

    Runnable task() {
      return task;
    }

    long atNanos() {
      return atNanos;
    }
  }

  private static final int NOT_QUEUED = -1;
  private static final int FIRST_CAPACITY = 16;

  private @Nullable Entry[] heap = new Entry[FIRST_CAPACITY];
  private int size;

  int size() {
    return size;
  }

  /** The entry that is due first, or null. Of equals any may be the first. */
  @Nullable Entry first() {
    return heap[0];
  }

  void add(Entry entry) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, size + size / 2);
    }
    size++;
    up(size - 1, entry);
  }

  /** Takes the entry out, if it is in. */
  void remove(Entry entry) {
    int hole = entry.index;
    if (hole == NOT_QUEUED) {
      return;
    }
    entry.index = NOT_QUEUED;
    size--;
    Entry last = heap[size];
    heap[size] = null;
    if (last == null || last == entry) {
      return;
    }
    if (last.atNanos - entry.atNanos < 0) {
      up(hole, last);
    } else {
      down(hole, last);
    }
  }

  void clear() {
    while (size > 0) {
      size--;
      Entry entry = heap[size];
      if (entry != null) {
        entry.index = NOT_QUEUED;
      }
      heap[size] = null;
    }
  }

  /** Puts the entry at the hole or, where it is due before what is above, higher. */
  private void up(int hole, Entry entry) {
    int at = hole;
    while (at > 0) {
      int parent = (at - 1) / 2;
      Entry above = heap[parent];
      if (above == null || entry.atNanos - above.atNanos >= 0) {
        break;
      }
      put(at, above);
      at = parent;
    }
    put(at, entry);
  }

  /** Puts the entry at the hole or, where it is due after what is below, lower. */
  private void down(int hole, Entry entry) {
    int at = hole;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      Entry below = heap[child];
      Entry right = child + 1 < size ? heap[child + 1] : null;
      if (right != null && below != null && right.atNanos - below.atNanos < 0) {
        child++;
        below = right;
      }
      if (below == null || entry.atNanos - below.atNanos <= 0) {
        break;
      }
      put(at, below);
      at = child;
    }
    put(at, entry);
  }

  private void put(int at, Entry entry) {
    heap[at] = entry;
    entry.index = at;
  }
}
