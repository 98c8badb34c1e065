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
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.io.HandshakeQueue;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.io.WriteQueue;
import net.conmgmt.sip.internal.time.Failures;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.tls.TlsEngine.Need;
import org.jspecify.annotations.Nullable;

/**
 * TLS over the wire of a socket: a wire for plaintext to its owner, and the user of the socket's
 * wire. No thread waits for a peer inside it.
 *
 * <p>Until the handshake is done, all work on it is steps in the {@link HandshakeQueue}: what
 * arrives waits for the next of them. After that, what arrives is decrypted by the thread that
 * reads.
 *
 * <p>What is written waits as plaintext until the engine and the socket can take it: during a
 * handshake, and while the socket is full. It becomes records one at a time, so that a large
 * message holds the lock no longer than a small one.
 *
 * <p>Threads: any thread writes and closes. What arrives is handled by one thread at a time: the
 * one that reads, or a step in its place.
 *
 * <p>Locks: the monitor of this object guards the engine, except while a step runs the engine's
 * tasks (private keys, certificate chains), which hold the engine's own lock for as long as a
 * certificate check takes: the engine then belongs to the step, and no other thread touches it, a
 * timer least of all. The locks of the socket's wire and of the queue are taken inside this one,
 * never the other way round. The owner is called with none held.
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

  /** The plaintext of one record: more is handed on piece by piece. */
  private static final int RECORD_BYTES = 16 * 1024;

  /** So much may come ahead of a step; then reading is paused. */
  private static final int MOST_AHEAD_BYTES = 16 * 1024;

  private final Supplier<SSLEngine> engines;
  private final HandshakeQueue handshakes;
  private final Executor others;
  private final Supplier<WriteQueue> queues;
  private final boolean renegotiates;
  private final Owner owner;
  private final Wire socket;

  // Used by whoever handles what arrives.
  private final EmptyRecords emptyRecords;
  private boolean secured;
  private boolean spoke;

  // All below is guarded by this.
  private final RecordRest rest;
  // Made by the first step; not touched while it needs its tasks, but by the step.
  private @Nullable TlsEngine engine;
  private Need need = Need.PEER;
  private boolean connects;
  // Whether a step waits or runs, to which what arrives is left.
  private boolean stepAsked;
  private boolean stepBegun;
  private boolean pausedForStep;
  private boolean endedMeanwhile;
  private boolean open;
  private boolean closed;
  private boolean socketFull;
  // Whether a thread is at work on what waits, or has been asked for it.
  private boolean draining;
  private @Nullable WriteQueue waiting;

  /**
   * A wire that is not connected yet.
   *
   * @param engines makes the engine, once there is something to do for it
   * @param queues makes what holds bytes that wait
   * @param memory counts what a record that is not complete holds
   * @param renegotiates whether a peer may shake hands again (TLS 1.2 and before)
   */
  public TlsWire(
      Supplier<SSLEngine> engines,
      SocketIo io,
      Supplier<WriteQueue> queues,
      MemoryBudget memory,
      Scheduler clock,
      boolean renegotiates,
      Owner owner) {
    this.engines = engines;
    this.queues = queues;
    rest = new RecordRest(memory);
    this.renegotiates = renegotiates;
    this.owner = owner;
    handshakes = io.handshakes();
    others = io.tlsTasks();
    emptyRecords = new EmptyRecords(clock);
    socket = io.wire(this, queues.get());
  }

  // --- what it shares with the socket's wire --------------------------------------------------

  @Override
  public void connect(InetSocketAddress remote, InetAddress from) {
    synchronized (this) {
      connects = true;
    }
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
  public void failed(IOException cause) {
    owner.failed(cause);
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  // --- bytes in -------------------------------------------------------------------------------

  /** Who connects speaks first. */
  @Override
  public void connected() {
    owner.securing();
    synchronized (this) {
      if (closed) {
        return;
      }
      if (!connects) {
        handshakes.waitForPeer(this);
        return;
      }
      stepAsked = true;
    }
    askForStep();
  }

  @Override
  public void received(ByteBuffer bytes) {
    try {
      if (leftToStep(bytes)) {
        return;
      }
    } catch (IOException e) {
      // The engine may belong to a step.
      owner.failed(e);
      return;
    }
    try {
      read(bytes);
    } catch (IOException e) {
      failedWith(e);
    }
  }

  /** Whether the bytes wait for a step. */
  private boolean leftToStep(ByteBuffer bytes) throws IOException {
    synchronized (this) {
      if (closed) {
        return true;
      }
      if (open && !stepAsked) {
        return false;
      }
      rest.add(bytes);
      if (!pausedForStep && rest.bytes() > MOST_AHEAD_BYTES) {
        pauseForStep();
      }
      if (stepAsked) {
        return true;
      }
      stepAsked = true;
    }
    askForStep();
    return true;
  }

  /** Guarded by this. */
  private void pauseForStep() {
    pausedForStep = true;
    socket.pauseReading(true);
  }

  private void read(ByteBuffer bytes) throws IOException {
    ByteBuffer input;
    TlsEngine reading;
    synchronized (this) {
      reading = engine;
      input = rest.with(bytes);
    }
    if (reading == null) {
      return;
    }
    unwrapAll(reading, input);
    synchronized (this) {
      if (closed) {
        return;
      }
      rest.keep(input);
      stepAsked = need == Need.TASKS;
      if (!stepAsked) {
        return;
      }
    }
    askForStep();
  }

  private void unwrapAll(TlsEngine reading, ByteBuffer input) throws IOException {
    ByteBuffer plain = reading.plainBuffer();
    try {
      while (true) {
        SSLEngineResult result;
        boolean tasks;
        synchronized (this) {
          if (closed) {
            return;
          }
          result = reading.unwrap(input, plain);
          if (result.getStatus() != Status.CLOSED) {
            need = reading.answer(result.getHandshakeStatus());
          }
          tasks = need == Need.TASKS;
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
          plain = reading.plainBuffer();
          continue;
        }
        if (tasks) {
          return;
        }
        tellOfProgress(reading);
        if (result.getStatus() == Status.BUFFER_UNDERFLOW
            || (!input.hasRemaining() && result.bytesProduced() == 0)) {
          return;
        }
      }
    } finally {
      TlsBuffers.giveBack(plain);
    }
  }

  /** Tells the owner of the end of the handshake, and sends what waited for it. */
  private void tellOfProgress(TlsEngine reading) throws IOException {
    if (!secured && needs(Need.NOTHING) && reading.hasSession()) {
      secured = true;
      owner.secured(reading.session());
      synchronized (this) {
        open = true;
        reading.opened();
      }
      handshakes.end(this);
      owner.connected();
    }
    drainElsewhere();
  }

  private synchronized boolean needs(Need asked) {
    return need == asked;
  }

  // --- steps of the handshake -----------------------------------------------------------------

  private void askForStep() {
    boolean begun;
    synchronized (this) {
      begun = stepBegun;
    }
    try {
      handshakes.execute(this, this::step, begun);
    } catch (RejectedExecutionException e) {
      failedWith(new IOException("The stack is stopped", e));
    }
  }

  private void step() {
    try {
      TlsEngine stepping = beginStep();
      while (stepping != null) {
        while (needs(Need.TASKS) && !isClosed()) {
          stepping.runTasks();
          synchronized (this) {
            if (closed) {
              return;
            }
            need = stepping.afterTasks();
          }
        }
        if (isClosed()) {
          return;
        }
        tellOfProgress(stepping);
        ByteBuffer input;
        synchronized (this) {
          input = rest.take();
        }
        unwrapAll(stepping, input);
        if (isStepOver(input)) {
          stepping = null;
        }
      }
    } catch (IOException e) {
      failedWith(e);
    } catch (RuntimeException | Error e) {
      failedWith(Failures.asIoException(e));
    }
  }

  /** The engine, unless the connection has ended, and what waited for it is in vain. */
  private @Nullable TlsEngine beginStep() throws IOException {
    synchronized (this) {
      if (closed) {
        return null;
      }
      stepBegun = true;
      if (engine != null) {
        return engine;
      }
    }
    TlsEngine made = new TlsEngine(engines.get(), renegotiates, this::toSocket);
    synchronized (this) {
      engine = made;
      if (connects && !closed) {
        need = made.begin();
      }
      return made;
    }
  }

  /** Leaves what is not read yet to whoever reads next; false where this step has more to do. */
  private boolean isStepOver(ByteBuffer left) throws IOException {
    synchronized (this) {
      if (closed) {
        return true;
      }
      boolean more = need == Need.TASKS || rest.bytes() > 0;
      rest.putBack(left);
      if (more) {
        return false;
      }
      stepAsked = false;
      if (!open && !connects) {
        handshakes.waitForPeer(this);
      }
      if (pausedForStep && !endedMeanwhile) {
        pausedForStep = false;
        socket.pauseReading(false);
      }
      if (!endedMeanwhile) {
        return true;
      }
    }
    owner.ended();
    return true;
  }

  /** The engine is free again, for the alert that tells the peer why. */
  private void failedWith(IOException cause) {
    synchronized (this) {
      need = Need.PEER;
    }
    owner.failed(cause);
  }

  /** A peer that leaves before its handshake has begun wants no more work for it. */
  @Override
  public void ended() {
    synchronized (this) {
      if (stepAsked && stepBegun && !closed) {
        endedMeanwhile = true;
        if (!pausedForStep) {
          // The end would be told again and again.
          pauseForStep();
        }
        return;
      }
    }
    owner.ended();
  }

  // --- bytes out ------------------------------------------------------------------------------

  @Override
  public boolean write(ByteBuffer bytes) throws IOException {
    synchronized (this) {
      if (closed) {
        throw new IOException("The socket is not open");
      }
      TlsEngine writing = waiting == null ? ready() : null;
      if (writing != null && bytes.remaining() <= RECORD_BYTES) {
        while (bytes.hasRemaining() && ready() != null) {
          need = writing.send(bytes);
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

  private synchronized boolean nothingWaits() {
    return waiting == null && !socketFull && need == Need.NOTHING;
  }

  /** Guarded by this. */
  private boolean takesPlaintext() {
    return open && need == Need.NOTHING;
  }

  /** The engine, if it and the socket take plaintext. Guarded by this. */
  private @Nullable TlsEngine ready() {
    return takesPlaintext() && !closed && !socketFull ? engine : null;
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
        need = Need.PEER;
      }
      throw e instanceof IOException io ? io : Failures.asIoException(e);
    }
  }

  private synchronized boolean drainRecord() throws IOException {
    WriteQueue queue = waiting;
    TlsEngine writing = ready();
    if (queue == null || writing == null) {
      draining = false;
      return false;
    }
    ByteBuffer next = queue.next();
    if (next != null) {
      need = writing.send(next);
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
    ByteBuffer last = null;
    synchronized (this) {
      if (!closed) {
        closed = true;
        last = lastRecords();
      }
      if (waiting != null) {
        waiting.drop();
        waiting = null;
      }
      rest.end();
    }
    handshakes.end(this);
    socket.close(last);
  }

  /** Guarded by this. */
  private @Nullable ByteBuffer lastRecords() {
    TlsEngine ending = need == Need.TASKS ? null : engine;
    try {
      return ending == null ? null : ending.last(takesPlaintext() ? waiting : null);
    } catch (Error e) {
      // No heap, or a class of the JDK that had none when it was first needed and stays unusable.
      // The peer sees the end of the socket instead.
      return null;
    }
  }

  /** Whose wire it is, for log lines. */
  @Override
  public String toString() {
    return String.valueOf(owner);
  }
}
