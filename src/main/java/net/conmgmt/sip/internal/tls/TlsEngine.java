package net.conmgmt.sip.internal.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.internal.io.WriteQueue;
import org.jspecify.annotations.Nullable;

/**
 * Makes and reads the TLS records of one connection by the JDK's engine. Not thread-safe: guarded
 * by the lock of {@link TlsState}, except for {@link #runTasks} and {@link #session}.
 */
final class TlsEngine {

  /** Takes records that are ready to be sent. */
  interface Out {
    void records(ByteBuffer records) throws IOException;
  }

  /** What the engine needs next. */
  enum Need {
    /** The peer must say something before plaintext is taken. */
    PEER,
    /** {@link #runTasks} must be called before anything else. */
    TASKS,
    /** Nothing: it takes plaintext. */
    NOTHING
  }

  private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0);

  private final SSLEngine engine;
  private final boolean renegotiates;
  private final Out out;
  private boolean open;

  /**
   * Has not begun the handshake.
   *
   * @param renegotiates whether a peer may shake hands again (TLS 1.2 and before)
   */
  TlsEngine(SSLEngine engine, boolean renegotiates, Out out) {
    this.engine = engine;
    this.renegotiates = renegotiates;
    this.out = out;
  }

  SSLSession session() {
    return engine.getSession();
  }

  /** Whether a handshake has been done. */
  boolean hasSession() {
    SSLSession session = engine.getSession();
    return session.isValid() && !session.getCipherSuite().equals("SSL_NULL_WITH_NULL_NULL");
  }

  /** From now on a further handshake is one that the peer asked for. */
  void opened() {
    open = true;
  }

  /** A buffer for the plaintext of a record; to be given back. */
  ByteBuffer plainBuffer() {
    return TlsBuffers.take(engine.getSession().getApplicationBufferSize());
  }

  private ByteBuffer recordBuffer() {
    return TlsBuffers.take(engine.getSession().getPacketBufferSize());
  }

  Need begin() throws IOException {
    engine.beginHandshake();
    return answer(engine.getHandshakeStatus());
  }

  /** Does the slow work of a handshake. No other method may be called meanwhile. */
  void runTasks() {
    Runnable task = engine.getDelegatedTask();
    while (task != null) {
      task.run();
      task = engine.getDelegatedTask();
    }
  }

  /** What is needed after {@link #runTasks}. */
  Need afterTasks() throws IOException {
    return answer(engine.getHandshakeStatus());
  }

  /** Reads a record, if there is a whole one. */
  SSLEngineResult unwrap(ByteBuffer input, ByteBuffer plain) throws SSLException {
    return engine.unwrap(input, plain);
  }

  /** Says what the handshake has to say now, which leaves as a whole. */
  Need answer(HandshakeStatus asked) throws IOException {
    refuseNewHandshake(asked);
    HandshakeStatus status = asked;
    @Nullable ByteBuffer flight = null;
    try {
      while (status == HandshakeStatus.NEED_WRAP) {
        ByteBuffer record = recordBuffer();
        SSLEngineResult result = engine.wrap(NO_BYTES.duplicate(), record);
        if (result.bytesProduced() > 0) {
          if (flight != null && flight.remaining() < result.bytesProduced()) {
            ByteBuffer full = flight.flip();
            flight = null;
            out.records(full);
          }
          flight = flight == null ? record : joined(flight, record);
        } else if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
          throw new SSLException("the TLS engine has nothing to say, though it asked for its turn");
        }
        status = engine.getHandshakeStatus();
      }
    } finally {
      if (flight != null) {
        out.records(flight.flip());
      }
    }
    return switch (status) {
      case NEED_TASK -> Need.TASKS;
      case FINISHED, NOT_HANDSHAKING -> Need.NOTHING;
      default -> Need.PEER;
    };
  }

  private static ByteBuffer joined(ByteBuffer flight, ByteBuffer record) {
    flight.put(record.flip());
    TlsBuffers.giveBack(record);
    return flight;
  }

  /**
   * Renegotiation (TLS 1.2 and before) costs this side far more than its peer, and TLS 1.3 has done
   * away with it. What TLS 1.3 sends after the handshake, a key update above all, needs no task.
   */
  private void refuseNewHandshake(HandshakeStatus status) throws SSLException {
    boolean begins = status == HandshakeStatus.NEED_TASK || status == HandshakeStatus.NEED_WRAP;
    if (open && begins && !renegotiates && !engine.getSession().getProtocol().equals("TLSv1.3")) {
      throw new SSLException(
          "the peer asked for renegotiation, which is refused unless"
              + " gov.nist.javax.sip.SSL_RENEGOTIATION_ENABLED is set to true");
    }
  }

  /** Makes one record of the next bytes and sends it. */
  Need send(ByteBuffer plain) throws IOException {
    ByteBuffer record = recordBuffer();
    SSLEngineResult result = engine.wrap(plain, record);
    if (result.getStatus() == Status.CLOSED) {
      throw new SSLException("TLS is closed");
    }
    if (result.bytesProduced() == 0) {
      throw new SSLException("the TLS engine makes no record, it is " + result);
    }
    out.records(record.flip());
    // The engine renews its own keys once in a very long time.
    return result.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
        ? Need.NOTHING
        : answer(result.getHandshakeStatus());
  }

  /** The records of what waits still, if any, and of the alert that ends TLS. */
  ByteBuffer last(@Nullable WriteQueue queue) {
    ByteBuffer records = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    try {
      ByteBuffer next = queue == null ? null : queue.next();
      while (next != null && queue != null) {
        int before = next.remaining();
        records = appended(records, next);
        if (next.remaining() == before) {
          // The peer has ended TLS: nothing but the answering alert may follow.
          break;
        }
        queue.wrote();
        next = queue.next();
      }
      engine.closeOutbound();
      while (!engine.isOutboundDone()) {
        int before = records.position();
        records = appended(records, NO_BYTES.duplicate());
        if (records.position() == before) {
          break;
        }
      }
    } catch (SSLException | RuntimeException e) {
      // Nothing is left to say to a peer that broke TLS.
      return records.flip();
    }
    return records.flip();
  }

  private ByteBuffer appended(ByteBuffer records, ByteBuffer plain) throws SSLException {
    ByteBuffer out = records;
    int most = engine.getSession().getPacketBufferSize();
    if (out.remaining() < most) {
      out = ByteBuffer.allocate(2 * out.capacity() + most).put(records.flip());
    }
    engine.wrap(plain, out);
    return out;
  }
}
