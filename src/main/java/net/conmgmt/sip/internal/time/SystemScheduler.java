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
    boolean goesOn = true;
    while (goesOn) {
      Object about = this;
      try {
        Runnable next = next();
        goesOn = next != null;
        if (next != null) {
          about = next;
          untilDone(next);
        }
      } catch (RuntimeException | Error e) {
        // Of a task, or of the waiting itself where there is no heap: the other timers outlive it.
        Failures.log(LOG, about, e);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  /** Waits for the first task to be due and takes it out; null when the scheduler is closed. */
  private @Nullable Runnable next() {
    lock.lock();
    try {
      while (!closed) {
        long now = System.nanoTime();
        if (unfinished.isDue(now)) {
          return unfinished.take();
        }
        if (!whenWoken.isEmpty() && sleep.hasSlept(System.currentTimeMillis(), now)) {
          whenWoken.forEach(action -> queue.add(new TimerQueue.Entry(action, now)));
        }
        TimerQueue.Entry first = queue.first();
        long wait = first == null ? Long.MAX_VALUE : first.atNanos() - now;
        if (first != null && wait <= 0) {
          queue.remove(first);
          return first.task();
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
