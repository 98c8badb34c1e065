package net.conmgmt.sip.transport;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that wait for a socket that is full, in order. Not thread-safe: guarded by the wire's lock.
 * Empty queues hold no memory worth mentioning.
 */
final class WriteQueue {

  private final ArrayDeque<ByteBuffer> buffers = new ArrayDeque<>(1);
  private final int maxBytes;
  private int queuedBytes;

  WriteQueue(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  boolean isEmpty() {
    return buffers.isEmpty();
  }

  void add(ByteBuffer bytes) throws WriteQueueFullException {
    queuedBytes += bytes.remaining();
    buffers.add(bytes);
    if (queuedBytes > maxBytes) {
      throw new WriteQueueFullException(queuedBytes);
    }
  }

  /** What to write next, or null when nothing waits. */
  @Nullable ByteBuffer next() {
    return buffers.peek();
  }

  /** That many bytes of {@link #next} were written. */
  void wrote(int count) {
    queuedBytes -= count;
    ByteBuffer first = buffers.peek();
    if (first != null && !first.hasRemaining()) {
      buffers.remove();
    }
  }

  void clear() {
    buffers.clear();
    queuedBytes = 0;
  }
}
