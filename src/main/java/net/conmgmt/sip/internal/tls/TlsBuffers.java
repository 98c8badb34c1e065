package net.conmgmt.sip.internal.tls;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Lends buffers that hold one TLS record each. A new buffer for each record would be most of the
 * garbage of an exchange. The number kept is bounded: buffers that come back beyond it are left to
 * the garbage collector. Thread-safe.
 */
final class TlsBuffers {

  /** For as many threads as work on records at a time. */
  private static final int MOST = 32;

  /** Room for a record and for its plaintext, unless a peer uses larger ones. */
  private static final int USUAL_BYTES = 17 * 1024;

  private static final ArrayDeque<ByteBuffer> FREE = new ArrayDeque<>(MOST);

  private TlsBuffers() {}

  /** An empty buffer with room for {@code bytes} at least. */
  static ByteBuffer take(int bytes) {
    ByteBuffer free;
    synchronized (FREE) {
      free = FREE.pollFirst();
    }
    return free != null && free.capacity() >= bytes
        ? free
        : ByteBuffer.allocate(Math.max(bytes, USUAL_BYTES));
  }

  /** Nobody uses that buffer any more. */
  static void giveBack(ByteBuffer buffer) {
    buffer.clear();
    synchronized (FREE) {
      if (FREE.size() < MOST) {
        FREE.addFirst(buffer);
      }
    }
  }
}
