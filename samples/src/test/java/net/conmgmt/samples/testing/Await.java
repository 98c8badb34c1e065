package net.conmgmt.samples.testing;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for what nobody tells a test. */
public final class Await {

  private static final int SECONDS = 30;

  private Await() {}

  /** Waits until the condition holds, but not for ever. */
  public static void until(String what, Callable<Boolean> condition) throws Exception {
    long begin = System.nanoTime();
    while (!condition.call()) {
      if (System.nanoTime() - begin > TimeUnit.SECONDS.toNanos(SECONDS)) {
        throw new AssertionError("Expected within " + SECONDS + " s: " + what);
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }
}
