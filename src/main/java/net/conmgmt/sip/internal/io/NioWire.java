package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import net.conmgmt.sip.internal.time.Failures;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Moves the bytes of a socket in a loop. The loop's thread connects and reads; the thread that
 * sends writes what the socket takes at once, and the loop writes the rest.
 */
final class NioWire extends SocketWire implements EventLoop.Ready {

  private static final Logger LOG = LogManager.getLogger(NioWire.class);

  private final EventLoop loop;
  // Guarded by this.
  private @Nullable SelectionKey selectionKey;
  private boolean connected;

  NioWire(EventLoop loop, User user, WriteQueue queue, LingeringCloses goodbyes) {
    super(user, queue, goodbyes);
    this.loop = loop;
  }

  @Override
  public void connect(InetSocketAddress remote, InetAddress from) {
    try {
      SocketChannel channel = SocketIo.open(from);
      if (!adopt(channel)) {
        return;
      }
      channel.configureBlocking(false);
      if (SocketIo.connect(channel, remote)) {
        setConnected();
        user.connected();
        register(channel, SelectionKey.OP_READ);
      } else {
        register(channel, SelectionKey.OP_CONNECT);
      }
    } catch (IOException e) {
      user.failed(e);
    } catch (RuntimeException e) {
      user.failed(new IOException(e.toString(), e));
    }
  }

  @Override
  public void begin(SocketChannel accepted) {
    try {
      if (adopt(accepted)) {
        accepted.configureBlocking(false);
        setConnected();
        user.connected();
        register(accepted, SelectionKey.OP_READ);
      }
    } catch (IOException e) {
      user.failed(e);
    }
  }

  private void register(SocketChannel channel, int operations) throws IOException {
    synchronized (this) {
      if (closed) {
        return;
      }
      SelectionKey key = loop.register(channel, operations, this);
      selectionKey = key;
      if (pauses > 0) {
        key.interestOpsAnd(~SelectionKey.OP_READ);
      }
      if (connected && !queue.isEmpty()) {
        key.interestOpsOr(SelectionKey.OP_WRITE);
      }
    }
    loop.wakeup();
  }

  @Override
  public void ready(SelectionKey key, ByteBuffer readBuffer) {
    SocketChannel channel = (SocketChannel) key.channel();
    try {
      if (key.isConnectable()) {
        if (!channel.finishConnect()) {
          return;
        }
        connectedNowWrite(key);
        user.connected();
        connectedNowRead(key);
      }
      if (key.isValid() && key.isWritable()) {
        writeQueued(channel, key);
      }
      if (key.isValid() && key.isReadable() && !isClosed()) {
        read(key, channel, readBuffer);
      }
    } catch (IOException e) {
      failed(e);
    }
  }

  private void ended() {
    try {
      if (!isClosed()) {
        user.ended();
      }
    } catch (RuntimeException | Error e) {
      Failures.log(LOG, user, e);
      broken(e);
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /** A closed wire has no user any more. */
  private void failed(IOException cause) {
    if (isClosed()) {
      closeNow();
      LOG.debug("{}: the peer is gone before the last bytes", user, cause);
    } else {
      user.failed(cause);
    }
  }

  private synchronized void setConnected() {
    connected = true;
  }

  /** What was written before waits for its turn, as OP_WRITE and OP_CONNECT are one to a system. */
  private synchronized void connectedNowWrite(SelectionKey key) {
    connected = true;
    if (key.isValid() && !closed) {
      key.interestOps(queue.isEmpty() ? 0 : SelectionKey.OP_WRITE);
    }
  }

  private synchronized void connectedNowRead(SelectionKey key) {
    if (key.isValid() && !closed) {
      if (pauses == 0) {
        key.interestOpsOr(SelectionKey.OP_READ);
      }
    }
  }

  private void read(SelectionKey key, SocketChannel channel, ByteBuffer buffer) {
    buffer.clear();
    int count;
    try {
      count = channel.read(buffer);
    } catch (IOException e) {
      loop.endLater(key, () -> failed(e));
      return;
    }
    if (count < 0) {
      loop.endLater(key, this::ended);
    } else if (count > 0) {
      user.received(buffer.flip());
    }
  }

  private void writeQueued(SocketChannel channel, SelectionKey key) throws IOException {
    boolean wrote;
    boolean leaving;
    boolean done;
    synchronized (this) {
      wrote = writeWhatFits(channel);
      leaving = closed;
      done = queue.isEmpty();
      if (done) {
        key.interestOpsAnd(~SelectionKey.OP_WRITE);
      }
    }
    if (!leaving && wrote) {
      user.wroteQueued(done);
    } else if (leaving && done) {
      closeNow();
    }
  }

  /** Writes from the queue what the socket takes; whether it took anything. Guarded by this. */
  private boolean writeWhatFits(SocketChannel channel) throws IOException {
    boolean wrote = false;
    ByteBuffer next = queue.next();
    while (next != null) {
      int count = channel.write(next);
      wrote |= count > 0;
      boolean full = next.hasRemaining();
      queue.wrote();
      if (full) {
        break;
      }
      next = queue.next();
    }
    return wrote;
  }

  @Override
  public void broken(Throwable cause) {
    failed(Failures.asIoException(cause));
  }

  @Override
  public synchronized boolean write(ByteBuffer bytes) throws IOException {
    SocketChannel channel = socket;
    if (closed) {
      throw new IOException("The socket is not open");
    }
    queue.throwIfRefused();
    if (connected && channel != null && queue.isEmpty()) {
      channel.write(bytes);
    }
    if (!bytes.hasRemaining()) {
      return true;
    }
    queue.add(bytes);
    if (connected && selectionKey != null) {
      selectionKey.interestOpsOr(SelectionKey.OP_WRITE);
      loop.wakeup();
    }
    return false;
  }

  @Override
  public synchronized void pauseReading(boolean pause) {
    int wanted = pauses + (pause ? 1 : -1);
    SelectionKey key = selectionKey;
    if (!closed && key != null && key.isValid()) {
      if (wanted > 0) {
        key.interestOpsAnd(~SelectionKey.OP_READ);
      } else if (connected) {
        key.interestOpsOr(SelectionKey.OP_READ);
        loop.wakeup();
      }
    }
    // Last, as what failed for want of heap is tried again.
    pauses = wanted;
  }

  @Override
  public void close(@Nullable ByteBuffer farewell) {
    synchronized (this) {
      boolean again = closed;
      closed = true;
      if (socket == null) {
        return;
      }
      if (!again && farewell != null) {
        queue.addLast(farewell);
      }
      if (!again && socket.isConnected() && !queue.isEmpty() && writesTheRest(socket)) {
        return;
      }
    }
    closeNow();
  }

  /** Writes what the socket takes; whether the rest is written as soon as it takes more. */
  private boolean writesTheRest(SocketChannel channel) {
    SelectionKey key = selectionKey;
    try {
      writeWhatFits(channel);
      if (key == null || !key.isValid() || queue.isEmpty() || !goodbyes.begin(this)) {
        return false;
      }
      key.interestOps(SelectionKey.OP_WRITE);
      loop.wakeup();
      return true;
    } catch (IOException | CancelledKeyException e) {
      LOG.debug("{}: the peer is gone before the last bytes", user, e);
      return false;
    }
  }

  @Override
  void freeSocket() {
    // A closed channel keeps its descriptor until the selector has seen it.
    loop.closed();
  }
}
