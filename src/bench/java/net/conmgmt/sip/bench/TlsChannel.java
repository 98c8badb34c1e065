package net.conmgmt.sip.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import jdk.net.ExtendedSocketOptions;

/**
 * TLS over a connected channel, the client's side, in the thread that calls. Reading takes what is
 * there, where the channel does not block; writing waits. Not thread-safe.
 */
final class TlsChannel implements ByteChannel {

  private static final int RECORD_BYTES = 17 * 1024;

  // Of all, as one thread serves them.
  private static final ByteBuffer RECORDS = ByteBuffer.allocateDirect(4 * RECORD_BYTES);
  private static final ByteBuffer OUT = ByteBuffer.allocateDirect(RECORD_BYTES);
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SocketChannel socket;
  private final SSLEngine engine;
  private final long begunMillis = System.currentTimeMillis();
  private ByteBuffer rest = NOTHING;

  private TlsChannel(SocketChannel socket, SSLEngine engine) {
    this.socket = socket;
    this.engine = engine;
  }

  /** Shakes hands over a socket that blocks, and reads no byte beyond that unless it came along. */
  static TlsChannel over(SocketChannel socket, SSLEngine engine) throws IOException {
    TlsChannel channel = new TlsChannel(socket, engine);
    engine.beginHandshake();
    ByteBuffer plain = ByteBuffer.allocate(RECORD_BYTES);
    while (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
      channel.speak();
      channel.acknowledgeAtOnce();
      if (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING
          && channel.read(plain) < 0) {
        throw new SSLException("The server closed a connection during the handshake");
      }
    }
    return channel;
  }

  /** What comes next: a server without TCP_NODELAY would wait for delayed acknowledgements. */
  void acknowledgeAtOnce() throws IOException {
    socket.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
  }

  /** Whether the handshake took up a session of before. */
  boolean isResumed() {
    return engine.getSession().getCreationTime() < begunMillis;
  }

  private void speak() throws IOException {
    HandshakeStatus status = engine.getHandshakeStatus();
    while (status == HandshakeStatus.NEED_TASK || status == HandshakeStatus.NEED_WRAP) {
      if (status == HandshakeStatus.NEED_TASK) {
        engine.getDelegatedTask().run();
      } else {
        wrap(NOTHING.duplicate());
      }
      status = engine.getHandshakeStatus();
    }
  }

  private void wrap(ByteBuffer plain) throws IOException {
    engine.wrap(plain, OUT.clear());
    OUT.flip();
    while (OUT.hasRemaining()) {
      socket.write(OUT);
    }
  }

  @Override
  public int read(ByteBuffer plain) throws IOException {
    RECORDS.clear().put(rest);
    rest = NOTHING;
    if (socket.read(RECORDS) < 0) {
      return -1;
    }
    RECORDS.flip();
    int before = plain.position();
    boolean more = true;
    while (more) {
      SSLEngineResult result = engine.unwrap(RECORDS, plain);
      if (result.getStatus() == Status.CLOSED) {
        return -1;
      }
      speak();
      more =
          result.getStatus() == Status.OK
              && (RECORDS.hasRemaining() || result.bytesConsumed() + result.bytesProduced() > 0);
    }
    if (RECORDS.hasRemaining()) {
      rest = ByteBuffer.allocate(RECORDS.remaining()).put(RECORDS).flip();
    }
    return plain.position() - before;
  }

  @Override
  public int write(ByteBuffer plain) throws IOException {
    int before = plain.remaining();
    while (plain.hasRemaining()) {
      wrap(plain);
    }
    return before;
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  /** Says so first: a session that ends otherwise is not resumed. */
  @Override
  public void close() throws IOException {
    engine.closeOutbound();
    try {
      speak();
    } finally {
      socket.close();
    }
  }
}
