package net.conmgmt.sip.internal.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.io.WriteQueue;
import net.conmgmt.sip.internal.time.Failures;
import org.jspecify.annotations.Nullable;

/**
 * The sending half of a {@link TlsWire}: turns plaintext into records and gives them to the
 * socket's wire.
 *
 * <p>Plaintext waits here until the engine and the socket can take it: during a handshake, and
 * while the socket is full. It becomes records one at a time, and the lock is free between two of
 * them, so that a large message delays the thread that reads no longer than a small one does.
 *
 * <p>Thread-safe. The socket's wire and the queues are used under the lock of {@link TlsState}; the
 * owner is called without it.
 */
final class RecordWriter {

  /** The plaintext of one record; more than that becomes records piece by piece. */
  private static final int RECORD_BYTES = 16 * 1024;

  private final TlsState tls;
  private final Wire socket;
  private final Supplier<WriteQueue> queues;
  private final Executor others;
  private final TlsWire.Owner owner;

  // All below is guarded by tls.
  private boolean socketFull;
  // Whether a thread is at work on what waits, or has been asked for it.
  private boolean draining;
  private @Nullable WriteQueue waiting;

  /**
   * Has nothing to send yet.
   *
   * @param queues makes what holds plaintext that waits
   * @param others runs what would hold up a thread that serves other connections
   */
  RecordWriter(
      TlsState tls,
      Wire socket,
      Supplier<WriteQueue> queues,
      Executor others,
      TlsWire.Owner owner) {
    this.tls = tls;
    this.socket = socket;
    this.queues = queues;
    this.others = others;
    this.owner = owner;
  }

  /** As {@link Wire#write}. */
  boolean write(ByteBuffer bytes) throws IOException {
    synchronized (tls) {
      if (tls.closed) {
        throw new IOException("The socket is not open");
      }
      TlsEngine writing = waiting == null ? ready() : null;
      if (writing != null && bytes.remaining() <= RECORD_BYTES) {
        while (bytes.hasRemaining() && ready() != null) {
          tls.need = writing.send(bytes);
        }
        if (!bytes.hasRemaining()) {
          return !socketFull;
        }
      }
      WriteQueue queue = waiting;
      if (queue == null) {
        queue = queues.get();
        waiting = queue;
      }
      queue.add(bytes);
      if (draining || ready() == null) {
        return false;
      }
      draining = true;
    }
    drain();
    return nothingWaits();
  }

  /** Whether the socket has taken all that was written. */
  private boolean nothingWaits() {
    synchronized (tls) {
      return waiting == null && !socketFull && tls.need == TlsEngine.Need.NOTHING;
    }
  }

  /** The engine, if it and the socket take plaintext. Guarded by tls. */
  private @Nullable TlsEngine ready() {
    return tls.takesPlaintext() && !tls.closed && !socketFull ? tls.engine : null;
  }

  /**
   * Sends records that the engine has made, and gives up their buffer where the socket keeps some
   * of it. Guarded by tls.
   */
  void toSocket(ByteBuffer records) throws IOException {
    if (socket.write(records)) {
      TlsBuffers.giveBack(records);
    } else {
      socketFull = true;
    }
  }

  /** Makes records of what waits, as long as the socket takes them. */
  private void drain() throws IOException {
    try {
      while (drainRecord()) {
        tls.letReaderGoFirst();
      }
    } catch (IOException | RuntimeException | Error e) {
      synchronized (tls) {
        draining = false;
        // Half a message may have gone, and nothing makes sense after its beginning.
        tls.takeNoPlaintext();
      }
      throw e instanceof IOException io ? io : Failures.asIoException(e);
    }
  }

  private boolean drainRecord() throws IOException {
    synchronized (tls) {
      WriteQueue queue = waiting;
      TlsEngine writing = ready();
      if (queue == null || writing == null) {
        draining = false;
        return false;
      }
      ByteBuffer next = queue.next();
      if (next != null) {
        tls.need = writing.send(next);
        queue.wrote();
      }
      if (queue.isEmpty()) {
        waiting = null;
        draining = false;
        return false;
      }
      return true;
    }
  }

  /** Has another thread send what waits, as the calling one may have other connections to serve. */
  void drainElsewhere() throws IOException {
    synchronized (tls) {
      if (draining || waiting == null || ready() == null) {
        return;
      }
      draining = true;
    }
    try {
      others.execute(this::drainOrFail);
    } catch (RejectedExecutionException e) {
      throw new IOException("The stack is stopped", e);
    }
  }

  private void drainOrFail() {
    try {
      drain();
      owner.wroteQueued(nothingWaits());
    } catch (IOException e) {
      owner.failed(e);
    }
  }

  /** As {@link Wire.User#wroteQueued}, of the socket's wire. */
  void wroteQueued(boolean all) {
    if (all) {
      synchronized (tls) {
        socketFull = false;
      }
      try {
        drainElsewhere();
      } catch (IOException e) {
        owner.failed(e);
        return;
      }
    }
    owner.wroteQueued(all && nothingWaits());
  }

  /**
   * The records of what waits still, as far as the engine takes it, and of the alert that ends TLS;
   * null where there are none. Guarded by tls.
   */
  @Nullable ByteBuffer lastRecords() {
    TlsEngine ending = tls.need == TlsEngine.Need.TASKS ? null : tls.engine;
    try {
      return ending == null ? null : ending.last(tls.takesPlaintext() ? waiting : null);
    } catch (Error e) {
      // No heap, or a class of the JDK that had none when it was first needed and stays unusable.
      // The peer sees the end of the socket instead.
      return null;
    }
  }

  /** Drops what waits. Guarded by tls. */
  void drop() {
    if (waiting != null) {
      waiting.drop();
      waiting = null;
    }
  }
}
