package net.conmgmt.sip.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures what does not depend on who else has the processor, such as memory, of several servers
 * at the same time: most of it is waiting until a server has forgotten its messages.
 */
final class AtOnce {

  private AtOnce() {}

  /** Begins all of them; each result or failure is in its future, and all have ended. */
  static <T> List<Future<T>> measure(List<Callable<T>> all) throws InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(all.size());
    try {
      return new ArrayList<>(threads.invokeAll(all));
    } finally {
      threads.shutdownNow();
    }
  }
}
