package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.internal.framing.CallIdScan;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.io.WriteQueue;
import net.conmgmt.sip.internal.io.WriteQueueFullException;
import net.conmgmt.sip.internal.tls.PeerIdentity;
import net.conmgmt.sip.internal.tls.TlsLayer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One TCP or TLS connection: its life from connecting to closed, and writes that are whole and in
 * order. Knows nothing of the RI, and not which kind of I/O moves the bytes.
 *
 * <p>Thread-safe. One thread at a time reads; any thread writes, in turn under the lock of the
 * wire; the state changes under {@link #lock}, and others are told of it outside.
 */
final class SocketConnection extends Traffic
    implements TransportConnection, Wire.User, TlsLayer.Sink {

  /** Who uses the connection. */
  interface User {
    /** A whole message arrived and has its turn. Called on one of the stack's workers. */
    void message(byte[] head, byte[] body);

    /** A message arrived that cannot be taken; a request is answered with the status. */
    void refused(byte[] head, String status, String why);

    /** The peer sent a keep-alive; it is answered already. */
    void keepAliveReceived();

    /** The peer answered a keep-alive. */
    void keepAliveAnswered();

    /** The connection is closed; told once, before anybody else is. */
    void closed();
  }

  private static final Logger LOG = LogManager.getLogger(SocketConnection.class);
  private static final AtomicLong NEXT_ID = new AtomicLong(1);
  private static final byte[] KEEP_ALIVE = {'\r', '\n', '\r', '\n'};

  /** A transaction that has not begun within its own time-out (RFC 3261 section 17) will not. */
  private static final Duration UNUSED_PATIENCE = Duration.ofSeconds(32);

  private enum State {
    /** Nothing was sent yet, so nothing is connected. */
    IDLE,
    CONNECTING,
    /** TLS shakes hands. */
    SECURING,
    OPEN,
    CLOSED
  }

  private final Object lock = new Object();
  private final ConnectionContext around;
  private final User user;
  private final long id = NEXT_ID.getAndIncrement();
  private final Side side;
  private final InetSocketAddress remote;
  private final @Nullable String peerName;

  /** Runs what the application hears of the connection: messages and events. */
  private final SerialExecutor inOrder;

  // Told by a step that runs alone: the end has been told, and nothing that came with it is any
  // more.
  private volatile boolean endTold;

  private final ConnectionHandler handler;
  private final IncomingBytes incoming;
  private final Wire wire;
  private final @Nullable TlsLayer tls;
  private final ConnectAttempt opening;

  private volatile State state = State.IDLE;
  private String closeText = "";

  // Guarded by lock: whether the handler is being told of a step, and what it is told after that.
  private boolean telling;
  private @Nullable Runnable end;

  private volatile @Nullable SSLSession tlsSession;
  private @Nullable InetSocketAddress local;
  private @Nullable SSLException closeCause;

  private SocketConnection(
      ConnectionContext around,
      SocketIo io,
      User user,
      Side side,
      InetSocketAddress peer,
      @Nullable String peerName) {
    super(around.scheduler());
    this.around = around;
    this.user = user;
    this.side = side;
    this.remote = peer;
    this.peerName = peerName;
    opening = new ConnectAttempt(this, around);
    wire = io.wire(this, new WriteQueue(around.limits().maxWriteQueueBytes(), around.memory()));
    incoming = new IncomingBytes(this, user, around, wire);
    TlsContexts contexts = around.tls();
    tls =
        contexts == null
            ? null
            : new TlsLayer(
                side == Side.PROXY
                    ? contexts.serverEngine()
                    : contexts.clientEngine(peerName, peer.getPort()),
                io.tlsTasks(),
                this);
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
  static SocketConnection accepted(ConnectionContext around, User user, InetSocketAddress peer)
      throws IOException {
    return new SocketConnection(around, around.io(), user, Side.PROXY, peer, null);
  }

  /**
   * A connection that this stack opens, as soon as it is needed.
   *
   * @throws IOException when the listening point is stopped
   */
  static SocketConnection to(
      ConnectionContext around, User user, InetSocketAddress peer, @Nullable String peerName)
      throws IOException {
    return new SocketConnection(around, around.io(), user, Side.CLIENT, peer, peerName);
  }

  /** Who is told what happens to the connection. */
  ConnectionHandler handler() {
    return handler;
  }

  // --- life -----------------------------------------------------------------------------------

  /** Begins to read an accepted connection. */
  void begin(SocketChannel accepted) {
    startConnecting();
    // Closed before it began, the wire closes the socket.
    wire.begin(accepted);
  }

  /** Connects if nothing did so before; completes with the outcome. */
  CompletableFuture<ManagedConnection> connect() {
    if (side == Side.CLIENT && startConnecting()) {
      opening.step(around.limits().connectTimeout(), this::connectTookTooLong);
      wire.connect(remote, around.listeningPoint().getAddress());
    }
    return opening.outcome();
  }

  /** Ends a connection that nothing is sent on: the transaction it was made for never began. */
  void closeIfUnused() {
    opening.step(UNUSED_PATIENCE, this::unused);
  }

  private void unused() {
    if (isUnused()) {
      close(CloseReason.LOCAL, "nothing was sent on it");
    }
  }

  private boolean startConnecting() {
    synchronized (lock) {
      if (state != State.IDLE) {
        return false;
      }
      state = State.CONNECTING;
      telling = true;
    }
    tell(handler::connecting);
    return true;
  }

  /** Tells of a step, and then of the end if another thread has ended the connection meanwhile. */
  private void tell(Runnable step) {
    step.run();
    Runnable last;
    synchronized (lock) {
      telling = false;
      last = end;
    }
    if (last != null) {
      last.run();
    }
  }

  private void tellEnd(CloseReason reason, String detail) {
    synchronized (lock) {
      if (telling) {
        end = () -> handler.closed(reason, detail);
        return;
      }
    }
    handler.closed(reason, detail);
  }

  private void connectTookTooLong() {
    if (state == State.CONNECTING) {
      close(
          CloseReason.CONNECT_FAILED,
          "no answer within "
              + around.limits().connectTimeout().toSeconds()
              + " s (CONNECT_TIMEOUT)");
    }
  }

  private void handshakeTookTooLong() {
    if (state == State.SECURING) {
      tlsFailed(
          "the TLS handshake was not done within "
              + around.limits().handshakeTimeout().toSeconds()
              + " s (TLS_HANDSHAKE_TIMEOUT)");
    }
  }

  private void tlsFailed(String failure) {
    TlsContexts contexts = around.tls();
    String detail = contexts == null || side == Side.CLIENT ? failure : contexts.explained(failure);
    around.warnings().warn("TLS with {} failed: {}", this, detail);
    close(CloseReason.TLS_FAILED, detail);
  }

  @Override
  public void connected() {
    InetSocketAddress bound = wire.localAddress();
    synchronized (lock) {
      local = bound;
    }
    if (tls == null) {
      opened(State.CONNECTING);
      return;
    }
    synchronized (lock) {
      if (state != State.CONNECTING) {
        return;
      }
      state = State.SECURING;
    }
    opening.step(around.limits().handshakeTimeout(), this::handshakeTookTooLong);
    try {
      tls.begin();
    } catch (IOException e) {
      failed(e);
    }
  }

  /** The connection is ready for SIP. */
  private void opened(State former) {
    synchronized (lock) {
      if (state != former) {
        return;
      }
      state = State.OPEN;
      telling = true;
      opening.stepsEnd();
    }
    tell(handler::established);
    opening.succeeded();
  }

  @Override
  public void secured(SSLSession session) throws SSLException {
    if (side == Side.CLIENT) {
      PeerIdentity.verify(
          (X509Certificate) session.getPeerCertificates()[0],
          peerName == null ? remote.getAddress().getHostAddress() : peerName,
          around.limits().wildcardsAllowed());
    }
    tlsSession = session;
    opened(State.SECURING);
  }

  @Override
  public void failed(IOException cause) {
    String detail = String.valueOf(cause.getMessage());
    CloseReason reason;
    synchronized (lock) {
      switch (state) {
        case IDLE, CONNECTING -> reason = CloseReason.CONNECT_FAILED;
        case SECURING -> {
          reason = CloseReason.TLS_FAILED;
          closeCause = cause instanceof SSLException tlsCause ? tlsCause : null;
        }
        case OPEN -> {
          // What is no TLS record is a peer's doing, not the network's.
          boolean badRecord = cause instanceof SSLException;
          reason = badRecord ? CloseReason.BAD_INPUT : CloseReason.IO_ERROR;
          detail = badRecord ? "TLS: " + detail : detail;
        }
        default -> {
          return;
        }
      }
    }
    if (reason == CloseReason.TLS_FAILED) {
      tlsFailed(detail);
    } else {
      close(reason, detail);
    }
  }

  @Override
  public void ended() {
    if (state == State.SECURING) {
      failed(new SSLHandshakeException("the peer closed the connection during the TLS handshake"));
    } else {
      close(CloseReason.PEER_CLOSED, incoming.insideMessage() ? "in the middle of a message" : "");
    }
  }

  @Override
  public void closedByPeer() {
    ended();
  }

  @Override
  public void close(CloseReason reason, String detail) {
    boolean sayGoodbye;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return;
      }
      sayGoodbye = state == State.OPEN || state == State.SECURING;
      state = State.CLOSED;
      closeText = reason + (detail.isEmpty() ? "" : ": " + detail);
      opening.stepsEnd();
    }
    incoming.end();
    user.closed();
    synchronized (wire) {
      wire.close(tls == null || !sayGoodbye ? null : tls.closeNotify());
    }
    // A peer may say its last word and hang up at once.
    inOrder.execute(
        () -> {
          endTold = true;
          tellEnd(reason, detail);
        });
    opening.failed(() -> reason == CloseReason.TLS_FAILED ? tlsFailure(detail) : notOpen());
  }

  /** A proxy that was reached but refused must not look like one that was not reached. */
  private SSLException tlsFailure(String detail) {
    synchronized (lock) {
      return closeCause != null
          ? closeCause
          : new SSLHandshakeException("TLS with " + this + " failed: " + detail);
    }
  }

  private IOException notOpen() {
    synchronized (lock) {
      return new IOException(
          "The connection to "
              + this
              + " is closed"
              + (closeText.isEmpty() ? "" : ": " + closeText));
    }
  }

  // --- bytes in -------------------------------------------------------------------------------

  @Override
  public void received(ByteBuffer bytes) {
    bytesReceived();
    if (tls == null) {
      plaintext(bytes);
      return;
    }
    try {
      tls.received(bytes);
    } catch (IOException e) {
      failed(e);
    }
  }

  @Override
  public void plaintext(ByteBuffer bytes) {
    incoming.feed(bytes);
  }

  /** A whole message was cut out of the stream. */
  void message(byte[] head, byte[] body) {
    inOrder.execute(
        () -> {
          if (!endTold) {
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

  @Override
  public void pauseReading(boolean pause) {
    wire.pauseReading(pause);
    incoming.readingPausedOrGoesOn();
  }

  // --- bytes out ----------------------------------------------------------------------------

  @Override
  public void sendKeepAlive() throws IOException {
    if (!isOpen()) {
      throw notOpen();
    }
    handler.sendKeepAlive();
  }

  @Override
  public void writeKeepAlive() throws IOException {
    closeUnused("a keep-alive opens no connection");
    if (!isOpen()) {
      throw notOpen();
    }
    write(ByteBuffer.wrap(KEEP_ALIVE));
  }

  /** Writes the bytes as a whole, behind all that was written before. Connects first if need be. */
  void write(ByteBuffer bytes) throws IOException {
    awaitOpen();
    if (!isOpen()) {
      throw notOpen();
    }
    try {
      synchronized (wire) {
        wire.write(tls == null ? bytes : tls.wrap(bytes));
      }
    } catch (WriteQueueFullException e) {
      close(CloseReason.WRITE_QUEUE_FULL, String.valueOf(e.getMessage()));
      throw notOpen();
    } catch (IOException | RuntimeException e) {
      close(CloseReason.IO_ERROR, String.valueOf(e.getMessage()));
      throw e;
    }
    bytesSent();
  }

  @Override
  public void wroteQueued() {
    bytesSent();
  }

  /** Handshake records go out before the connection is open. */
  @Override
  public void writeRecords(TlsLayer layer, ByteBuffer plain) throws IOException {
    synchronized (wire) {
      wire.write(layer.wrap(plain));
    }
  }

  /** The first message of a connection waits here, so that none is lost while it connects. */
  void awaitOpen() throws IOException {
    if (opening.hasSucceeded()) {
      return;
    }
    if (around.io().isOwnThread() || around.scheduler().isOwnThread()) {
      throw new IOException(
          "Cannot wait for the connection to "
              + this
              + " on "
              + Thread.currentThread().getName()
              + ", which takes part in making it; send from another thread");
    }
    opening.await(connect());
  }

  // --- what it is -----------------------------------------------------------------------------

  @Override
  public long id() {
    return id;
  }

  @Override
  public Side side() {
    return side;
  }

  @Override
  public String transport() {
    return around.transport();
  }

  @Override
  public InetSocketAddress listeningPoint() {
    return around.listeningPoint();
  }

  @Override
  public InetSocketAddress localAddress() {
    synchronized (lock) {
      return local == null ? new InetSocketAddress(around.listeningPoint().getAddress(), 0) : local;
    }
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return remote;
  }

  @Override
  public @Nullable String peerName() {
    return peerName;
  }

  @Override
  public Optional<SSLSession> tlsSession() {
    return Optional.ofNullable(tlsSession);
  }

  /** The session of TLS, for which a sender waits that has just begun to connect; or null. */
  @Nullable SSLSession tlsSessionOnceSecured() {
    State now = state;
    if (now == State.CONNECTING || now == State.SECURING) {
      try {
        awaitOpen();
      } catch (IOException e) {
        LOG.debug("{} has no TLS to tell of", this, e);
      }
    }
    return tlsSession;
  }

  /** The local address of the connection, which is opened if need be. */
  InetSocketAddress localAddressOnceOpen() throws IOException {
    awaitOpen();
    if (!isOpen()) {
      throw notOpen();
    }
    return localAddress();
  }

  /** Made by the stack, but not to connect: it would stay in its tables for good. */
  void closeUnused(String why) {
    if (state == State.IDLE) {
      close(CloseReason.LOCAL, why);
    }
  }

  /** Whether nothing was sent yet, so that it is not connected. */
  boolean isUnused() {
    return state == State.IDLE;
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  @Override
  public boolean isOpen() {
    return state == State.OPEN;
  }

  @Override
  public String toString() {
    return ConnectionText.of(this);
  }
}
