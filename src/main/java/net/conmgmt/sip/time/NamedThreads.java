package net.conmgmt.sip.time;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes daemon threads that a thread dump tells apart. Thread-safe. */
public final class NamedThreads implements ThreadFactory {

  private final String name;
  private final AtomicInteger count = new AtomicInteger();

  /** Threads called {@code name-1}, {@code name-2} and so on. */
  public NamedThreads(String name) {
    this.name = name;
  }

  /** Whether the calling thread has such a name. */
  public boolean isCurrent() {
    return Thread.currentThread().getName().startsWith(name + "-");
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  public Thread newThread(Runnable work) {
    Thread thread = new Thread(work, name + "-" + count.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }
}
