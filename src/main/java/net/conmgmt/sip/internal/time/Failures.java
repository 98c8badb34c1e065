package net.conmgmt.sip.internal.time;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.Logger;

/**
 * Reports an exception that ended one step of a thread that has to continue with the next step.
 * When the heap is exhausted, not even a log line can be made; the failure is then counted, and
 * reported with the next one. Thread-safe; never throws.
 */
public final class Failures {

  private static final AtomicInteger UNSAID = new AtomicInteger();

  // There before it is needed, as none can be made then.
  @SuppressWarnings("StaticAssignmentOfThrowable")
  private static final IOException NO_HEAP = new IOException("internal failure: no heap is left");

  private Failures() {}

  /**
   * Loads classes that are needed after a failure, and this one: a class that is first needed when
   * there is no heap cannot be used ever after. To be called before there is work.
   */
  public static void prepare(Class<?>... needed) {
    for (Class<?> each : needed) {
      try {
        Class.forName(each.getName(), true, each.getClassLoader());
      } catch (ClassNotFoundException e) {
        throw new IllegalStateException("Not found: " + each, e);
      }
    }
  }

  /** What to tell a user of the network of a failure of this side; also where there is no heap. */
  public static IOException asIoException(Throwable failure) {
    try {
      return new IOException("internal failure: " + failure, failure);
    } catch (OutOfMemoryError e) {
      return NO_HEAP;
    }
  }

  /** Logs the failure of a step of {@code about}. */
  public static void log(Logger log, Object about, Throwable failure) {
    try {
      log.error("{}: a step failed; the others go on", about, failure);
      int unsaid = UNSAID.getAndSet(0);
      if (unsaid > 0) {
        log.error("{} failures before this one could not be logged", unsaid);
      }
    } catch (Throwable noHeap) {
      UNSAID.incrementAndGet();
    }
  }
}
