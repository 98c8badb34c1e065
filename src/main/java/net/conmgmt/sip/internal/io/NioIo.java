package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.nio.ByteBuffer;
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
 * Non-blocking I/O: one thread at a time waits for all sockets. Slow steps of TLS handshakes
 * (private keys, certificate chains) run elsewhere, so that one peer's handshake holds up nobody.
 * Thread-safe.
 */
public final class NioIo implements SocketIo {

  private static final Logger LOG = LogManager.getLogger(NioIo.class);
  private static final int TLS_THREADS =
      Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
  private static final long IDLE_THREAD_SECONDS = 10;

  private final Scheduler scheduler;
  private final EventLoop loop;
  private final Executor workers;
  private final int mostWorkersOfOne;
  private final LingeringCloses goodbyes;
  // Each connection has at most one step waiting here, and connections are bounded.
  private final ThreadPoolExecutor tlsThreads;
  private final NamedThreads tlsNames;

  public NioIo(Scheduler scheduler, String threadName, StackWorkers workers) throws IOException {
    this.scheduler = scheduler;
    loop = new EventLoop(threadName, workers, scheduler);
    this.workers = loop::giveToWorker;
    mostWorkersOfOne = workers.half();
    goodbyes = new LingeringCloses(scheduler);
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
  public Executor tlsTasks() {
    return tlsThreads;
  }

  @Override
  public boolean isOwnThread() {
    return loop.isOneOfItsThreads() || tlsNames.isCurrent();
  }

  @Override
  public void stop() {
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
        SocketChannel accepted = server.accept();
        while (accepted != null) {
          acceptor.accepted(accepted);
          accepted = server.accept();
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

    private void resume(SelectionKey key) {
      if (key.isValid()) {
        key.interestOps(SelectionKey.OP_ACCEPT);
        loop.wakeup();
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
