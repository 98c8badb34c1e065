package net.conmgmt.sip.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The one thread that waits for all sockets of a stack. It never runs application code and never
 * blocks on a peer.
 */
final class SelectorLoop implements Runnable {

  private static final Logger LOG = LogManager.getLogger(SelectorLoop.class);
  private static final int READ_BUFFER_BYTES = 64 * 1024;
  private static final long STOP_MILLIS = 2_000;

  /** What a key is attached to. */
  interface Ready {
    /** The channel of {@code key} is ready; called in the loop's thread. */
    void ready(SelectionKey key, ByteBuffer readBuffer);

    /** {@link #ready} threw: the channel must not stay as it is. */
    void broken(Throwable cause);
  }

  private final Selector selector;
  private final Thread thread;
  private final ByteBuffer readBuffer = ByteBuffer.allocateDirect(READ_BUFFER_BYTES);
  private final Queue<CountDownLatch> waiters = new ConcurrentLinkedQueue<>();
  private volatile boolean stopping;

  SelectorLoop(String threadName) throws IOException {
    selector = Selector.open();
    thread = new Thread(this, threadName);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  SelectionKey register(SelectableChannel channel, int operations, Ready ready) throws IOException {
    SelectionKey key = channel.register(selector, operations, ready);
    wakeup();
    return key;
  }

  boolean isOwnThread() {
    return Thread.currentThread() == thread;
  }

  /** Makes the loop see a changed key, and lets it free the descriptor of a closed channel. */
  void wakeup() {
    if (!isOwnThread()) {
      selector.wakeup();
    }
  }

  @Override
  public void run() {
    try (selector) {
      while (!stopping) {
        if (Thread.interrupted()) {
          // Left behind by what was called: the selector would never wait again.
          LOG.debug("{} was interrupted", thread.getName());
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
      // One more pass frees the descriptors of channels that were closed last.
      selector.selectNow();
      takeWaiters().forEach(CountDownLatch::countDown);
    } catch (IOException | RuntimeException e) {
      LOG.error("{} failed: no connection of its stack works any more", thread.getName(), e);
    }
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
    try {
      if (!waiter.await(STOP_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.warn("{} did not come round within {} ms", thread.getName(), STOP_MILLIS);
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
      LOG.error("{}: handling its ready socket failed", ready, e);
      ready.broken(e);
    }
  }

  /** Ends the thread and waits for it, so that every descriptor is freed on return. */
  void stop() {
    stopping = true;
    selector.wakeup();
    if (!isOwnThread()) {
      try {
        thread.join(STOP_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
