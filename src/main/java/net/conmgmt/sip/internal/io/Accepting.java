package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Accepts connections on a listening socket of a loop and gives them to its acceptor. */
final class Accepting implements EventLoop.Ready {

  private static final Logger LOG = LogManager.getLogger(Accepting.class);

  /** So many are accepted before those that are accepted have their turn. */
  private static final int ACCEPTED_AT_ONCE = 64;

  private final SocketIo.Acceptor acceptor;
  private final EventLoop loop;
  private final HandshakeQueue handshakes;
  private final Scheduler scheduler;
  // There before it is needed. Used by the loop, which gives the key.
  private final Runnable resumption = this::resume;
  private volatile @Nullable SelectionKey listening;

  Accepting(
      SocketIo.Acceptor acceptor, EventLoop loop, HandshakeQueue handshakes, Scheduler scheduler) {
    this.acceptor = acceptor;
    this.loop = loop;
    this.handshakes = handshakes;
    this.scheduler = scheduler;
  }

  @Override
  public void ready(SelectionKey key, ByteBuffer readBuffer) {
    ServerSocketChannel server = (ServerSocketChannel) key.channel();
    listening = key;
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
        scheduler.schedule(resumption, SocketIo.ACCEPT_PAUSE_NANOS);
      }
    }
  }

  private boolean waitsForHandshakes(SelectionKey key) {
    if (!acceptor.shakesHands()) {
      return false;
    }
    // Before it is asked, as the other thread may be quicker to let it go on.
    key.interestOps(0);
    if (handshakes.holdsBack(resumption)) {
      return true;
    }
    key.interestOps(SelectionKey.OP_ACCEPT);
    return false;
  }

  private void resume() {
    SelectionKey key = listening;
    if (key == null) {
      return;
    }
    try {
      key.interestOps(SelectionKey.OP_ACCEPT);
      loop.wakeup();
    } catch (CancelledKeyException e) {
      LOG.trace("{}: listening has ended", acceptor, e);
    }
  }

  @Override
  public void broken(Throwable cause) {
    // It may have been left off.
    scheduler.untilDone(resumption);
  }

  @Override
  public String toString() {
    return String.valueOf(acceptor);
  }
}
