package net.conmgmt.sip.internal.time;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes daemon threads with names that a thread dump can tell apart. Thread-safe. */
public final class NamedThreads implements ThreadFactory {

  private final String name;
  private final AtomicInteger count = new AtomicInteger();

  /** Threads called {@code name-1}, {@code name-2} and so on. */
  public NamedThreads(String name) {
    this.name = name;
  }

  /** Whether the calling thread is one of these. */
  public boolean isCurrent() {
    return Thread.currentThread() instanceof Own own && own.maker == this;
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  public Thread newThread(Runnable work) {
    Thread thread = new Own(work, name + "-" + count.incrementAndGet(), this);
    thread.setDaemon(true);
    return thread;
  }

  /** Knows who made it: stacks on several addresses have threads of the same name. */
  private static final class Own extends Thread {
    private final NamedThreads maker;

    Own(Runnable work, String name, NamedThreads maker) {
      super(work, name);
      this.maker = maker;
    }
  }
}
