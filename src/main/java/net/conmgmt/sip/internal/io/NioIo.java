package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
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
 * Non-blocking I/O: one thread at a time waits for all sockets. TLS handshakes and large messages
 * over TLS are worked on elsewhere, so that one peer holds up nobody. Thread-safe.
 */
public final class NioIo implements SocketIo {

  private static final Logger LOG = LogManager.getLogger(NioIo.class);
  private static final int TLS_THREADS = Runtime.getRuntime().availableProcessors();

  /** So many are accepted before those that are accepted have their turn. */
  private static final int ACCEPTED_AT_ONCE = 64;

  private static final long IDLE_THREAD_SECONDS = 10;

  private final Scheduler scheduler;
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
    loop = new EventLoop(threadName, workers, scheduler);
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
    loop.start();
  }

  @Override
  public Wire wire(Wire.User user, WriteQueue queue) {
    return new NioWire(loop, user, queue, goodbyes);
  }

  @Override
  public void listen(ServerSocketChannel server, Acceptor acceptor) throws IOException {
    server.configureBlocking(false);
    loop.register(server, SelectionKey.OP_ACCEPT, new Accepting(acceptor));
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
    return loop.isOneOfItsThreads() || tlsNames.isCurrent() || handshakes.isOwnThread();
  }

  @Override
  public void stop() {
    handshakes.stop();
    tlsThreads.shutdown();
    // Its thread must not be held, so a peer that has not taken its last bytes yet is left alone.
    goodbyes.stop();
    loop.stop();
  }

  private final class Accepting implements EventLoop.Ready {

    private final Acceptor acceptor;

    Accepting(Acceptor acceptor) {
      this.acceptor = acceptor;
    }

    @Override
    public void ready(SelectionKey key, ByteBuffer readBuffer) {
      ServerSocketChannel server = (ServerSocketChannel) key.channel();
      try {
        for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
          if (waitsForHandshakes(key)) {
            return;
          }
          SocketChannel accepted = server.accept();
          if (accepted == null) {
            return;
          }
          acceptor.accepted(accepted);
        }
      } catch (IOException e) {
        if (server.isOpen()) {
          acceptor.acceptFailed(e);
          // Without a pause the selector would spin.
          key.interestOps(0);
          scheduler.schedule(() -> resume(key), ACCEPT_PAUSE_NANOS);
        }
      }
    }

    private boolean waitsForHandshakes(SelectionKey key) {
      if (!acceptor.shakesHands()) {
        return false;
      }
      // Before it is asked, as the other thread may be quicker to let it go on.
      key.interestOps(0);
      if (handshakes.holdsBack(() -> resume(key))) {
        return true;
      }
      key.interestOps(SelectionKey.OP_ACCEPT);
      return false;
    }

    private void resume(SelectionKey key) {
      try {
        key.interestOps(SelectionKey.OP_ACCEPT);
        loop.wakeup();
      } catch (CancelledKeyException e) {
        LOG.trace("{}: listening has ended", acceptor, e);
      }
    }

    @Override
    public void broken(Throwable cause) {
      LOG.error("{}: accepting goes on after a failure", acceptor, cause);
    }

    @Override
    public String toString() {
      return String.valueOf(acceptor);
    }
  }
}
