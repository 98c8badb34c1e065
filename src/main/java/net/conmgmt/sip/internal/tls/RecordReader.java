package net.conmgmt.sip.internal.tls;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import net.conmgmt.sip.internal.io.HandshakeQueue;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.tls.TlsEngine.Need;

/**
 * The receiving half of a {@link TlsWire}: takes records apart, gives their plaintext to the owner,
 * and tells it when the handshake is done. Used by one thread at a time, the one that reads or a
 * step of the handshake in its place. It takes the lock for each record; the owner is called
 * without it.
 */
final class RecordReader {

  private final TlsState tls;
  private final RecordWriter writer;
  private final HandshakeQueue handshakes;
  private final TlsWire.Owner owner;
  private final EmptyRecords emptyRecords;
  private boolean secured;
  private boolean spoke;

  RecordReader(
      TlsState tls,
      RecordWriter writer,
      HandshakeQueue handshakes,
      Scheduler clock,
      TlsWire.Owner owner) {
    this.tls = tls;
    this.writer = writer;
    this.handshakes = handshakes;
    this.owner = owner;
    emptyRecords = new EmptyRecords(clock);
  }

  /** Reads all records that are complete, unless the engine needs its tasks in between. */
  void read(TlsEngine engine, ByteBuffer input) throws IOException {
    ByteBuffer plain = engine.plainBuffer();
    try {
      while (true) {
        SSLEngineResult result;
        boolean tasks;
        tls.readerWantsLock();
        synchronized (tls) {
          tls.readerHasLock();
          if (tls.closed) {
            return;
          }
          result = engine.unwrap(input, plain);
          if (result.getStatus() != Status.CLOSED) {
            tls.need = engine.answer(result.getHandshakeStatus());
          }
          tasks = tls.need == Need.TASKS;
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
          plain = engine.plainBuffer();
          continue;
        }
        if (tasks) {
          return;
        }
        tellOfProgress(engine);
        if (result.getStatus() == Status.BUFFER_UNDERFLOW || !input.hasRemaining()) {
          return;
        }
      }
    } finally {
      TlsBuffers.giveBack(plain);
    }
  }

  /** Tells the owner of the end of the handshake, and has what waited for it sent. */
  void tellOfProgress(TlsEngine engine) throws IOException {
    if (!secured && tls.needs(Need.NOTHING) && engine.hasSession()) {
      secured = true;
      owner.secured(engine.session());
      synchronized (tls) {
        tls.open = true;
        engine.opened();
      }
      handshakes.end(tls);
      owner.connected();
    }
    writer.drainElsewhere();
  }
}
