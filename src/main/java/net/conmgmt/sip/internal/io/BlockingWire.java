package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import net.conmgmt.sip.internal.time.Failures;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A socket with a thread of its own that connects and reads. A second thread writes, only while
 * there is something to write: so a peer that does not read holds up nobody but itself.
 */
final class BlockingWire extends SocketWire {

  private static final Logger LOG = LogManager.getLogger(BlockingWire.class);
  private static final int READ_BUFFER_BYTES = 8 * 1024;

  private final BlockingIo io;
  // Guarded by this.
  private boolean connected;
  private boolean writing;

  BlockingWire(BlockingIo io, User user, WriteQueue queue, LingeringCloses goodbyes) {
    super(user, queue, goodbyes);
    this.io = io;
  }

  @Override
  public void connect(InetSocketAddress remote, InetAddress from) {
    start(() -> connectAndRead(remote, from));
  }

  private void connectAndRead(InetSocketAddress remote, InetAddress from) throws IOException {
    SocketChannel channel = SocketIo.open(from);
    if (adopt(channel)) {
      SocketIo.connect(channel, remote);
      connected();
      user.connected();
      readUntilClosed(channel);
    }
  }

  @Override
  public void begin(SocketChannel accepted) {
    try {
      // Before a thread is asked for: if there is none, the socket must be closed all the same.
      if (adopt(accepted)) {
        start(
            () -> {
              connected();
              user.connected();
              readUntilClosed(accepted);
            });
      }
    } catch (IOException e) {
      user.failed(e);
    }
  }

  /** What a thread of this wire does. */
  private interface Work {
    void run() throws IOException;
  }

  private void start(Work work) {
    try {
      io.run(() -> failingToUser(work));
    } catch (IOException e) {
      user.failed(e);
    }
  }

  private void failingToUser(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      if (!closedNow()) {
        user.failed(e);
      }
    } catch (RuntimeException | Error e) {
      Failures.log(LOG, user, e);
      user.failed(new IOException("internal failure: " + e, e));
    }
  }

  /** Whether the wire is closed; then nothing more can be written either. */
  private boolean closedNow() {
    synchronized (this) {
      if (!closed) {
        return false;
      }
    }
    closeNow();
    return true;
  }

  private void readUntilClosed(SocketChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(READ_BUFFER_BYTES);
    while (mayRead()) {
      buffer.clear();
      if (channel.read(buffer) < 0) {
        user.ended();
        return;
      }
      user.received(buffer.flip());
    }
  }

  /** Waits while reading is paused; false when the wire is closed. */
  private synchronized boolean mayRead() throws IOException {
    while (pauses > 0 && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while reading is paused", e);
      }
    }
    return !closed;
  }

  @Override
  public boolean write(ByteBuffer bytes) throws IOException {
    synchronized (this) {
      if (closed) {
        throw new IOException("The socket is not open");
      }
      queue.throwIfRefused();
      queue.add(bytes);
      if (writing || !connected) {
        return false;
      }
      writing = true;
    }
    io.run(() -> failingToUser(this::writeQueued));
    return false;
  }

  /** The socket is connected: what was written before may go. */
  private void connected() throws IOException {
    synchronized (this) {
      connected = true;
      writing = !queue.isEmpty();
      if (!writing) {
        return;
      }
    }
    io.run(() -> failingToUser(this::writeQueued));
  }

  private void writeQueued() throws IOException {
    while (true) {
      SocketChannel channel;
      ByteBuffer next;
      synchronized (this) {
        channel = socket;
        next = queue.next();
        if (next == null || channel == null) {
          writing = false;
          break;
        }
      }
      channel.write(next);
      boolean all;
      synchronized (this) {
        queue.wrote();
        all = queue.isEmpty();
      }
      user.wroteQueued(all);
    }
    closedNow();
  }

  @Override
  public synchronized void pauseReading(boolean pause) {
    pauses += pause ? 1 : -1;
    notifyAll();
  }

  @Override
  public void close(@Nullable ByteBuffer farewell) {
    boolean writeFirst;
    boolean startWriting;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      notifyAll();
      SocketChannel channel = socket;
      if (channel == null) {
        return;
      }
      if (farewell != null) {
        queue.addLast(farewell);
      }
      writeFirst = channel.isConnected() && !queue.isEmpty() && goodbyes.begin(this);
      startWriting = writeFirst && !writing;
      writing |= startWriting;
    }
    if (!writeFirst) {
      closeNow();
    } else if (startWriting) {
      start(this::writeQueued);
    }
  }
}
