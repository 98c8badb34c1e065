package net.conmgmt.sip.internal.time;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.logging.log4j.Logger;

/**
 * Reports what ended a step of a thread that has to go on with the next one whatever happened.
 * Where there is no heap left, not even a log line can be made: then it is only counted, and said
 * with the next one. Thread-safe; never throws.
 */
public final class Failures {

  private static final AtomicInteger UNSAID = new AtomicInteger();

  private Failures() {}

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
