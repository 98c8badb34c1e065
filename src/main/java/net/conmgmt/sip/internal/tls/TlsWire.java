package net.conmgmt.sip.internal.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.io.WriteQueue;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * TLS over the wire of a socket: a wire for plaintext to its owner, and the user of the socket's
 * wire. Nobody waits inside it.
 *
 * <p>What is written waits as plaintext until the engine and the socket can take it: while the
 * engine shakes hands, while a slow step of a handshake runs, and while the socket is full. It
 * becomes records one at a time, so that a large message holds the lock no longer than a small one.
 *
 * <p>Threads: any thread writes and closes. What arrives comes from one thread at a time; a slow
 * step (private keys, certificate chains) takes that thread's place while reading is paused.
 *
 * <p>Locks: the monitor of this object guards the engine, except while a slow step runs, which
 * holds the engine's own lock for as long as a certificate check takes: the engine then belongs to
 * the step, and no other thread touches it, a timer least of all. The lock of the socket's wire is
 * taken inside this one, never the other way round. The owner is called with neither held.
 */
public final class TlsWire implements Wire, Wire.User {

  /** Who uses the plaintext; {@link Wire.User#connected} means that TLS is ready. */
  public interface Owner extends Wire.User {
    /** TCP is connected, and TLS shakes hands. */
    void securing();

    /** The handshake is done; throws to refuse the peer. Once, before {@code connected}. */
    void secured(SSLSession session) throws SSLException;

    /** The peer said something after the handshake, if only to TLS; once. */
    void spokeSecured();
  }

  /** How the engine stands. */
  private enum Stage {
    /** It waits for the peer before it takes plaintext. */
    SHAKING_HANDS,
    /** A slow step must run before anything else. */
    SLOW_STEP,
    /** It takes plaintext. */
    READY
  }

  /** The plaintext of one record: more is handed on piece by piece. */
  private static final int RECORD_BYTES = 16 * 1024;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SSLEngine engine;
  private final Executor tasks;
  private final Supplier<WriteQueue> queues;
  private final boolean renegotiates;
  private final Owner owner;
  private final Wire socket;

  // Used by the thread that reads, and by a slow step in its place.
  private final EmptyRecords emptyRecords;
  private final RecordRest rest;
  private boolean secured;
  private boolean spoke;

  // Guarded by this.
  private Stage stage = Stage.SHAKING_HANDS;
  private boolean open;
  private boolean closed;
  private boolean socketFull;
  // Whether a thread is at work on what waits, or has been asked for it.
  private boolean draining;
  private @Nullable WriteQueue waiting;

  /**
   * A wire that is not connected yet.
   *
   * @param queues makes what holds bytes that wait
   * @param memory counts what a record that is not complete holds
   * @param renegotiates whether a peer may shake hands again (TLS 1.2 and before)
   */
  public TlsWire(
      SSLEngine engine,
      SocketIo io,
      Supplier<WriteQueue> queues,
      MemoryBudget memory,
      Scheduler clock,
      boolean renegotiates,
      Owner owner) {
    this.engine = engine;
    this.queues = queues;
    rest = new RecordRest(memory);
    this.renegotiates = renegotiates;
    this.owner = owner;
    tasks = io.tlsTasks();
    emptyRecords = new EmptyRecords(clock);
    socket = io.wire(this, queues.get());
  }

  // --- what it shares with the socket's wire --------------------------------------------------

  @Override
  public void connect(InetSocketAddress remote, InetAddress from) {
    socket.connect(remote, from);
  }

  @Override
  public void begin(SocketChannel accepted) {
    socket.begin(accepted);
  }

  @Override
  public @Nullable InetSocketAddress localAddress() {
    return socket.localAddress();
  }

  @Override
  public void pauseReading(boolean pause) {
    socket.pauseReading(pause);
  }

  @Override
  public boolean isReadingPaused() {
    return socket.isReadingPaused();
  }

  @Override
  public void ended() {
    owner.ended();
  }

  @Override
  public void failed(IOException cause) {
    owner.failed(cause);
  }

  // --- bytes in -------------------------------------------------------------------------------

  @Override
  public void connected() {
    owner.securing();
    try {
      synchronized (this) {
        if (closed) {
          return;
        }
        engine.beginHandshake();
        proceed(engine.getHandshakeStatus());
      }
      afterProgress();
    } catch (IOException e) {
      owner.failed(e);
    }
  }

  @Override
  public void received(ByteBuffer bytes) {
    try {
      unwrapAll(rest.with(bytes));
    } catch (IOException e) {
      owner.failed(e);
    }
  }

