package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.time.Failures;
import net.conmgmt.sip.internal.time.NamedThreads;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Blocking I/O: a thread for each listening socket, one for each connection, and one more while a
 * connection is written. Thread-safe.
 */
public final class BlockingIo implements SocketIo {

  private static final Logger LOG = LogManager.getLogger(BlockingIo.class);
  private static final long IDLE_THREAD_SECONDS = 10;
  private static final long LOOK_MILLIS = 100;
  private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Who accepts, and when that has ended. */
  private record Accepting(Acceptor acceptor, CountDownLatch ended) {}

  private final Scheduler scheduler;
  private final StackWorkers workers;
  private final NamedThreads names;
  private final ThreadPoolExecutor threads;
  private final Map<ServerSocketChannel, Accepting> accepting = new ConcurrentHashMap<>();
  private final LingeringCloses goodbyes;
  private final HandshakeQueue handshakes;

  public BlockingIo(Scheduler scheduler, String threadName, StackWorkers workers) {
    this.scheduler = scheduler;
    this.workers = workers;
    goodbyes = new LingeringCloses(scheduler);
    handshakes = HandshakeQueue.onThisMachine(scheduler, threadName + "-handshakes");
    names = new NamedThreads(threadName);
    threads =
        new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            names);
  }

  /**
   * Runs the work in a thread of its own.
   *
   * @throws IOException when there is none: the stack stops, or the machine has no thread left
   */
  void run(Runnable work) throws IOException {
    try {
      threads.execute(work);
    } catch (RejectedExecutionException e) {
      throw new IOException("The stack is stopped", e);
    } catch (OutOfMemoryError e) {
      throw new IOException("No thread left for a connection: " + e.getMessage(), e);
    }
  }

  @Override
  public Wire wire(Wire.User user, WriteQueue queue) {
    return new BlockingWire(this, user, queue, goodbyes);
  }

  @Override
  public void listen(ServerSocketChannel server, Acceptor acceptor) throws IOException {
    CountDownLatch ended = new CountDownLatch(1);
    accepting.put(server, new Accepting(acceptor, ended));
    try {
      run(
          () -> {
            try {
              acceptUntilClosed(server, acceptor);
            } finally {
              ended.countDown();
            }
          });
    } catch (IOException e) {
      accepting.remove(server);
      throw e;
    }
  }

  private void acceptUntilClosed(ServerSocketChannel server, Acceptor acceptor) {
    try {
      while (server.isOpen()) {
        awaitHandshakes(server, acceptor);
        accept(server, acceptor);
        if (Thread.interrupted()) {
          // Left behind by what was called: it would close the listening socket for good.
          LOG.debug("{}: its thread was interrupted", acceptor);
        }
      }
    } catch (IOException e) {
      if (server.isOpen()) {
        acceptor.acceptFailed(e);
        scheduler.schedule(() -> listenAgain(server, acceptor), ACCEPT_PAUSE_NANOS);
      }
    }
  }

  private void awaitHandshakes(ServerSocketChannel server, Acceptor acceptor) {
    CountDownLatch again = new CountDownLatch(1);
    if (!acceptor.shakesHands() || !handshakes.holdsBack(again::countDown)) {
      return;
    }
    try {
      boolean goesOn = false;
      while (server.isOpen() && !goesOn) {
        goesOn = again.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      LOG.debug("{}: its thread was interrupted", acceptor, e);
    }
  }

  private static void accept(ServerSocketChannel server, Acceptor acceptor) throws IOException {
    try {
      acceptor.accepted(server.accept());
    } catch (RuntimeException | Error e) {
      // No heap, most likely: the next one is accepted all the same.
      Failures.log(LOG, acceptor, e);
    }
  }

  private void listenAgain(ServerSocketChannel server, Acceptor acceptor) {
    try {
      listen(server, acceptor);
    } catch (IOException e) {
      LOG.debug("{}: accepting ends", acceptor, e);
    }
  }

  @Override
  public void stopListening(ServerSocketChannel server) throws IOException {
    server.close();
    // The thread that accepts holds the socket until it has noticed.
    Accepting thread = accepting.remove(server);
    try {
      if (thread != null
          && !names.isCurrent()
          && !thread.ended().await(STOP_NANOS, TimeUnit.NANOSECONDS)) {
        LOG.warn("{}: the thread that accepts did not end", thread.acceptor());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Executor workers() {
    return workers;
  }

  @Override
  public int mostWorkersOfOne() {
    return workers.half();
  }

  @Override
  public HandshakeQueue handshakes() {
    return handshakes;
  }

  @Override
  public Executor tlsTasks() {
    return threads;
  }

  @Override
  public boolean isOwnThread() {
    return names.isCurrent() || handshakes.isOwnThread();
  }

  @Override
  public void stop() {
    handshakes.stop();
    threads.shutdown();
    boolean ended = ended(LingeringCloses.PATIENCE_NANOS);
    goodbyes.stop();
    if (!ended && !ended(STOP_NANOS)) {
      LOG.warn("{} I/O threads are still busy after the stop", threads.getActiveCount());
    }
  }

  private boolean ended(long patienceNanos) {
    if (names.isCurrent()) {
      // A listener stops the stack: its own thread cannot be waited for.
      return false;
    }
    try {
      return threads.awaitTermination(patienceNanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
