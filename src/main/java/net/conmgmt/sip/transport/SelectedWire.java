package net.conmgmt.sip.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A socket that the selector's thread waits for: it connects and reads there, and is written by
 * whoever writes, as far as the socket takes it at once.
 */
final class SelectedWire extends SocketWire implements SelectorLoop.Ready {

  private static final Logger LOG = LogManager.getLogger(SelectedWire.class);

  private final SelectorLoop loop;
  // Guarded by this.
  private @Nullable SelectionKey selectionKey;

  SelectedWire(SelectorLoop loop, User user, int maxQueuedBytes) {
    super(user, maxQueuedBytes);
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
      if (channel.connect(remote)) {
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
      if (!queue.isEmpty()) {
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
        user.connected();
        connectedNowRead(key);
      }
      if (key.isValid() && key.isWritable()) {
        writeQueued(channel, key);
      }
      if (key.isValid() && key.isReadable()) {
        read(channel, readBuffer);
      }
    } catch (IOException e) {
      user.failed(e);
    }
  }

  private synchronized void connectedNowRead(SelectionKey key) {
    if (key.isValid()) {
      key.interestOpsAnd(~SelectionKey.OP_CONNECT);
      if (pauses == 0) {
        key.interestOpsOr(SelectionKey.OP_READ);
      }
    }
  }

  private void read(SocketChannel channel, ByteBuffer buffer) throws IOException {
    buffer.clear();
    int count = channel.read(buffer);
    if (count < 0) {
      user.ended();
    } else if (count > 0) {
      user.received(buffer.flip());
    }
  }

  private void writeQueued(SocketChannel channel, SelectionKey key) throws IOException {
    boolean wrote = false;
    synchronized (this) {
      ByteBuffer next = queue.next();
      while (next != null) {
        int count = channel.write(next);
        wrote |= count > 0;
        boolean full = next.hasRemaining();
        queue.wrote(count);
        if (full) {
          break;
        }
        next = queue.next();
      }
      if (queue.isEmpty()) {
        key.interestOpsAnd(~SelectionKey.OP_WRITE);
      }
    }
    if (wrote) {
      user.wroteQueued();
    }
  }

  @Override
  public void broken(Throwable cause) {
    user.failed(new IOException("internal failure: " + cause, cause));
  }

  @Override
  public synchronized void write(ByteBuffer bytes) throws IOException {
    SocketChannel channel = socket;
    if (closed || channel == null) {
      throw new IOException("The socket is not open");
    }
    if (queue.isEmpty()) {
      channel.write(bytes);
    }
    if (bytes.hasRemaining()) {
      queue.add(bytes);
      if (selectionKey != null) {
        selectionKey.interestOpsOr(SelectionKey.OP_WRITE);
        loop.wakeup();
      }
    }
  }

  @Override
  public synchronized void pauseReading(boolean pause) {
    pauses += pause ? 1 : -1;
    SelectionKey key = selectionKey;
    if (key == null || !key.isValid()) {
      return;
    }
    if (pauses > 0) {
      key.interestOpsAnd(~SelectionKey.OP_READ);
    } else if ((key.interestOps() & SelectionKey.OP_CONNECT) == 0) {
      key.interestOpsOr(SelectionKey.OP_READ);
      loop.wakeup();
    }
  }

  @Override
  public void close(@Nullable ByteBuffer farewell) {
    SocketChannel channel;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      channel = socket;
      if (channel == null) {
        return;
      }
      if (farewell != null && queue.isEmpty() && channel.isConnected()) {
        sayGoodbye(channel, farewell);
      }
      queue.clear();
    }
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("{}: closing the socket failed", user, e);
    }
    // A closed channel keeps its descriptor until the selector has seen it.
    loop.wakeup();
  }

  private void sayGoodbye(SocketChannel channel, ByteBuffer farewell) {
    try {
      channel.write(farewell);
    } catch (IOException e) {
      LOG.debug("{}: the peer is gone before the last bytes", user, e);
    }
  }
}
