package net.conmgmt.sip.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Virtual time: nothing runs until {@link #advance}. Tasks run in the order of their deadlines,
 * each at exactly its instant, on the thread that lets time pass. Thread-safe; time passes on one
 * thread at a time.
 */
public final class VirtualScheduler implements Scheduler {

  private final NavigableSet<Pending> queue = new TreeSet<>();
  private final List<Runnable> wakers = new ArrayList<>();
  private long now;
  private long nextSequence;

  /** Starts at instant 0. */
  public VirtualScheduler() {
    this(0);
  }

  /** Starts at any instant, to show that code survives the wrap of the scale. */
  public VirtualScheduler(long startNanos) {
    now = startNanos;
  }

  @Override
  public synchronized long nanoTime() {
    return now;
  }

  @Override
  public synchronized Task schedule(Runnable task, long delayNanos) {
    Pending pending = new Pending(task, now + Math.max(0, delayNanos), nextSequence++);
    queue.add(pending);
    return () -> cancel(pending);
  }

  @Override
  public synchronized void whenWoken(Runnable action) {
    wakers.add(action);
  }

  /** The machine has slept. */
  public void wake() {
    List<Runnable> woken;
    synchronized (this) {
      woken = List.copyOf(wakers);
    }
    woken.forEach(Runnable::run);
  }

  /** Time passes in which this process stands still: what is due meanwhile comes late. */
  public synchronized void standStill(long nanos) {
    now += nanos;
  }

  /** How many tasks were ever scheduled. */
  public synchronized long scheduledTasks() {
    return nextSequence;
  }

  /** How many tasks are waiting. */
  public synchronized int pendingTasks() {
    return queue.size();
  }

  /** Lets time pass and runs what becomes due, tasks scheduled meanwhile included. */
  public void advance(long nanos) {
    long end = nanoTime() + nanos;
    // A task may take locks that those who schedule hold: it runs outside this one.
    for (Pending next = nextUntil(end); next != null; next = nextUntil(end)) {
      next.task.run();
    }
  }

  private synchronized @Nullable Pending nextUntil(long end) {
    if (queue.isEmpty() || queue.first().atNanos - end > 0) {
      now = end;
      return null;
    }
    Pending next = queue.first();
    queue.remove(next);
    // Behind it where the process stood still.
    now = next.atNanos - now >= 0 ? next.atNanos : now;
    return next;
  }

  private synchronized void cancel(Pending pending) {
    queue.remove(pending);
  }

  /** {@link #advance} in seconds. */
  public void advanceSeconds(long seconds) {
    advance(seconds * 1_000_000_000L);
  }

  private record Pending(Runnable task, long atNanos, long sequence)
      implements Comparable<Pending> {
    @Override
    public int compareTo(Pending other) {
      long distance = atNanos - other.atNanos;
      return distance == 0 ? Long.compare(sequence, other.sequence) : Long.signum(distance);
    }
  }
}
