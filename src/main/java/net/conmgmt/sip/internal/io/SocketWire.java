package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/** Holds the socket of a wire and closes it. Its fields are guarded by the wire itself. */
abstract class SocketWire implements Wire {

  private static final Logger LOG = LogManager.getLogger(SocketWire.class);

  final User user;
  final WriteQueue queue;
  final LingeringCloses goodbyes;
  @Nullable SocketChannel socket;
  int pauses;
  boolean closed;

  SocketWire(User user, WriteQueue queue, LingeringCloses goodbyes) {
    this.user = user;
    this.queue = queue;
    this.goodbyes = goodbyes;
  }

  /** Takes the socket; false when the wire was closed meanwhile, and the socket with it. */
  final boolean adopt(SocketChannel channel) throws IOException {
    synchronized (this) {
      if (!closed) {
        socket = channel;
        return true;
      }
    }
    channel.close();
    return false;
  }

  /**
   * Closes the socket of a closed wire; what still waits to be written is dropped. May be repeated.
   */
  final void closeNow() {
    try {
      SocketChannel channel;
      synchronized (this) {
        queue.drop();
        channel = socket;
      }
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      LOG.debug("{}: closing the socket failed", user, e);
    }
    freeSocket();
    // Last: where there is no heap for one of these, the timer tries it again.
    goodbyes.end(this);
  }

  /** Lets the system have its descriptor back. */
  abstract void freeSocket();

  @Override
  public final synchronized @Nullable InetSocketAddress localAddress() {
    try {
      return socket == null ? null : (InetSocketAddress) socket.getLocalAddress();
    } catch (IOException e) {
      LOG.trace("{}: the socket is closed", user, e);
      return null;
    }
  }

  /** Whose socket it is, for log lines. */
  @Override
  public final String toString() {
    return String.valueOf(user);
  }

  @Override
  public final synchronized boolean isReadingPaused() {
    return pauses > 0;
  }
}
