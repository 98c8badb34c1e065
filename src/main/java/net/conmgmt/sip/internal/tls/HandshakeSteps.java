package net.conmgmt.sip.internal.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import net.conmgmt.sip.internal.io.HandshakeQueue;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.time.Failures;
import net.conmgmt.sip.internal.tls.TlsEngine.Need;
import org.jspecify.annotations.Nullable;

/**
 * Shakes hands for a {@link TlsWire}, and so decides which thread reads. Until the handshake is
 * done, all work on it is done by steps in the {@link HandshakeQueue}, and what arrives waits for
 * the next step. After that, the thread that reads decrypts what arrives; a step runs again only
 * where a renegotiation needs the engine's tasks.
 *
 * <p>The engine's tasks (private keys, certificate chains) take as long as a certificate check
 * does. They run without the lock of {@link TlsState}.
 *
 * <p>What arrives, the peer's end included, comes from one thread at a time; steps run on others.
 */
final class HandshakeSteps {

  /** So many bytes may come ahead of a step; then reading is paused. */
  private static final int MOST_AHEAD_BYTES = 16 * 1024;

  /** Makes the engine of a connection, when there is something to do for it. */
  interface Engines {
    TlsEngine make() throws IOException;
  }

  private final TlsState tls;
  private final Engines engines;
  private final HandshakeQueue handshakes;
  private final RecordReader reader;
  private final Wire socket;
  private final TlsWire.Owner owner;

  // All below is guarded by tls.
  private final RecordRest rest;
  private boolean connects;
  // Whether a step waits or runs, to which what arrives is left.
  private boolean stepAsked;
  private boolean stepBegun;
  private boolean pausedForStep;
  private boolean endedMeanwhile;

  /** Has no step yet. */
  HandshakeSteps(
      TlsState tls,
      Engines engines,
      HandshakeQueue handshakes,
      RecordReader reader,
      RecordRest rest,
      Wire socket,
      TlsWire.Owner owner) {
    this.tls = tls;
    this.engines = engines;
    this.handshakes = handshakes;
    this.reader = reader;
    this.rest = rest;
    this.socket = socket;
    this.owner = owner;
  }

  /** This side opens the connection, so it speaks first. */
  void connects() {
    synchronized (tls) {
      connects = true;
    }
  }

  /** TCP is connected. */
  void begin() {
    synchronized (tls) {
      if (tls.closed) {
        return;
      }
      if (!connects) {
        handshakes.waitForPeer(tls);
        return;
      }
      stepAsked = true;
    }
    askForStep();
  }

  void received(ByteBuffer bytes) {
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
      failed(e);
    }
  }

  /** Whether the bytes wait for a step. */
  private boolean leftToStep(ByteBuffer bytes) throws IOException {
    tls.readerWantsLock();
    synchronized (tls) {
      tls.readerHasLock();
      if (tls.closed) {
        return true;
      }
      if (tls.open && !stepAsked) {
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

  /** Guarded by tls. */
  private void pauseForStep() {
    pausedForStep = true;
    socket.pauseReading(true);
  }

  private void read(ByteBuffer bytes) throws IOException {
    ByteBuffer input;
    TlsEngine engine;
    tls.readerWantsLock();
    synchronized (tls) {
      tls.readerHasLock();
      engine = tls.engine;
      input = rest.with(bytes);
    }
    if (engine == null) {
      return;
    }
    reader.read(engine, input);
    tls.readerWantsLock();
    synchronized (tls) {
      tls.readerHasLock();
      if (tls.closed) {
        return;
      }
      rest.keep(input);
      stepAsked = tls.need == Need.TASKS;
      if (!stepAsked) {
        return;
      }
    }
    askForStep();
  }

  private void askForStep() {
    boolean begun;
    synchronized (tls) {
      begun = stepBegun;
    }
    try {
      handshakes.execute(tls, this::step, begun);
    } catch (RejectedExecutionException e) {
      failed(new IOException("The stack is stopped", e));
    }
  }

  private void step() {
    try {
      TlsEngine engine = beginStep();
      while (engine != null) {
        runTasks(engine);
        if (tls.isClosed()) {
          return;
        }
        reader.tellOfProgress(engine);
        ByteBuffer input;
        synchronized (tls) {
          input = rest.take();
        }
        reader.read(engine, input);
        if (isStepOver(input)) {
          engine = null;
        }
      }
    } catch (IOException e) {
      failed(e);
    } catch (RuntimeException | Error e) {
      failed(Failures.asIoException(e));
    }
  }

  /** The engine, unless the connection has ended, and what waited for it is in vain. */
  private @Nullable TlsEngine beginStep() throws IOException {
    synchronized (tls) {
      if (tls.closed) {
        return null;
      }
      stepBegun = true;
      if (tls.engine != null) {
        return tls.engine;
      }
    }
    TlsEngine made = engines.make();
    synchronized (tls) {
      tls.engine = made;
      if (connects && !tls.closed) {
        tls.need = made.begin();
      }
      return made;
    }
  }

  private void runTasks(TlsEngine engine) throws IOException {
    while (tls.needs(Need.TASKS) && !tls.isClosed()) {
      engine.runTasks();
      synchronized (tls) {
        if (tls.closed) {
          return;
        }
        tls.need = engine.afterTasks();
      }
    }
  }

  /** Leaves what is not read yet to whoever reads next; false where this step has more to do. */
  private boolean isStepOver(ByteBuffer left) throws IOException {
    synchronized (tls) {
      if (tls.closed) {
        return true;
      }
      boolean more = tls.need == Need.TASKS || rest.bytes() > 0;
      rest.putBack(left);
      if (more) {
        return false;
      }
      stepAsked = false;
      if (!tls.open && !connects) {
        handshakes.waitForPeer(tls);
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

  /** A peer that leaves before its handshake has begun wants no more work for it. */
  void ended() {
    synchronized (tls) {
      if (stepAsked && stepBegun && !tls.closed) {
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

  /** The engine is free again, for the alert that tells the peer why. */
  private void failed(IOException cause) {
    tls.takeNoPlaintext();
    owner.failed(cause);
  }
}
