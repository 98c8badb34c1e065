package net.conmgmt.sip.transport;

import java.util.Properties;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one stack on which received messages are parsed and given to the RI. As many as
 * the RI's own property says. The RI's workers are of no use here: all stacks of a JVM share them,
 * and the stop of any stack ends them.
 */
final class Workers {

  private static final String SIZE_PROPERTY = "gov.nist.javax.sip.THREAD_POOL_SIZE";

  /** The RI's number where the property is absent, not a number or not above 0. */
  private static final int DEFAULT_SIZE = 16;

  private static final long IDLE_THREAD_SECONDS = 60;

  private Workers() {}

  static ThreadPoolExecutor of(Properties stackProperties, String threadName) {
    int size = size(stackProperties.getProperty(SIZE_PROPERTY));
    // Each connection waits in the queue once at most, and connections are bounded.
    ThreadPoolExecutor workers =
        new ThreadPoolExecutor(
            size,
            size,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new NamedThreads(threadName));
    workers.allowCoreThreadTimeOut(true);
    return workers;
  }

  static int size(@Nullable String property) {
    try {
      int size = property == null ? 0 : Integer.parseInt(property.trim());
      return size > 0 ? size : DEFAULT_SIZE;
    } catch (NumberFormatException e) {
      // "infinity" is a value that the RI documents.
      return DEFAULT_SIZE;
    }
  }
}
