package net.conmgmt.sip.internal.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS between a socket's bytes and the bytes of SIP.
 *
 * <p>What arrives comes in one thread at a time; while a slow step of the handshake runs elsewhere,
 * reading is paused. {@link #wrap} may be called from any thread, under the lock that also orders
 * the writes.
 */
public final class TlsLayer {

  /** The channel below and above. */
  public interface Sink {
    /** Wraps {@code plain} under the write lock and writes the records. */
    void writeRecords(TlsLayer layer, ByteBuffer plain) throws IOException;

    /** The handshake is done; throws to refuse the peer. */
    void secured(SSLSession session) throws SSLException;

    /** Decrypted bytes. */
    void plaintext(ByteBuffer bytes);

    /** The peer ended TLS properly. */
    void closedByPeer();

    /** Stops or goes on calling {@link #received}. */
    void pauseReading(boolean pause);

    /** A step of the handshake that ran elsewhere led to a failure. */
    void failed(IOException cause);
  }

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SSLEngine engine;
  private final Executor slowSteps;
  private final Sink sink;
  private ByteBuffer rest = NOTHING;
  private volatile boolean secured;

  public TlsLayer(SSLEngine engine, Executor slowSteps, Sink sink) {
    this.engine = engine;
    this.slowSteps = slowSteps;
    this.sink = sink;
  }

  /** Begins the handshake. */
  public void begin() throws IOException {
    engine.beginHandshake();
    if (!proceed(engine.getHandshakeStatus())) {
      startSlowStep();
    }
  }

  /** Takes in what the socket gave. */
  public void received(ByteBuffer bytes) throws IOException {
    unwrapAll(joined(bytes));
  }

  private void unwrapAll(ByteBuffer input) throws IOException {
    ByteBuffer plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
    while (true) {
      SSLEngineResult result = engine.unwrap(input, plain);
      if (plain.position() > 0) {
        plain.flip();
        sink.plaintext(plain);
        plain.clear();
      }
      if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
        // Before the answer to the peer's alert goes out: nobody may write to it after that.
        sink.closedByPeer();
        return;
      }
      if (!proceed(result.getHandshakeStatus())) {
        keep(input);
        startSlowStep();
        return;
      }
      if (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW) {
        plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
      } else if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW
          || (!input.hasRemaining() && result.bytesProduced() == 0)) {
        keep(input);
        return;
      }
    }
  }

  /** From here on everything belongs to the thread that runs the step, until it reads again. */
  private void startSlowStep() throws IOException {
    sink.pauseReading(true);
    try {
      slowSteps.execute(this::slowStep);
    } catch (RejectedExecutionException e) {
      throw new IOException("The stack is stopped", e);
    }
  }

  private void slowStep() {
    try {
      Runnable task = engine.getDelegatedTask();
      while (task != null) {
        task.run();
        task = engine.getDelegatedTask();
      }
      if (!proceed(engine.getHandshakeStatus())) {
        startSlowStep();
      } else {
        ByteBuffer input = rest;
        rest = NOTHING;
        unwrapAll(input);
      }
      // A further step has paused reading once more, so this sets nothing free too early.
      sink.pauseReading(false);
    } catch (IOException e) {
      sink.failed(e);
    } catch (RuntimeException | Error e) {
      sink.failed(new IOException("internal failure: " + e, e));
    }
  }

  private ByteBuffer joined(ByteBuffer bytes) {
    if (!rest.hasRemaining()) {
      return bytes;
    }
    ByteBuffer joined = ByteBuffer.allocate(rest.remaining() + bytes.remaining());
    joined.put(rest).put(bytes).flip();
    return joined;
  }

  /** At most one record that is not complete yet: its length is bounded by TLS. */
  private void keep(ByteBuffer input) {
    if (input.hasRemaining()) {
      ByteBuffer copy = ByteBuffer.allocate(input.remaining());
      copy.put(input).flip();
      rest = copy;
    } else {
      rest = NOTHING;
    }
  }

  /** Says what the handshake has to say; false when a slow step must run first. */
  private boolean proceed(HandshakeStatus first) throws IOException {
    HandshakeStatus status = first;
    while (true) {
      switch (status) {
        case NEED_TASK -> {
          return false;
        }
        case NEED_WRAP -> {
          sink.writeRecords(this, NOTHING.duplicate());
          status = engine.getHandshakeStatus();
        }
        case FINISHED, NOT_HANDSHAKING -> {
          if (!secured && isSessionThere()) {
            secured = true;
            sink.secured(engine.getSession());
          }
          return true;
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          return true;
        }
      }
    }
  }

  private boolean isSessionThere() {
    return engine.getSession().isValid()
        && !engine.getSession().getCipherSuite().equals("SSL_NULL_WITH_NULL_NULL");
  }

  /** Whether the handshake is done. */
  boolean isSecured() {
    return secured;
  }

  /** Turns plaintext into records; with nothing, what the handshake has to say. */
  public ByteBuffer wrap(ByteBuffer plain) throws SSLException {
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    while (true) {
      SSLEngineResult result = engine.wrap(plain, out);
      switch (result.getStatus()) {
        case BUFFER_OVERFLOW -> {
          ByteBuffer larger =
              ByteBuffer.allocate(out.position() + engine.getSession().getPacketBufferSize());
          larger.put(out.flip());
          out = larger;
        }
        case CLOSED -> {
          if (plain.hasRemaining()) {
            throw new SSLException("TLS is closed");
          }
          return out.flip();
        }
        default -> {
          if (!plain.hasRemaining() && !moreHandshake(result)) {
            return out.flip();
          }
        }
      }
    }
  }

  private static boolean moreHandshake(SSLEngineResult result) {
    return result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
  }

  /** The alert that ends TLS, or null when there is none to send any more. */
  @Nullable
  public ByteBuffer closeNotify() {
    try {
      engine.closeOutbound();
      return wrap(NOTHING.duplicate());
    } catch (SSLException e) {
      return null;
    }
  }
}
