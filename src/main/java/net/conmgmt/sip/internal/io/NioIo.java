package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.time.NamedThreads;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Serves all sockets of a stack by one thread at a time. TLS handshakes and large messages over TLS
 * are worked on by other threads, so that no peer holds up the others. Thread-safe.
 */
public final class NioIo implements SocketIo {

  private static final Logger LOG = LogManager.getLogger(NioIo.class);
  private static final int TLS_THREADS = Runtime.getRuntime().availableProcessors();

  /** How long the stop waits for a message that is being processed. */
  private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long IDLE_THREAD_SECONDS = 10;

  private final Scheduler scheduler;
  private final LoopThreads threads;
  private final EventLoop loop;
  private final Executor workers;
  private final int mostWorkersOfOne;
  private final LingeringCloses goodbyes;
  private final HandshakeQueue handshakes;
  // Each connection waits here once at most, and connections are bounded.
  private final ThreadPoolExecutor tlsThreads;
  private final NamedThreads tlsNames;

  public NioIo(Scheduler scheduler, String threadName, StackWorkers workers) throws IOException {
    this.scheduler = scheduler;
    threads = new LoopThreads(threadName);
    loop = EventLoop.ofMany(threads, workers, scheduler);
    this.workers = loop::giveToWorker;
    mostWorkersOfOne = workers.half();
    goodbyes = new LingeringCloses(scheduler);
    handshakes = HandshakeQueue.onThisMachine(scheduler, threadName + "-handshakes");
    tlsNames = new NamedThreads(threadName + "-tls");
    tlsThreads =
        new ThreadPoolExecutor(
            TLS_THREADS,
            TLS_THREADS,
            IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            tlsNames);
    tlsThreads.allowCoreThreadTimeOut(true);
  }

  @Override
  public Wire wire(Wire.User user, WriteQueue queue) {
    return new NioWire(loop, user, queue, goodbyes);
  }

  @Override
  public void listen(ServerSocketChannel server, Acceptor acceptor) throws IOException {
    server.configureBlocking(false);
    loop.register(
        server, SelectionKey.OP_ACCEPT, new Accepting(acceptor, loop, handshakes, scheduler));
  }

  @Override
  public void stopListening(ServerSocketChannel server) throws IOException {
    server.close();
    loop.awaitPass();
  }

  @Override
  public Executor workers() {
    return workers;
  }

  @Override
  public int mostWorkersOfOne() {
    return mostWorkersOfOne;
  }

  @Override
  public HandshakeQueue handshakes() {
    return handshakes;
  }

  @Override
  public Executor tlsTasks() {
    return tlsThreads;
  }

  @Override
  public boolean isOwnThread() {
    return threads.isCurrent() || tlsNames.isCurrent() || handshakes.isOwnThread();
  }

  @Override
  public void stop() {
    handshakes.stop();
    tlsThreads.shutdown();
    // Its thread must not be held, so a peer that has not taken its last bytes yet is left alone.
    goodbyes.stop();
    loop.stop();
    threads.end();
    try {
      if (!threads.awaitEnd(STEP_NANOS)) {
        LOG.debug("{}: a message keeps a thread busy after the stop", threads);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
