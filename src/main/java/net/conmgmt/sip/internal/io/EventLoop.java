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
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
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
 * Waits for all sockets of a stack or for a single one, in one thread at a time. It never blocks on
 * a peer.
 *
 * <p>A message that comes alone does not wait until a worker is awake: the thread that read it goes
 * on with it. If that takes long, as an application may, another thread waits for the sockets
 * meanwhile, and for a while all messages are left to the workers.
 */
final class EventLoop {

  private static final Logger LOG = LogManager.getLogger(EventLoop.class);
  private static final int READ_BUFFER_BYTES = 64 * 1024;
  private static final int READ_BUFFER_BYTES_OF_ONE = 8 * 1024;
  private static final long STOP_MILLIS = 2_000;

  /** About half a millisecond's work: for so long the others are not read. */
  private static final int ENDS_OF_A_PASS = 16;

  /** After a failure, so that one that stays does not take the processor. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Handles the events of one key, to which it is attached. */
  interface Ready {
    /** The channel of {@code key} is ready; called in the loop's thread. */
    void ready(SelectionKey key, ByteBuffer readBuffer);

    /** {@link #ready} threw: the channel must not stay as it is. Does not throw. */
    void broken(Throwable cause);
  }

  private final String name;
  private final StackWorkers workers;
  private final LeaderFollowers threads;
  private final boolean ofOneSocket;
  private final @Nullable Set<EventLoop> running;
  private final Queue<CountDownLatch> waiters = new ConcurrentLinkedQueue<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  // What came out of the present pass; used by the thread that waits for the sockets only.
  private final Queue<Runnable> steps = new ArrayDeque<>();
  // Whose end waits until the others have been read; used by the same thread.
  private final Queue<Runnable> ends = new ArrayDeque<>();
  // The loop of the present thread.
  private static final ThreadLocal<@Nullable EventLoop> CURRENT = new ThreadLocal<>();

  // Both there from the start on.
  private volatile @Nullable Selector selector;
  private ByteBuffer readBuffer = ByteBuffer.allocate(0);

  // The thread that waits for the sockets; null while none does.
  private volatile @Nullable Thread thread;
  private volatile boolean stopping;

  private EventLoop(
      String name,
      LoopThreads threads,
      StackWorkers workers,
      Scheduler scheduler,
      @Nullable Set<EventLoop> running) {
    this.name = name;
    this.workers = workers;
    this.threads = new LeaderFollowers(threads, scheduler, this::waitForSockets);
    this.running = running;
    ofOneSocket = running != null;
  }

  /** A loop for any number of sockets; it runs until it is stopped. */
  static EventLoop ofMany(LoopThreads threads, StackWorkers workers, Scheduler scheduler)
      throws IOException {
    EventLoop loop = new EventLoop(threads.toString(), threads, workers, scheduler, null);
    loop.start();
    loop.goRoundAtLast();
    return loop;
  }

  /**
   * A loop for one socket: it starts when that is registered, and ends when that is closed.
   *
   * @param running holds the loop meanwhile
   */
  static EventLoop ofOne(
      LoopThreads threads, StackWorkers workers, Scheduler scheduler, Set<EventLoop> running) {
    return new EventLoop(threads.toString(), threads, workers, scheduler, running);
  }

  /** The loop whose thread calls, or did so before the step that it runs; null elsewhere. */
  static @Nullable EventLoop current() {
    return CURRENT.get();
  }

  private Selector start() throws IOException {
    // Before the selector, which would keep its descriptors where there is no memory for this.
    readBuffer =
        ByteBuffer.allocateDirect(ofOneSocket ? READ_BUFFER_BYTES_OF_ONE : READ_BUFFER_BYTES);
    Selector opened;
    try {
      opened = Selector.open();
    } catch (IOException e) {
      // No descriptor left: the peer is not to blame.
      throw new LocalFaultException(e);
    }
    selector = opened;
    return opened;
  }

  SelectionKey register(SelectableChannel channel, int operations, Ready ready) throws IOException {
    Selector present = selector;
    SelectionKey key;
    if (present == null) {
      key = registerFirst(start(), channel, operations, ready);
    } else {
      key = channel.register(present, operations, ready);
    }
    wakeup();
    // An application that sends there waits for its new connection.
    threads.takeOverFromStep();
    return key;
  }

  private SelectionKey registerFirst(
      Selector opened, SelectableChannel channel, int operations, Ready ready) throws IOException {
    SelectionKey key;
    try {
      key = channel.register(opened, operations, ready);
    } catch (IOException | RuntimeException | Error e) {
      end();
      throw e;
    }
    goRoundAtLast();
    return key;
  }

