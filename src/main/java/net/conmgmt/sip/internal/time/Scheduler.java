package net.conmgmt.sip.internal.time;

/**
 * The only source of time and of delayed work in this library. Production code uses {@link
 * SystemScheduler}; tests inject a virtual one.
 *
 * <p>Implementations are thread-safe. Instants are nanoseconds on an arbitrary scale that may wrap:
 * compare them by subtraction only.
 */
public interface Scheduler {

  /** After how long work is tried again for which there was no heap. */
  long NO_HEAP_NANOS = 10_000_000L;

  /** The present instant in nanoseconds; meaningful only as a difference. */
  long nanoTime();

  /**
   * The time of day in milliseconds since 1970, which other machines know too and which may jump;
   * for what is not real time, the same scale as {@link #nanoTime}.
   */
  default long epochMillis() {
    return Math.floorDiv(nanoTime(), 1_000_000L);
  }

  /**
   * Runs {@code task} once after {@code delayNanos} (at once if not positive), never inside this
   * call.
   */
  Task schedule(Runnable task, long delayNanos);

  /**
   * The same for a task that gives a peer up: where it comes late, because this process stood
   * still, what has arrived meanwhile is read first.
   */
  default Task scheduleGivingUp(Runnable task, long delayNanos) {
    return new GivingUp(this, task, delayNanos).begin(delayNanos);
  }

  /**
   * Runs work now that must not be left out. Where it fails because there is no heap, it is tried
   * again and again, on the thread of the tasks, until there is; it has to go on where it was. The
   * same holds for every task that has begun.
   */
  default void untilDone(Runnable work) {
    try {
      work.run();
    } catch (OutOfMemoryError e) {
      Task unused = schedule(() -> untilDone(work), NO_HEAP_NANOS);
    }
  }

  /**
   * Runs {@code action} whenever the machine turns out to have slept, on the thread of the tasks.
   * While it sleeps {@link #nanoTime} may stand still, so that no task is late when it wakes.
   */
  default void whenWoken(Runnable action) {}

  /** Whether the calling thread runs the tasks, so that it must not wait for one. */
  default boolean isOwnThread() {
    return false;
  }

  /** The same work under the name of {@code about}, should it fail and be logged. */
  static Runnable named(Object about, Runnable work) {
    return new Runnable() {
      @Override
      public void run() {
        work.run();
      }

      @Override
      public String toString() {
        return String.valueOf(about);
      }
    };
  }

  /**
   * This scheduler for the work of {@code about}: each task carries its name, as {@link #named}.
   */
  default Scheduler workingFor(Object about) {
    Scheduler all = this;
    return new Scheduler() {
      @Override
      public long nanoTime() {
        return all.nanoTime();
      }

      @Override
      public long epochMillis() {
        return all.epochMillis();
      }

      @Override
      public Task schedule(Runnable task, long delayNanos) {
        return all.schedule(named(about, task), delayNanos);
      }

      @Override
      public void untilDone(Runnable work) {
        all.untilDone(work);
      }

      @Override
      public boolean isOwnThread() {
        return all.isOwnThread();
      }
    };
  }

  /** A piece of delayed work that can be called off. */
  interface Task {
    /** Calls the work off; without effect when it has begun or was called off before. */
    void cancel();
  }
}
