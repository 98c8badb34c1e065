package net.conmgmt.sip.internal.io;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.time.NamedThreads;

/** Provides threads for one loop or for many, as many as are needed at a time. Thread-safe. */
final class LoopThreads implements Executor {

  private final NamedThreads names;
  private final ExecutorService threads;

  LoopThreads(String name) {
    names = new NamedThreads(name);
    threads = Executors.newCachedThreadPool(names);
  }

  /**
   * Runs the work on a thread of its own.
   *
   * @throws RejectedExecutionException after the end
   * @throws OutOfMemoryError when the system has no thread left
   */
  @Override
  public void execute(Runnable work) {
    threads.execute(work);
  }

  /** Whether the calling thread is one of them, whatever it does just now. */
  boolean isCurrent() {
    return names.isCurrent();
  }

  /** No work begins any more. */
  void end() {
    threads.shutdown();
  }

  /**
   * After the end: waits for what still runs, but not longer than that, as work may block or be
   * what waits. False where some still runs.
   */
  boolean awaitEnd(long patienceNanos) throws InterruptedException {
    return !names.isCurrent() && threads.awaitTermination(patienceNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public String toString() {
    return names.toString();
  }
}
