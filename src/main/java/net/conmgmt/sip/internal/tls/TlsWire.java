package net.conmgmt.sip.internal.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.io.HandshakeQueue;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.io.WriteQueue;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * TLS over the wire of a socket: a wire for plaintext to its owner, and the user of the socket's
 * wire. No thread waits for a peer inside it.
 *
 * <p>{@link HandshakeSteps} shakes hands and decides which thread reads, {@link RecordReader}
 * decrypts, {@link RecordWriter} encrypts; the end is here.
 *
 * <p>Threads: any thread writes and closes. What arrives is handled by one thread at a time: the
 * one that reads, or a step of the handshake in its place.
 *
 * <p>Locks: the monitor of {@link TlsState} guards the engine, except while a step runs the
 * engine's tasks, which hold the engine's own lock for as long as a certificate check takes: no
 * other thread touches the engine then, a timer least of all. The locks of the socket's wire and of
 * the handshake queue are taken inside that monitor, never the other way round. The owner is called
 * with none held.
 */
public final class TlsWire implements Wire, Wire.User {

  /** Uses the plaintext; {@link Wire.User#connected} means that TLS is ready. */
  public interface Owner extends Wire.User {
    /** TCP is connected, and TLS shakes hands. */
    void securing();

    /** The handshake is done; throws to refuse the peer. Once, before {@code connected}. */
    void secured(SSLSession session) throws SSLException;

    /** The peer said something after the handshake, if only to TLS; once. */
    void spokeSecured();
  }

  private final Owner owner;
  private final HandshakeQueue handshakes;
  private final TlsState tls = new TlsState();
  private final RecordRest rest;
  private final Wire socket;
  private final RecordWriter writer;
  private final HandshakeSteps steps;

  /**
   * A wire that is not connected yet.
   *
   * @param engines makes the engine, once there is something to do for it
   * @param queues makes what holds bytes that wait
   * @param memory counts the bytes of a record that is not complete
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
    this.owner = owner;
    handshakes = io.handshakes();
    rest = new RecordRest(memory);
    socket = io.wire(this, queues.get());
    writer = new RecordWriter(tls, socket, queues, io.tlsTasks(), owner);
    steps =
        new HandshakeSteps(
            tls,
            () -> new TlsEngine(engines.get(), renegotiates, writer::toSocket),
            handshakes,
            new RecordReader(tls, writer, handshakes, clock, owner),
            rest,
            socket,
            owner);
  }

  @Override
  public void connect(InetSocketAddress remote, InetAddress from) {
    steps.connects();
    socket.connect(remote, from);
  }

  @Override
  public void begin(SocketChannel accepted) {
    socket.begin(accepted);
  }

  @Override
  public void connected() {
    owner.securing();
    steps.begin();
  }

  @Override
  public @Nullable InetSocketAddress localAddress() {
    return socket.localAddress();
  }

  @Override
  public void received(ByteBuffer bytes) {
    steps.received(bytes);
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
    steps.ended();
  }

  @Override
  public void failed(IOException cause) {
    owner.failed(cause);
  }

  @Override
  public boolean write(ByteBuffer bytes) throws IOException {
    return writer.write(bytes);
  }

  @Override
  public void wroteQueued(boolean all) {
    writer.wroteQueued(all);
  }

  /** Gives the socket what waits still, and the alert that ends TLS, before it is closed. */
  @Override
  public void close(@Nullable ByteBuffer farewell) {
    ByteBuffer last = null;
    synchronized (tls) {
      if (!tls.closed) {
        tls.closed = true;
        last = writer.lastRecords();
      }
      writer.drop();
      rest.end();
    }
    handshakes.end(tls);
    socket.close(last);
  }

  /** Names the owner, for log lines. */
  @Override
  public String toString() {
    return String.valueOf(owner);
  }
}
