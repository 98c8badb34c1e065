package net.conmgmt.sip.internal.io;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import org.jspecify.annotations.Nullable;

/**
 * Holds the bytes that wait for a full socket, in order. Not thread-safe: guarded by its wire's
 * lock. An empty queue takes hardly any memory. The bound is on the memory that the buffers take,
 * not on their bytes, because many short answers take far more memory than their bytes.
 */
public final class WriteQueue {

  /** The memory that a buffer takes beside its bytes, roughly. */
  private static final int OVERHEAD_BYTES = 64;

  /** Null while nothing waits: nearly all sockets take all at once. */
  private @Nullable ArrayDeque<ByteBuffer> buffers;

  private final int maxBytes;
  private final MemoryBudget budget;
  private final MemoryBudget.Share memory;
  private long heldBytes;
  private long backlogBytes;
  private boolean dropped;
  private @Nullable String refusal;

  public WriteQueue(int maxBytes, MemoryBudget budget) {
    this.maxBytes = maxBytes;
    this.budget = budget;
    memory = budget.share();
  }

  public boolean isEmpty() {
    return buffers == null;
  }

  /** Adds last bytes, which no bound refuses. */
  void addLast(ByteBuffer bytes) {
    if (dropped) {
      // The end of a record may be gone, and nothing makes sense after its beginning.
      return;
    }
    ByteBuffer slim = slim(bytes);
    append(slim);
    heldBytes += heldFor(slim);
    backlogBytes += counted(slim);
    memory.holdAnyway(heldBytes);
  }

  private void append(ByteBuffer buffer) {
    if (buffers == null) {
      buffers = new ArrayDeque<>(1);
    }
    buffers.add(buffer);
  }

  /** As long as any of it waits, all of it is held. */
  private static int heldFor(ByteBuffer buffer) {
    return buffer.capacity() + OVERHEAD_BYTES;
  }

  /**
   * Gives the bytes by which a message counts. The bound is meant for a peer that leaves messages
   * unread, so a message that is larger than the bound can be sent while little else waits.
   */
  private long counted(ByteBuffer buffer) {
    return Math.min(heldFor(buffer), maxBytes / 2);
  }

  /** A TLS record comes in a buffer with room for the longest one. */
  private static ByteBuffer slim(ByteBuffer bytes) {
    return bytes.capacity() <= 2 * bytes.remaining() + OVERHEAD_BYTES
        ? bytes
        : ByteBuffer.allocate(bytes.remaining()).put(bytes).flip();
  }

  /**
   * Adds bytes.
   *
   * @throws WriteQueueFullException when that is too much for a peer that may not read at all; then
   *     all is dropped
   */
  public void add(ByteBuffer bytes) throws WriteQueueFullException {
    ByteBuffer slim = slim(bytes);
    long wanted = heldBytes + heldFor(slim);
    if (backlogBytes + counted(slim) > maxBytes) {
      refuse(wanted, " (MAX_WRITE_QUEUE_BYTES)");
    } else if (!memory.hold(wanted)) {
      refuse(wanted, " and " + budget.refusal());
    }
    append(slim);
    heldBytes = wanted;
    backlogBytes += counted(slim);
  }

  private void refuse(long wanted, String why) throws WriteQueueFullException {
    drop();
    refusal = wanted + " bytes of memory wait for a peer that does not read" + why;
    throwIfRefused();
  }

  /**
   * Checks that bytes may follow.
   *
   * @throws WriteQueueFullException when some were refused before
   */
  void throwIfRefused() throws WriteQueueFullException {
    if (refusal != null) {
      throw new WriteQueueFullException(refusal);
    }
  }

  /** What to write next, or null when nothing waits. */
  public @Nullable ByteBuffer next() {
    return buffers == null ? null : buffers.peek();
  }

  /** Bytes of {@link #next} were written, perhaps all of them. */
  public void wrote() {
    // None where all was dropped while another thread was writing.
    ArrayDeque<ByteBuffer> all = buffers;
    ByteBuffer first = next();
    if (all != null && first != null && !first.hasRemaining()) {
      all.remove();
      buffers = all.isEmpty() ? null : all;
      heldBytes -= heldFor(first);
      backlogBytes -= counted(first);
      memory.hold(heldBytes);
    }
  }

  /** Nothing is written any more. */
  public void drop() {
    dropped = true;
    buffers = null;
    heldBytes = 0;
    backlogBytes = 0;
    memory.end();
  }
}
