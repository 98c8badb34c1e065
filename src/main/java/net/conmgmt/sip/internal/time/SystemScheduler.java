package net.conmgmt.sip.internal.time;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The scheduler for real time, with {@link System#nanoTime()} and one daemon thread, which starts
 * with the first task. A task that throws is logged and affects no other; a task for which there is
 * no heap is run again. Thread-safe.
 */
public final class SystemScheduler implements Scheduler, AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(SystemScheduler.class);
  private static final long PAUSE_NANOS = 1_000_000;

  /** How long a sleep may stay unnoticed by those who want to hear of it. */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final Task NOTHING = () -> {};

  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  // Guarded by lock.
  private final TimerQueue queue = new TimerQueue();
  private final Unfinished unfinished = new Unfinished();
  private final TimerQueue.Entry finishing = new TimerQueue.Entry(this::finish, 0);
  private boolean started;
  private boolean closed;
  private final List<Runnable> whenWoken = new ArrayList<>(1);
  private final SleepWatch sleep = new SleepWatch(System.currentTimeMillis(), System.nanoTime());

  /** Creates a scheduler whose thread carries {@code threadName}. */
  public SystemScheduler(String threadName) {
    thread = new Thread(this::work, threadName);
    thread.setDaemon(true);
  }

  private final class Pending extends TimerQueue.Entry implements Task {

    Pending(Runnable task, long atNanos) {
      super(task, atNanos);
    }

    @Override
    public void cancel() {
      lock.lock();
      try {
        queue.remove(this);
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long epochMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public Task schedule(Runnable task, long delayNanos) {
    // Half of the scale at most, so that instants stay comparable by subtraction.
    long delay = Math.max(0, Math.min(delayNanos, Long.MAX_VALUE / 2));
    Pending pending = new Pending(task, System.nanoTime() + delay);
    lock.lock();
    try {
      if (closed) {
        return NOTHING;
      }
      queue.add(pending);
      if (!started) {
        thread.start();
        started = true;
      } else if (queue.first() == pending) {
        changed.signal();
      }
    } finally {
      lock.unlock();
    }
    return pending;
  }

  @Override
  public void untilDone(Runnable work) {
    try {
      work.run();
    } catch (OutOfMemoryError e) {
      keep(work);
    }
  }

  private void keep(Runnable work) {
    while (!isKept(work)) {
      // The room for such work cannot grow: whoever brings it has to wait for heap.
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private boolean isKept(Runnable work) {
    lock.lock();
    try {
      if (!closed && !unfinished.add(work)) {
        return false;
      }
      changed.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Tries once more what is unfinished. */
  private void finish() {
    for (Runnable work = takeUnfinished(); work != null; work = takeUnfinished()) {
      run(work);
    }
  }

  private @Nullable Runnable takeUnfinished() {
    lock.lock();
    try {
      return unfinished.take();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void whenWoken(Runnable action) {
    lock.lock();
    try {
      whenWoken.add(action);
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isOwnThread() {
    return Thread.currentThread() == thread;
  }

  private void work() {
    while (!goRound()) {
      // A failure of the waiting itself, as there is no heap: the timers must outlive it.
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** Runs tasks until the scheduler is closed; false where something failed meanwhile. */
  private boolean goRound() {
    try {
      TimerQueue.Entry next = next();
      while (next != null) {
        run(next.task());
        next = next();
      }
      return true;
    } catch (RuntimeException | Error e) {
      Failures.log(LOG, this, e);
      return false;
    }
  }

  /** Waits for the first task to be due and takes it out; null when the scheduler is closed. */
  private TimerQueue.@Nullable Entry next() {
    lock.lock();
    try {
      while (!closed) {
        if (unfinished.isDue(System.nanoTime())) {
          return finishing;
        }
        if (!whenWoken.isEmpty() && sleep.hasSlept(System.currentTimeMillis(), System.nanoTime())) {
          List<Runnable> told = List.copyOf(whenWoken);
          return new TimerQueue.Entry(() -> told.forEach(this::run), System.nanoTime());
        }
        TimerQueue.Entry first = queue.first();
        long wait = first == null ? Long.MAX_VALUE : first.atNanos() - System.nanoTime();
        if (first != null && wait <= 0) {
          queue.remove(first);
          return first;
        }
        try {
          long look = unfinished.isEmpty() ? LOOK_NANOS : NO_HEAP_NANOS;
          boolean looks = !unfinished.isEmpty() || !whenWoken.isEmpty();
          changed.awaitNanos(looks ? Math.min(wait, look) : wait);
        } catch (InterruptedException e) {
          // Closed, or a task left the thread interrupted: either is looked at again.
          LOG.trace("{} was interrupted while waiting for a timer", thread.getName(), e);
        }
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  private void run(Runnable task) {
    try {
      untilDone(task);
    } catch (RuntimeException | Error e) {
      Failures.log(LOG, task, e);
    }
  }

  /** Ends the thread; tasks that have not begun never run. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      queue.clear();
      changed.signal();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
  }
}
