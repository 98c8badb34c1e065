package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Serves each socket by a thread and a loop of its own. That thread reads, and it processes a
 * message that comes alone. It waits in a selector instead of a blocking read, so that any other
 * thread can write as much as the socket takes and is not held up by a peer that does not read.
 * Thread-safe.
 *
 * <p>It is meant for a JDK without good virtual threads. On a JDK that has them, {@link NioIo} is
 * used instead, with {@link StackWorkers} that are virtual: one thread waits for all sockets, and
 * the messages of each connection have a virtual thread.
 */
public final class BlockingIo implements SocketIo {

  private static final Logger LOG = LogManager.getLogger(BlockingIo.class);
  private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Scheduler scheduler;
  private final StackWorkers workers;
  private final LoopThreads threads;
  private final HandshakeQueue handshakes;
  private final Map<ServerSocketChannel, EventLoop> listening = new ConcurrentHashMap<>();
  private final Set<EventLoop> running = ConcurrentHashMap.newKeySet();
  private final LingeringCloses goodbyes;

  public BlockingIo(Scheduler scheduler, String threadName, StackWorkers workers) {
    this.scheduler = scheduler;
    this.workers = workers;
    goodbyes = new LingeringCloses(scheduler);
    handshakes = HandshakeQueue.onThisMachine(scheduler, threadName + "-handshakes");
    threads = new LoopThreads(threadName);
  }

  private EventLoop newLoop() {
    return EventLoop.ofOne(threads, workers, scheduler, running);
  }

  @Override
  public Wire wire(Wire.User user, WriteQueue queue) {
    return new NioWire(newLoop(), user, queue, goodbyes);
  }

  @Override
  public void listen(ServerSocketChannel server, Acceptor acceptor) throws IOException {
    EventLoop loop = newLoop();
    server.configureBlocking(false);
    loop.register(
        server, SelectionKey.OP_ACCEPT, new Accepting(acceptor, loop, handshakes, scheduler));
    listening.put(server, loop);
  }

  @Override
  public void stopListening(ServerSocketChannel server) throws IOException {
    server.close();
    EventLoop loop = listening.remove(server);
    if (loop != null) {
      loop.stop();
    }
  }

  /** What comes out of a loop is done by its thread, if that is soon done. */
  @Override
  public Executor workers() {
    return step -> {
      EventLoop loop = EventLoop.current();
      if (loop == null) {
        workers.execute(step);
      } else {
        loop.giveToWorker(step);
      }
    };
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
    return threads.isCurrent() || handshakes.isOwnThread();
  }

  @Override
  public void stop() {
    handshakes.stop();
    threads.end();
    try {
      boolean ended = threads.awaitEnd(LingeringCloses.PATIENCE_NANOS);
      goodbyes.stop();
      running.forEach(EventLoop::endSoon);
      if (!ended && !threads.isCurrent() && !threads.awaitEnd(STOP_NANOS)) {
        LOG.warn("{}: threads are still busy after the stop", threads);
      }
    } catch (InterruptedException e) {
      goodbyes.stop();
      Thread.currentThread().interrupt();
    }
  }
}
