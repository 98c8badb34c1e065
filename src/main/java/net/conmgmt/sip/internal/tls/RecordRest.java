package net.conmgmt.sip.internal.tls;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import net.conmgmt.sip.internal.connection.MemoryBudget;

/**
 * Holds the beginning of a TLS record that is not complete yet, and the bytes that came while a
 * step of the handshake waited or ran. They count in the memory of the stack. Used by one thread at
 * a time; {@link #end} by any thread.
 */
final class RecordRest {

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final MemoryBudget budget;
  private final MemoryBudget.Share memory;
  // Ready to be read.
  private volatile ByteBuffer held = NOTHING;
  // Whether what is being read is a buffer of this object, not the reader's.
  private boolean given;

  RecordRest(MemoryBudget budget) {
    this.budget = budget;
    memory = budget.share();
  }

  /** Gives the bytes that are held, and behind them those bytes. */
  ByteBuffer with(ByteBuffer bytes) {
    ByteBuffer joined = held;
    given = joined.hasRemaining();
    if (!given) {
      return bytes;
    }
    if (joined.capacity() - joined.limit() < bytes.remaining()) {
      // Room for as much again: a record that comes byte by byte is not copied for each of them.
      joined = ByteBuffer.allocate(2 * joined.remaining() + bytes.remaining()).put(joined).flip();
      held = joined;
    }
    int begin = joined.position();
    joined.position(joined.limit()).limit(joined.limit() + bytes.remaining());
    joined.put(bytes).position(begin);
    return joined;
  }

  /**
   * Holds those bytes behind what is held.
   *
   * @throws SSLException when all connections together hold too much
   */
  void add(ByteBuffer bytes) throws SSLException {
    keep(with(bytes));
  }

  /** How many bytes are held. */
  int bytes() {
    return held.remaining();
  }

  /** Gives up the bytes that are held. */
  ByteBuffer take() {
    ByteBuffer taken = held;
    held = NOTHING;
    given = true;
    return taken;
  }

  /**
   * Holds what is left of {@code input}.
   *
   * @throws SSLException when all connections together hold too much
   */
  void keep(ByteBuffer input) throws SSLException {
    int bytes = input.remaining();
    ByteBuffer kept = NOTHING;
    if (bytes > 0) {
      kept =
          given && input.capacity() <= 4 * bytes
              ? input
              : ByteBuffer.allocate(bytes).put(input).flip();
    }
    held = kept;
    if (!memory.hold(kept.capacity())) {
      throw new SSLException(
          kept.capacity() + " bytes of a TLS record that is not complete " + budget.refusal());
    }
  }

  /**
   * Holds what is left of what {@link #take} gave, before what came since.
   *
   * @throws SSLException when all connections together hold too much
   */
  void putBack(ByteBuffer left) throws SSLException {
    ByteBuffer since = held;
    if (since.hasRemaining()) {
      keep(ByteBuffer.allocate(left.remaining() + since.remaining()).put(left).put(since).flip());
    } else {
      given = true;
      keep(left);
    }
  }

  /** Nothing more will come. */
  void end() {
    held = NOTHING;
    memory.end();
  }
}
