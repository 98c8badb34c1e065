package net.conmgmt.sip.internal.time;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Starts a virtual thread for each piece of work on a JDK that has them; this library is compiled
 * for a JDK without. Since JDK 24 virtual threads can wait inside {@code synchronized}, as the RI
 * does, without holding an operating system thread; those of older JDKs are not used. Thread-safe.
 */
public final class VirtualThreads {

  private static final Logger LOG = LogManager.getLogger(VirtualThreads.class);
  private static final int FIRST_JDK = 24;
  private static final @Nullable MethodHandle IS_VIRTUAL = isVirtual();

  private VirtualThreads() {}

  private static @Nullable MethodHandle isVirtual() {
    if (Runtime.version().feature() < FIRST_JDK) {
      return null;
    }
    try {
      return MethodHandles.publicLookup()
          .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
    } catch (ReflectiveOperationException e) {
      LOG.debug("This JDK has no virtual threads: {}", e.toString());
      return null;
    }
  }

  /** Whether there are any. */
  public static boolean areThere() {
    return IS_VIRTUAL != null;
  }

  /** Whether the calling thread is one of that name. */
  public static boolean isCurrent(String name) {
    Thread current = Thread.currentThread();
    try {
      return IS_VIRTUAL != null
          && (boolean) IS_VIRTUAL.invokeExact(current)
          && current.getName().startsWith(name + "-");
    } catch (Throwable e) {
      throw new IllegalStateException("Cannot ask whether a thread is virtual", e);
    }
  }

  /** Runs each piece of work in a thread of its own, called {@code name-1} and so on. */
  public static ExecutorService executor(String name) {
    try {
      Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
      Class<?> type = Class.forName("java.lang.Thread$Builder");
      Object named =
          type.getMethod("name", String.class, long.class).invoke(builder, name + "-", 1L);
      Object factory = type.getMethod("factory").invoke(named);
      return (ExecutorService)
          Executors.class
              .getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
              .invoke(null, factory);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Cannot make virtual threads", e);
    }
  }
}