  private void unwrapAll(ByteBuffer input) throws IOException {
    ByteBuffer plain = TlsBuffers.take(engine.getSession().getApplicationBufferSize());
    try {
      while (true) {
        SSLEngineResult result;
        synchronized (this) {
          if (closed) {
            return;
          }
          result = engine.unwrap(input, plain);
          if (result.getStatus() != Status.CLOSED) {
            proceed(result.getHandshakeStatus());
          }
        }
        if (plain.position() > 0) {
          owner.received(plain.flip());
          plain.clear();
        }
        if (result.getStatus() == Status.CLOSED) {
          owner.ended();
          return;
        }
        if (secured && !spoke && result.bytesConsumed() > 0) {
          spoke = true;
          owner.spokeSecured();
        }
        if (secured && result.bytesConsumed() > 0 && result.bytesProduced() == 0) {
          emptyRecords.another();
        }
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
          plain = TlsBuffers.take(engine.getSession().getApplicationBufferSize());
        } else if (stageIs(Stage.SLOW_STEP)) {
          rest.keep(input);
          startSlowStep();
          return;
        } else {
          afterProgress();
          if (result.getStatus() == Status.BUFFER_UNDERFLOW
              || (!input.hasRemaining() && result.bytesProduced() == 0)) {
            rest.keep(input);
            return;
          }
        }
      }
    } finally {
      TlsBuffers.giveBack(plain);
    }
  }

  private synchronized boolean stageIs(Stage asked) {
    return stage == asked;
  }

  /** Says what the handshake has to say and takes down how the engine stands. Guarded by this. */
  private void proceed(HandshakeStatus first) throws IOException {
    refuseNewHandshake(first);
    HandshakeStatus status = first;
    while (status == HandshakeStatus.NEED_WRAP) {
      ByteBuffer record = TlsBuffers.take(engine.getSession().getPacketBufferSize());
      SSLEngineResult result = engine.wrap(NOTHING.duplicate(), record);
      if (result.bytesProduced() > 0) {
        toSocket(record.flip());
      } else if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        throw new SSLException("the TLS engine has nothing to say, though it asked for its turn");
      }
      status = engine.getHandshakeStatus();
    }
    stage =
        switch (status) {
          case NEED_TASK -> Stage.SLOW_STEP;
          case FINISHED, NOT_HANDSHAKING -> Stage.READY;
          default -> Stage.SHAKING_HANDS;
        };
  }

  /**
   * Renegotiation (TLS 1.2 and before) costs this side far more than its peer, and TLS 1.3 has done
   * away with it. What TLS 1.3 sends after the handshake, a key update above all, needs no task.
   */
  private void refuseNewHandshake(HandshakeStatus status) throws SSLException {
    boolean begins = status == HandshakeStatus.NEED_TASK || status == HandshakeStatus.NEED_WRAP;
    if (open && begins && !renegotiates && !engine.getSession().getProtocol().equals("TLSv1.3")) {
      stage = Stage.SHAKING_HANDS;
      throw new SSLException(
          "the peer asked for renegotiation, which is refused unless"
              + " gov.nist.javax.sip.SSL_RENEGOTIATION_ENABLED is set to true");
    }
  }

  /** Tells the owner of the end of the handshake, and sends what waited for it. */
  private void afterProgress() throws IOException {
    if (stageIs(Stage.SLOW_STEP)) {
      startSlowStep();
      return;
    }
    if (!secured && stageIs(Stage.READY) && isSessionThere()) {
      secured = true;
      owner.secured(engine.getSession());
      synchronized (this) {
        open = true;
      }
      owner.connected();
    }
    drainElsewhere();
  }

  private boolean isSessionThere() {
    SSLSession session = engine.getSession();
    return session.isValid() && !session.getCipherSuite().equals("SSL_NULL_WITH_NULL_NULL");
  }

  /** From here on the engine belongs to the thread that runs the step, until it reads again. */
  private void startSlowStep() throws IOException {
    socket.pauseReading(true);
    try {
      tasks.execute(this::slowStep);
    } catch (RejectedExecutionException e) {
      throw new IOException("The stack is stopped", e);
    }
  }

  private void slowStep() {
    try {
      Runnable task = isClosed() ? null : engine.getDelegatedTask();
      while (task != null) {
        task.run();
        task = isClosed() ? null : engine.getDelegatedTask();
      }
      synchronized (this) {
        if (closed) {
          return;
        }
        proceed(engine.getHandshakeStatus());
      }
      if (stageIs(Stage.SLOW_STEP)) {
        startSlowStep();
      } else {
        afterProgress();
        unwrapAll(rest.take());
      }
      // A further step has paused reading once more, so this sets nothing free too early.
      socket.pauseReading(false);
    } catch (IOException e) {
      stepFailed(e);
    } catch (RuntimeException | Error e) {
      stepFailed(new IOException("internal failure: " + e, e));
    }
  }

  /** The engine is free again, for the alert that tells the peer why. */
  private void stepFailed(IOException cause) {
    synchronized (this) {
      stage = Stage.SHAKING_HANDS;
    }
    owner.failed(cause);
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  // --- bytes out ------------------------------------------------------------------------------

  @Override
  public boolean write(ByteBuffer bytes) throws IOException {
    synchronized (this) {
      if (closed) {
        throw new IOException("The socket is not open");
      }
      if (waiting == null && mayWrap() && bytes.remaining() <= RECORD_BYTES) {
        while (bytes.hasRemaining() && mayWrap()) {
          wrapRecord(bytes);
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
      if (draining || !mayWrap()) {
        return false;
      }
      draining = true;
    }
    drain();
    return stageIs(Stage.READY) && nothingWaits();
  }

  private synchronized boolean nothingWaits() {
    return waiting == null && !socketFull;
  }

  /** Guarded by this. */
  private boolean mayWrap() {
    return open && !closed && stage == Stage.READY && !socketFull;
  }

  /** Makes one record of the next bytes and writes it. Guarded by this. */
  private void wrapRecord(ByteBuffer plain) throws IOException {
    ByteBuffer record = TlsBuffers.take(engine.getSession().getPacketBufferSize());
    SSLEngineResult result = engine.wrap(plain, record);
    if (result.getStatus() == Status.CLOSED) {
      throw new SSLException("TLS is closed");
    }
    if (result.bytesProduced() == 0) {
      throw new SSLException("the TLS engine makes no record, it is " + result);
    }
    toSocket(record.flip());
    if (result.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
      // The engine renews its own keys once in a very long time.
      proceed(result.getHandshakeStatus());
    }
  }

  /** Gives up the buffer where the socket keeps some of it. Guarded by this. */
  private void toSocket(ByteBuffer record) throws IOException {
    if (socket.write(record)) {
      TlsBuffers.giveBack(record);
    } else {
      socketFull = true;
    }
  }

  /** Makes records of what waits, as long as the socket takes them. */
  private void drain() throws IOException {
    try {
      while (drainRecord()) {
        // The lock is free in between, for the thread that reads.
        Thread.onSpinWait();
      }
    } catch (IOException | RuntimeException | Error e) {
      synchronized (this) {
        draining = false;
        // Half a message may have gone, and nothing makes sense after its beginning.
        stage = Stage.SHAKING_HANDS;
      }
      throw e instanceof IOException io ? io : new IOException("internal failure: " + e, e);
    }
  }

  private synchronized boolean drainRecord() throws IOException {
    WriteQueue queue = waiting;
    if (queue == null || !mayWrap()) {
      draining = false;
      return false;
    }
    ByteBuffer next = queue.next();
    if (next != null) {
      wrapRecord(next);
      queue.wrote();
    }
    if (queue.isEmpty()) {
      waiting = null;
      draining = false;
      return false;
    }
    return true;
  }

  /** The thread of a loop has others to serve. */
  private void drainElsewhere() throws IOException {
    synchronized (this) {
      if (draining || waiting == null || !mayWrap()) {
        return;
      }
      draining = true;
    }
    try {
      tasks.execute(this::drainOrFail);
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

  @Override
  public void wroteQueued(boolean all) {
    if (all) {
      synchronized (this) {
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

  // --- the end --------------------------------------------------------------------------------

  /** What waits still, and the alert that ends TLS, go to the socket before its own farewell. */
  @Override
  public void close(@Nullable ByteBuffer farewell) {
    ByteBuffer last;
    synchronized (this) {
      if (closed) {
        return;
      }
      last = stage == Stage.SLOW_STEP ? null : lastRecords();
      closed = true;
      if (waiting != null) {
        waiting.drop();
        waiting = null;
      }
    }
    rest.end();
    socket.close(last);
  }

  /** Guarded by this. */
  private @Nullable ByteBuffer lastRecords() {
    ByteBuffer records = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    try {
      WriteQueue queue = waiting;
      ByteBuffer next = queue == null || !open || stage != Stage.READY ? null : queue.next();
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
        records = appended(records, NOTHING.duplicate());
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

  /** Whose wire it is, for log lines. */
  @Override
  public String toString() {
    return String.valueOf(owner);
  }
}
