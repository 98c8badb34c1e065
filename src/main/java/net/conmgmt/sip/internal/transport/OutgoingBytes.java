package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.io.WriteQueueFullException;

/**
 * Writes the bytes that leave on one connection: it gives each message or keep-alive to the wire as
 * a whole, and closes the connection when that fails. Thread-safe; no method waits for the peer.
 */
final class OutgoingBytes {

  private static final byte[] KEEP_ALIVE = {'\r', '\n', '\r', '\n'};

  private final SocketConnection connection;
  private final IncomingBytes incoming;
  private final Wire wire;

  OutgoingBytes(SocketConnection connection, IncomingBytes incoming, Wire wire) {
    this.connection = connection;
    this.incoming = incoming;
    this.wire = wire;
  }

  /**
   * Writes the bytes as a whole, behind all that was written before. Connects first if need be; the
   * bytes wait meanwhile, and are dropped if connecting fails.
   */
  void write(ByteBuffer bytes) throws IOException {
    connection.attempt().connectUnlessFailedJustNow();
    if (connection.isClosed()) {
      throw connection.notOpen();
    }
    boolean sent;
    try {
      sent = wire.write(bytes);
    } catch (WriteQueueFullException e) {
      connection.close(CloseReason.WRITE_QUEUE_FULL, String.valueOf(e.getMessage()));
      throw connection.notOpen();
    } catch (IOException | RuntimeException | Error e) {
      // Part of a message may have gone, and nothing makes sense after its beginning.
      connection.close(CloseReason.IO_ERROR, String.valueOf(e.getMessage()));
      throw e;
    }
    if (sent) {
      // What waits for a peer that takes nothing does not restart the idle timer.
      connection.bytesSent();
    }
  }

  /** Writes CR LF CR LF; opens no connection for it. */
  void writeKeepAlive() throws IOException {
    connection.closeUnused("a keep-alive opens no connection");
    if (!connection.isOpen()) {
      throw connection.notOpen();
    }
    incoming.pinged();
    write(ByteBuffer.wrap(KEEP_ALIVE));
    // The next one is due a whole interval later, whether or not this one still waits.
    connection.bytesSent();
  }
}
