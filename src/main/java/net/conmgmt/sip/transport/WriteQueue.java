package net.conmgmt.sip.transport;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that wait for a socket that is full, in order. Not thread-safe: guarded by the wire's lock.
 * Empty queues hold no memory worth mentioning. What is bounded is the memory that is held, as
 * answers to keep-alives are short.
 */
final class WriteQueue {

  /** What a buffer takes beside its bytes, roughly. */
  private static final int OVERHEAD_BYTES = 64;

  private final ArrayDeque<ByteBuffer> buffers = new ArrayDeque<>(1);
  private final int maxBytes;
  private int heldBytes;
  private boolean dropped;

  WriteQueue(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  boolean isEmpty() {
    return buffers.isEmpty();
  }

  /** Adds last bytes, which no bound refuses. */
  void addLast(ByteBuffer bytes) {
    if (dropped) {
      // The end of a record may be gone, and nothing makes sense after its beginning.
      return;
    }
    heldBytes += bytes.remaining() + OVERHEAD_BYTES;
    buffers.add(slim(bytes));
  }

  /** A TLS record comes in a buffer with room for the longest one. */
  private static ByteBuffer slim(ByteBuffer bytes) {
    return bytes.capacity() <= 2 * bytes.remaining() + OVERHEAD_BYTES
        ? bytes
        : ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
  }

  void add(ByteBuffer bytes) throws WriteQueueFullException {
    addLast(bytes);
    if (heldBytes > maxBytes) {
      throw new WriteQueueFullException(heldBytes);
    }
  }

  /** What to write next, or null when nothing waits. */
  @Nullable ByteBuffer next() {
    return buffers.peek();
  }

  /** That many bytes of {@link #next} were written. */
  void wrote(int count) {
    ByteBuffer first = buffers.peek();
    if (first == null) {
      // Dropped while another thread was writing it.
      return;
    }
    heldBytes -= count;
    if (!first.hasRemaining()) {
      buffers.remove();
      heldBytes -= OVERHEAD_BYTES;
    }
  }

  /** Nothing is written any more. */
  void drop() {
    dropped = true;
    buffers.clear();
    heldBytes = 0;
  }
}
