package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.connection.Provisional;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.framing.CallIdScan;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.tls.TlsWire;
import net.conmgmt.sip.internal.transport.ConnectionLifecycle.State;
import org.jspecify.annotations.Nullable;

/**
 * One TCP or TLS connection: joins the wire that moves its bytes with the parts that connect it
 * ({@link ConnectAttempt}), read from it ({@link IncomingBytes}), write to it ({@link
 * OutgoingBytes}), check its peer ({@link SecuredPeer}) and end it ({@link ConnectionEnd}). It
 * knows nothing of the RI, of the kind of I/O that moves the bytes, and of their encryption.
 *
 * <p>Thread-safe. One thread at a time reads; any thread writes, and never waits for the peer: the
 * wire keeps what the socket does not take.
 */
final class SocketConnection extends AddressedConnection implements Provisional, TlsWire.Owner {

  private final ConnectionUser user;
  private final ConnectionLifecycle life = new ConnectionLifecycle();

  /** Runs what the application hears of the connection: messages and events. */
  private final SerialExecutor inOrder;

  private final ConnectionHandler handler;
  private final Wire wire;
  private final ConnectionEnd end;
  private final ConnectAttempt attempt;
  private final SecuredPeer securedPeer;
  private final IncomingBytes incoming;
  private final OutgoingBytes outgoing;

  private SocketConnection(
      ConnectionContext around,
      SocketIo io,
      ConnectionUser user,
      Side side,
      InetSocketAddress peer,
      @Nullable String peerName) {
    super(around, side, peer, peerName);
    this.user = user;
    end = new ConnectionEnd(this);
    TlsContexts tls = around.tls();
    securedPeer =
        tls == null
            ? SecuredPeer.OF_CLEAR_TEXT
            : new SecuredPeer(around.limits().wildcardsAllowed());
    wire = tls == null ? io.wire(this, around.writeQueue()) : tls.wire(this, around, io);
    attempt = new ConnectAttempt(this, life, end, wire);
    incoming = new IncomingBytes(this, user, around, wire);
    outgoing = new OutgoingBytes(this, incoming, wire);
    inOrder =
        new SerialExecutor(
            io.workers(),
            around.scheduler(),
            io.mostWorkersOfOne(),
            this,
            around.limits().maxReadQueueBytes(),
            around.memory().share(),
            this::pauseReading);
    handler = around.handlers().handlerFor(this, this, inOrder);
  }

  /**
   * A connection that a peer opened. It is not read before {@link #begin}.
   *
   * @throws IOException when the listening point is stopped
   */
  static SocketConnection accepted(
      ConnectionContext around, ConnectionUser user, InetSocketAddress peer) throws IOException {
    return new SocketConnection(around, around.io(), user, Side.PROXY, peer, null);
  }

  /**
   * A connection that this stack opens, as soon as it is needed.
   *
   * @throws IOException when the listening point is stopped
   */
  static SocketConnection to(
      ConnectionContext around,
      ConnectionUser user,
      InetSocketAddress peer,
      @Nullable String peerName)
      throws IOException {
    return new SocketConnection(around, around.io(), user, Side.CLIENT, peer, peerName);
  }

  /** The handler that hears of the connection's life and messages, for keep-alive and timers. */
  ConnectionHandler handler() {
    return handler;
  }

  // --- from idle to open ----------------------------------------------------------------------

  /** Begins to read an accepted connection. */
  void begin(SocketChannel accepted) {
    attempt.start();
    // Closed before it began, the wire closes the socket.
    wire.begin(accepted);
  }

  /** The part that connects it, and tells or waits for the outcome. */
  ConnectAttempt attempt() {
    return attempt;
  }

  /** Closes it if nothing was sent on it: it would stay in the stack's tables for good. */
  void closeUnused(String why) {
    if (isUnused()) {
      close(CloseReason.LOCAL, why);
    }
  }

  @Override
  public void securing() {
    boundTo(wire.localAddress());
    attempt.securing();
  }

  @Override
  public void secured(SSLSession session) throws SSLException {
    securedPeer.secured(this, session);
  }

  @Override
  public void spokeSecured() {
    securedPeer.spoke();
  }

  @Override
  public void connected() {
    boundTo(wire.localAddress());
    attempt.connected();
  }

