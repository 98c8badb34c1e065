package net.conmgmt.sip.internal.connection;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.time.NamedThreads;
import net.conmgmt.sip.internal.time.VirtualThreads;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one stack that pass received messages to the RI and events to listeners, so that a
 * slow application delays neither sockets nor timers. Their number is the RI's own property. The
 * RI's workers cannot be used: all stacks of a JVM share them, and stopping any stack ends them.
 * Thread-safe.
 *
 * <p>A part of the stack's scope: one that is there before the stack starts is used, such as one
 * that runs the work in virtual time.
 */
public class StackWorkers implements Executor {

  private static final Logger LOG = LogManager.getLogger(StackWorkers.class);

  private static final String SIZE_PROPERTY = "gov.nist.javax.sip.THREAD_POOL_SIZE";

  /** The RI's number where the property is absent, not a number or not above 0. */
  private static final int DEFAULT_SIZE = 16;

  private static final long IDLE_THREAD_SECONDS = 60;

  /** How long a stack that stops waits for listeners to hear of it. */
  private static final long STOP_SECONDS = 1;

  private record Running(NamedThreads names, ExecutorService threads) {
    boolean isCurrent() {
      return names.isCurrent() || VirtualThreads.isCurrent(names.toString());
    }
  }

  private final int size;
  private final boolean virtual;
  private volatile @Nullable Running running;

  /** As many threads as that. */
  public StackWorkers(int size) {
    this(size, false);
  }

  private StackWorkers(int size, boolean virtual) {
    this.size = size;
    this.virtual = virtual;
  }

  /** The workers of a stack; always the same object. */
  public static StackWorkers of(StackScope scope) {
    return scope.get(
        StackWorkers.class,
        s -> {
          String property = s.stackProperty(SIZE_PROPERTY);
          boolean blocking = s.properties().text(Key.TRANSPORT).equals("blocking");
          return new StackWorkers(
              size(property), blocking && property == null && VirtualThreads.areThere());
        });
  }

  /**
   * Whether each piece of work has a virtual thread of its own, as with blocking I/O where the JDK
   * has them and no property says how many threads there are.
   */
  public boolean areVirtual() {
    return virtual;
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

  /**
   * Runs the work on one of the threads.
   *
   * @throws RejectedExecutionException before the start and after the stop
   */
  @Override
  public void execute(Runnable work) {
    Running started = running;
    if (started == null) {
      throw new RejectedExecutionException("The stack is not started");
    }
    started.threads().execute(work);
  }

  /** Whether the calling thread is one of them. */
  public boolean isOwnThread() {
    Running started = running;
    return started != null && started.isCurrent();
  }

  /** How many threads there are at most, unless they are virtual. */
  public int size() {
    return size;
  }

  /** Half of them, at least one: so many may one connection hold. */
  public int half() {
    return (size + 1) / 2;
  }

  /** The stack starts, perhaps again; its threads carry {@code threadName}. */
  public void start(String threadName) {
    NamedThreads names = new NamedThreads(threadName);
    if (virtual) {
      // As many as there are connections with messages, times half the size.
      running = new Running(names, VirtualThreads.executor(threadName));
      return;
    }
    // What waits here is bounded: a SerialExecutor waits as often as it may hold threads at most,
    // and connections are bounded.
    ThreadPoolExecutor started =
        new ThreadPoolExecutor(
            size, size, IDLE_THREAD_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), names);
    started.allowCoreThreadTimeOut(true);
    running = new Running(names, started);
  }

  /**
   * The stack stops: what waits is done still, nothing new is taken. Returns when all is done, but
   * soon in any case, as a listener may block or may be what stops the stack.
   */
  public void stop() {
    Running ended = running;
    if (ended == null) {
      return;
    }
    ended.threads().shutdown();
    try {
      if (!ended.isCurrent() && !ended.threads().awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
        LOG.debug(
            "{}: a thread is still busy with a listener or a message after the stop",
            ended.names());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
