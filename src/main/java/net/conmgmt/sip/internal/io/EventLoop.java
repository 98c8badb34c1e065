package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.time.Failures;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Waits for all sockets of a stack, in one thread at a time. It never blocks on a peer.
 *
 * <p>A message that comes alone does not wait until a worker is awake: the thread that read it goes
 * on with it. If that takes long, as an application may, another thread waits for the sockets
 * meanwhile, and for a while all messages are left to the workers.
 */
final class EventLoop {

  private static final Logger LOG = LogManager.getLogger(EventLoop.class);
  private static final int READ_BUFFER_BYTES = 64 * 1024;
  private static final long STOP_MILLIS = 2_000;

  /** After a failure, so that one that stays does not take the processor. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** What a key is attached to. */
  interface Ready {
    /** The channel of {@code key} is ready; called in the loop's thread. */
    void ready(SelectionKey key, ByteBuffer readBuffer);

    /** {@link #ready} threw: the channel must not stay as it is. */
    void broken(Throwable cause);
  }

  private final String name;
  private final StackWorkers workers;
  private final LeaderFollowers threads;
  private final Selector selector;
  private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER_BYTES);
  private final Queue<CountDownLatch> waiters = new ConcurrentLinkedQueue<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  // What came out of the present pass; used by the thread that waits for the sockets only.
  private final Queue<Runnable> steps = new ArrayDeque<>();
  // Who waits for the sockets; null while nobody does.
  private volatile @Nullable Thread thread;
  private volatile boolean stopping;

  /**
   * @param name what its threads are called
   */
  EventLoop(String name, StackWorkers workers, Scheduler scheduler) throws IOException {
    this.name = name;
    this.workers = workers;
    threads = new LeaderFollowers(name, scheduler, this::waitForSockets);
    selector = Selector.open();
  }

  void start() {
    threads.start();
  }

  SelectionKey register(SelectableChannel channel, int operations, Ready ready) throws IOException {
    SelectionKey key = channel.register(selector, operations, ready);
    wakeup();
    // An application that sends there waits for its new connection.
    threads.takeOverFromStep();
    return key;
  }

  boolean isOwnThread() {
    return Thread.currentThread() == thread;
  }

  /** Whether the calling thread waits for sockets now, or did so before the step that it runs. */
  boolean isOneOfItsThreads() {
    return threads.isOneOfThem();
  }

  /** Makes the loop see a changed key, and lets it free the descriptor of a closed channel. */
  void wakeup() {
    if (!isOwnThread()) {
      selector.wakeup();
    }
  }

  /** Has a worker run a step; one that comes out of a pass waits for the end of the pass. */
  void giveToWorker(Runnable step) {
    if (isOwnThread()) {
      steps.add(step);
    } else {
      workers.execute(step);
    }
  }

  private void waitForSockets() {
    thread = Thread.currentThread();
    try {
      while (!stopping) {
        if (!goRound()) {
          return;
        }
      }
      // One more pass frees the descriptors of channels that were closed last.
      selector.selectNow();
    } catch (IOException | ClosedSelectorException e) {
      LOG.error("{} failed: no connection of its stack works any more", name, e);
      breakAll(e);
    }
    end();
  }

  /** Gives whether it is still this thread that waits for the sockets. */
  private boolean goRound() throws IOException {
    try {
      pass();
      return handleSteps();
    } catch (ClosedSelectorException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      // No heap, most likely: the sockets are still there, and so may the heap be soon.
      Failures.log(LOG, name, e);
      LockSupport.parkNanos(PAUSE_NANOS);
      thread = Thread.currentThread();
      return true;
    }
  }

  private void breakAll(Exception cause) {
    if (selector.isOpen()) {
      for (SelectionKey key : List.copyOf(selector.keys())) {
        ((Ready) key.attachment()).broken(cause);
      }
    }
  }

  /** Gives whether it is still this thread that waits for the sockets. */
  private boolean handleSteps() {
    Runnable step = steps.poll();
    // Where there is but one worker no two steps may run at a time.
    if (step != null && steps.isEmpty() && workers.size() > 1 && threads.mayRun()) {
      return runHere(step);
    }
    while (step != null) {
      giveAway(step);
      step = steps.poll();
    }
    return true;
  }

  private boolean runHere(Runnable step) {
    thread = null;
    if (!threads.run(step)) {
      return false;
    }
    thread = Thread.currentThread();
    return true;
  }

  private void pass() throws IOException {
    if (Thread.interrupted()) {
      // Left behind by what was called: the selector would never wait again.
      LOG.debug("{} was interrupted", name);
    }
    List<CountDownLatch> waiting = takeWaiters();
    if (waiting.isEmpty()) {
      selector.select(this::handle);
    } else {
      // Who waits came before this pass began, so it has freed what they had closed.
      selector.selectNow(this::handle);
      waiting.forEach(CountDownLatch::countDown);
    }
  }

  private void giveAway(Runnable step) {
    try {
      workers.execute(step);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      // The stack stops, or the system has no thread left.
      LOG.debug("{}: no other thread takes the work, it is done on this one", name, e);
      step.run();
    }
  }

  private void end() {
    try {
      selector.close();
    } catch (IOException e) {
      LOG.debug("{}: closing the selector failed", name, e);
    }
    takeWaiters().forEach(CountDownLatch::countDown);
    threads.end();
    ended.countDown();
  }

  private List<CountDownLatch> takeWaiters() {
    List<CountDownLatch> taken = new ArrayList<>(0);
    CountDownLatch waiter = waiters.poll();
    while (waiter != null) {
      taken.add(waiter);
      waiter = waiters.poll();
    }
    return taken;
  }

  /** Waits until the selector has seen what was closed before, and has freed its descriptor. */
  void awaitPass() {
    if (isOwnThread() || stopping) {
      return;
    }
    CountDownLatch waiter = new CountDownLatch(1);
    waiters.add(waiter);
    selector.wakeup();
    threads.takeOver();
    try {
      if (!waiter.await(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.warn("{} did not come round within {} ms", name, STOP_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(SelectionKey key) {
    Ready ready = (Ready) key.attachment();
    try {
      ready.ready(key, readBuffer);
    } catch (CancelledKeyException e) {
      LOG.trace("{}: closed meanwhile", ready, e);
    } catch (RuntimeException | Error e) {
      Failures.log(LOG, ready, e);
      ready.broken(e);
    }
  }

  /** Ends it and waits for its end, so that every descriptor is freed on return. */
  void stop() {
    stopping = true;
    selector.wakeup();
    if (isOwnThread()) {
      return;
    }
    threads.takeOver();
    try {
      if (!ended.await(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.warn("{} did not end within {} ms", name, STOP_MILLIS);
        return;
      }
      threads.awaitEnd();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
