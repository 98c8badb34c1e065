package net.conmgmt.samples.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * How long a command runs: for its duration, until it is interrupted (SIGINT or SIGTERM), or until
 * it stops itself. An interrupted command still tidies up and decides the exit status. Thread-safe.
 */
final class Lifetime {

  private static final Logger LOG = LogManager.getLogger(Lifetime.class);

  /** How long an interrupted command may take to tidy up. */
  private static final long TIDY_SECONDS = 10;

  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile long drainSeconds;
  private volatile int status = 1;

  /** An interrupted command may take so long before it begins to tidy up. */
  void allowDrain(long seconds) {
    drainSeconds = seconds;
  }

  /** Asks the command to end. */
  void requestStop() {
    stop.countDown();
  }

  boolean isStopping() {
    return stop.getCount() == 0;
  }

  /** Waits until the command shall end; null waits without limit. */
  void await(@Nullable Integer seconds) throws InterruptedException {
    if (seconds == null) {
      stop.await();
    } else if (stop.await(seconds, TimeUnit.SECONDS)) {
      LOG.debug("Ended before its duration of {} s", seconds);
    }
  }

  /** The command has tidied up. */
  void finished(int exitStatus) {
    status = exitStatus;
    finished.countDown();
  }

  /** The JVM's shutdown hook: without it a signal would end the command half-way, status 130. */
  void onShutdown() {
    if (finished.getCount() == 0) {
      return;
    }
    requestStop();
    try {
      long most = drainSeconds + TIDY_SECONDS;
      if (!finished.await(most, TimeUnit.SECONDS)) {
        LOG.warn("Cleaning up took longer than {} s", most);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(status);
  }
}