  private void goRoundAtLast() throws IOException {
    try {
      if (running != null) {
        running.add(this);
      }
      threads.start();
    } catch (RejectedExecutionException e) {
      end();
      throw new IOException("The stack is stopped", e);
    } catch (OutOfMemoryError e) {
      end();
      throw new IOException("No thread left for a connection: " + e.getMessage(), e);
    }
  }

  private Selector opened() {
    return Objects.requireNonNull(selector, "The loop has not been started");
  }

  boolean isOwnThread() {
    return Thread.currentThread() == thread;
  }

  /** Makes the loop see a changed key, and lets it free the descriptor of a closed channel. */
  void wakeup() {
    Selector present = selector;
    if (present != null && !isOwnThread()) {
      present.wakeup();
    }
  }

  /** A socket was closed: its descriptor is freed, and the loop ends if it was the only one. */
  void closed() {
    if (ofOneSocket) {
      endSoon();
    } else {
      wakeup();
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
    while (!isMarked()) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    try {
      while (!stopping) {
        if (!goRound()) {
          return;
        }
      }
      // One more pass frees the descriptors of channels that were closed last.
      opened().selectNow();
    } catch (IOException | ClosedSelectorException e) {
      LOG.error("{} failed: no connection of its stack works any more", name, e);
      breakAll(e);
    } finally {
      CURRENT.remove();
    }
    try {
      // Of a pass that failed, and of the failure of all.
      giveStepsAway();
    } finally {
      end();
    }
  }

  /** Marks the thread as that of this loop, which may take heap. */
  private boolean isMarked() {
    try {
      CURRENT.set(this);
      return true;
    } catch (OutOfMemoryError e) {
      Failures.log(LOG, name, e);
      return false;
    }
  }

  /** Gives whether it is still this thread that waits for the sockets. */
  private boolean goRound() throws IOException {
    try {
      pass();
      handleEnds();
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
    if (opened().isOpen()) {
      for (SelectionKey key : List.copyOf(opened().keys())) {
        ((Ready) key.attachment()).broken(cause);
      }
    }
  }

  /**
   * Runs the end of a connection soon: many that end at once take their turns among the passes, in
   * which the others are read. For the loop's thread.
   */
  void endLater(SelectionKey key, Runnable end) {
    key.interestOps(0);
    ends.add(end);
  }

  private void handleEnds() {
    for (int i = 0; i < ENDS_OF_A_PASS && !ends.isEmpty(); i++) {
      ends.remove().run();
    }
  }

  /** Gives whether it is still this thread that waits for the sockets. */
  private boolean handleSteps() {
    Runnable step = steps.poll();
    // Where there is but one worker no two steps may run at a time.
    if (step != null && steps.isEmpty() && workers.size() > 1 && threads.mayRun()) {
      return runHere(step);
    }
    if (step != null) {
      giveAway(step);
      giveStepsAway();
    }
    return true;
  }

  private void giveStepsAway() {
    Runnable step = steps.poll();
    while (step != null) {
      giveAway(step);
      step = steps.poll();
    }
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
    if (waiting.isEmpty() && steps.isEmpty() && ends.isEmpty()) {
      opened().select(this::handle);
    } else {
      // Those who wait came before this pass began, so it has freed what they had closed. Steps
      // wait where the last pass failed, and ends where many came.
      opened().selectNow(this::handle);
      waiting.forEach(CountDownLatch::countDown);
    }
  }

  private void giveAway(Runnable step) {
    try {
      workers.execute(step);
    } catch (RejectedExecutionException | OutOfMemoryError e) {
      // The stack stops, or the system has no thread left: it is done on this one.
      step.run();
      LOG.debug("{}: no other thread could take over, so this one went on", name, e);
    }
  }

  private void end() {
    try {
      opened().close();
    } catch (IOException e) {
      LOG.debug("{}: closing the selector failed", name, e);
    }
    takeWaiters().forEach(CountDownLatch::countDown);
    if (running != null) {
      running.remove(this);
    }
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
    wakeup();
    threads.takeOver();
    await(waiter, "respond");
  }

  private void await(CountDownLatch done, String what) {
    try {
      if (!done.await(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.warn("{}: the I/O thread did not {} within {} ms", name, what, STOP_MILLIS);
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

  /** Ends it, and the sockets are left to others. */
  void endSoon() {
    stopping = true;
    wakeup();
  }

  /** Ends it and waits for its end, so that every descriptor is freed on return; not for steps. */
  void stop() {
    endSoon();
    if (isOwnThread()) {
      return;
    }
    threads.takeOver();
    await(ended, "end");
  }
}
