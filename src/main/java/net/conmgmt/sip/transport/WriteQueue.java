package net.conmgmt.sip.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.ArrayDeque;

/**
 * Bytes that wait for a socket that is full, in order. Not thread-safe: guarded by the channel's
 * lock. Empty queues hold no memory worth mentioning.
 */
final class WriteQueue {

  private final ArrayDeque<ByteBuffer> buffers = new ArrayDeque<>(1);
  private int queuedBytes;

  boolean isEmpty() {
    return buffers.isEmpty();
  }

  int queuedBytes() {
    return queuedBytes;
  }

  void add(ByteBuffer bytes) {
    queuedBytes += bytes.remaining();
    buffers.add(bytes);
  }

  /** Writes what the socket takes; whether anything was written. */
  boolean writeTo(GatheringByteChannel socket) throws IOException {
    boolean wrote = false;
    ByteBuffer first = buffers.peek();
    while (first != null) {
      int written = socket.write(first);
      queuedBytes -= written;
      wrote |= written > 0;
      if (first.hasRemaining()) {
        break;
      }
      buffers.remove();
      first = buffers.peek();
    }
    return wrote;
  }

  void clear() {
    buffers.clear();
    queuedBytes = 0;
  }
}