  @Override
  public CompletableFuture<?> verdict() {
    return securedPeer.verdict();
  }

  // --- the end --------------------------------------------------------------------------------

  @Override
  public void failed(IOException cause) {
    try {
      if (!attempt.endsBy(cause)) {
        // A malformed TLS record is the peer's fault, not the network's.
        boolean badRecord = cause instanceof SSLException;
        close(
            badRecord ? CloseReason.BAD_INPUT : CloseReason.IO_ERROR,
            badRecord ? "TLS: " + cause.getMessage() : String.valueOf(cause.getMessage()));
      }
    } catch (OutOfMemoryError e) {
      // No heap for the words.
      close(CloseReason.IO_ERROR, "no heap is left");
    }
  }

  @Override
  public void ended() {
    if (life.is(State.SECURING) || (isOpen() && !securedPeer.isJudged())) {
      failed(new SSLHandshakeException("the peer closed the connection during the TLS handshake"));
    } else {
      close(CloseReason.PEER_CLOSED, incoming.insideMessage() ? "in the middle of a message" : "");
    }
  }

  @Override
  public void close(CloseReason reason, String detail) {
    end.because(reason, detail);
    if (life.close()) {
      around().scheduler().untilDone(end);
    }
  }

  /** What somebody is told who needs an open connection. */
  IOException notOpen() {
    return end.notOpen();
  }

  /** The handler hears of the end once it has heard of all before. */
  void tellEnd(Runnable telling) {
    life.tellEnd(telling);
  }

  /** Takes the step of that number of the end; false where there is none. */
  boolean endStep(int step) {
    switch (step) {
      case 0 -> attempt.end();
      case 1 -> incoming.end();
      case 2 -> user.closed();
      case 3 -> wire.close(null);
      // A peer may say its last word and hang up at once.
      case 4 -> inOrder.execute(end.telling());
      case 5 -> attempt.closed();
      case 6 -> securedPeer.refused(end::failure);
      default -> {
        return false;
      }
    }
    return true;
  }

  // --- bytes in -------------------------------------------------------------------------------

  @Override
  public void received(ByteBuffer bytes) {
    bytesReceived();
    incoming.feed(bytes);
  }

  /** A whole message was cut out of the stream. */
  void message(byte[] head, byte[] body) {
    inOrder.execute(
        () -> {
          if (!end.isTold()) {
            user.message(head, body);
          }
        },
        head.length + body.length,
        CallIdScan.callOf(head));
  }

  /** A message was cut out that cannot be taken. */
  void refused(byte[] head, String status, String why) {
    // At once: what follows may end the connection.
    user.refused(head, status, why);
  }

  /** Sets whether received messages wait and no more are read; to be called after each change. */
  void holdIf(BooleanSupplier asked) {
    inOrder.holdIf(asked);
  }

  private void pauseReading(boolean pause) {
    incoming.readingPausedOrGoesOn();
    wire.pauseReading(pause);
  }

  // --- bytes out ------------------------------------------------------------------------------

  /**
   * Writes the bytes as a whole, behind all that was written before. Connects first if need be; the
   * bytes wait meanwhile, and {@link ConnectAttempt#whenLost} tells if connecting fails.
   */
  void write(ByteBuffer bytes) throws IOException {
    outgoing.write(bytes);
  }

  @Override
  public void sendKeepAlive() throws IOException {
    if (!isOpen()) {
      throw notOpen();
    }
    handler.sendKeepAlive();
  }

  @Override
  public void writeKeepAlive() throws IOException {
    outgoing.writeKeepAlive();
  }

  @Override
  public void wroteQueued(boolean all) {
    bytesSent();
  }

  // --- what it is now -------------------------------------------------------------------------

  @Override
  public Optional<SSLSession> tlsSession() {
    return Optional.ofNullable(securedPeer.session());
  }

  /** Whether nothing was sent yet, so that it is not connected. */
  boolean isUnused() {
    return life.is(State.IDLE);
  }

  boolean isClosed() {
    return life.is(State.CLOSED);
  }

  @Override
  public boolean isOpen() {
    return life.is(State.OPEN);
  }

  @Override
  public String toString() {
    // Something may name it while it is being made.
    @Nullable ConnectionHandler known = handler;
    return ConnectionText.of(this, known == null ? "" : known.user());
  }
}
