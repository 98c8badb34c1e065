package net.conmgmt.sip.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The one thread that waits for all sockets of a stack. It never runs application code and never
 * blocks on a peer.
 */
final class SelectorLoop implements Runnable {

  private static final Logger LOG = LogManager.getLogger(SelectorLoop.class);
  private static final int READ_BUFFER_BYTES = 64 * 1024;

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

  /** Makes the loop see a changed key, and lets it free the descriptor of a closed channel. */
  void wakeup() {
    if (Thread.currentThread() != thread) {
      selector.wakeup();
    }
  }

  @Override
  public void run() {
    try (selector) {
      while (!stopping) {
        selector.select(this::handle);
      }
      // One more pass frees the descriptors of channels that were closed last.
      selector.selectNow();
    } catch (IOException | RuntimeException e) {
      LOG.error("The selector failed: no connection of this stack works any more", e);
    }
  }

  private void handle(SelectionKey key) {
    Ready ready = (Ready) key.attachment();
    try {
      ready.ready(key, readBuffer);
    } catch (CancelledKeyException e) {
      LOG.trace("Closed meanwhile", e);
    } catch (RuntimeException | Error e) {
      LOG.error("Handling a ready socket failed: {}", ready, e);
      ready.broken(e);
    }
  }

  /** Ends the thread and waits for it, so that every descriptor is freed on return. */
  void stop() {
    stopping = true;
    selector.wakeup();
    if (Thread.currentThread() != thread) {
      try {
        thread.join(2_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
