package net.conmgmt.sip.internal.io;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Moves the bytes of one connection, whatever the kind of I/O is. Thread-safe. No method waits for
 * the peer.
 */
public interface Wire {

  /** Uses the connection. Called by one thread at a time, and never inside {@link #write}. */
  interface User {
    /** TCP is connected. */
    void connected();

    /** Bytes arrived; the buffer is the user's only during the call. */
    void received(ByteBuffer bytes);

    /** The peer ended the stream. */
    void ended();

    /** Connecting, reading or a late write failed. Does not throw. */
    void failed(IOException cause);

    /**
     * Bytes that had to wait were handed to the socket. May be called beside the others.
     *
     * @param all whether none waits any more
     */
    void wroteQueued(boolean all);
  }

  /** Connects; {@link User#connected} or {@link User#failed} follows. */
  void connect(InetSocketAddress remote, InetAddress from);

  /** Begins to read an accepted socket. */
  void begin(SocketChannel accepted);

  /** Where the socket is bound, or null while there is none. */
  @Nullable InetSocketAddress localAddress();

  /**
   * Writes the bytes as a whole, behind all that was written before; keeps what the socket does not
   * take at once, and all of it until the socket is connected.
   *
   * @return whether the socket took all; otherwise the buffer belongs to the wire, and {@link
   *     User#wroteQueued} follows
   * @throws WriteQueueFullException when too much waits for the peer
   * @throws IOException when the socket is closed or broken
   */
  boolean write(ByteBuffer bytes) throws IOException;

  /** Stops or goes on reading, which the peer feels through TCP; as often as stopped. */
  void pauseReading(boolean pause);

  /** Whether reading is stopped. */
  boolean isReadingPaused();

  /**
   * Closes the socket. What the peer does not take soon of what waits to be written is dropped; all
   * of it where this is called again, because there was no heap.
   *
   * @param farewell last bytes; may be null
   */
  void close(@Nullable ByteBuffer farewell);
}
