package net.conmgmt.sip.time;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Real time: {@link System#nanoTime()} and one daemon thread. A task that throws is logged and
 * costs nothing else. Thread-safe.
 */
public final class SystemScheduler implements Scheduler, AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(SystemScheduler.class);

  private final ScheduledThreadPoolExecutor executor;

  /** Creates a scheduler whose thread carries {@code threadName}. */
  public SystemScheduler(String threadName) {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            runnable -> {
              Thread thread = new Thread(runnable, threadName);
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Task schedule(Runnable task, long delayNanos) {
    if (executor.isShutdown()) {
      return () -> {};
    }
    ScheduledFuture<?> future =
        executor.schedule(() -> run(task), Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      LOG.error("{}: a timer task failed", task, e);
    }
  }

  /** Ends the thread; tasks that have not begun never run. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
