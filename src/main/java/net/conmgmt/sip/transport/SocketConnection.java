package net.conmgmt.sip.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.connection.CloseReason;
import net.conmgmt.sip.connection.ConnectionHandler;
import net.conmgmt.sip.connection.ConnectionText;
import net.conmgmt.sip.connection.ManagedConnection;
import net.conmgmt.sip.time.Scheduler;
import net.conmgmt.sip.tls.PeerIdentity;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One TCP or TLS connection: its life from connecting to closed, bytes to messages, and writes that
 * are whole and in order. Knows nothing of the RI, and not which kind of I/O moves the bytes.
 *
 * <p>Thread-safe. One thread at a time reads; any thread writes, in turn under the lock of the
 * wire; the state changes under {@link #lock}, and others are told of it outside.
 */
final class SocketConnection
    implements ManagedConnection, Wire.User, StreamFramer.Sink, TlsLayer.Sink {

  /** Who uses the connection. */
  interface User {
    /** A whole message arrived. Called in a reading thread: must not work there. */
    void message(byte[] head, byte[] body);

    /** The peer sent a keep-alive; it is answered already. */
    void keepAliveReceived();

    /** The peer answered a keep-alive. */
    void keepAliveAnswered();

    /** The connection is closed; told once, before anybody else is. */
    void closed();
  }

  private static final Logger LOG = LogManager.getLogger(SocketConnection.class);
  private static final AtomicLong NEXT_ID = new AtomicLong(1);
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] KEEP_ALIVE = {'\r', '\n', '\r', '\n'};

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
  private final Surroundings around;
  private final User user;
  private final long id = NEXT_ID.getAndIncrement();
  private final Side side;
  private final InetSocketAddress remote;
  private final @Nullable String peerName;
  private final ConnectionHandler handler;
  private final StreamFramer framer;
  private final Wire wire;
  private final @Nullable TlsLayer tls;
  private final @Nullable CompletableFuture<ManagedConnection> opened;

  private volatile State state = State.IDLE;
  private String closeText = "";
  private volatile @Nullable SSLSession tlsSession;
  private @Nullable InetSocketAddress local;
  private Scheduler.@Nullable Task timer;
  private @Nullable SSLException closeCause;
  private boolean crlfBefore;
  private volatile @Nullable MessageDeadline messageDeadline;

  private SocketConnection(
      Surroundings around,
      User user,
      Side side,
      InetSocketAddress peer,
      @Nullable String peerName,
      @Nullable CompletableFuture<ManagedConnection> opened)
      throws IOException {
    this.around = around;
    this.user = user;
    this.side = side;
    this.remote = peer;
    this.peerName = peerName;
    this.opened = opened;
    SocketIo io = around.io();
    wire = io.wire(this, around.limits().maxWriteQueueBytes());
    framer = new StreamFramer(this, around.limits().maxHeadBytes(), around.limits().maxBodyBytes());
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
    handler = around.handlers().handlerFor(this);
  }

  /**
   * A connection that a peer opened. It is not read before {@link #begin}.
   *
   * @throws IOException when the listening point is stopped
   */
  static SocketConnection accepted(Surroundings around, User user, InetSocketAddress peer)
      throws IOException {
    return new SocketConnection(around, user, Side.PROXY, peer, null, null);
  }

  /**
   * A connection that this stack opens, as soon as it is needed.
   *
   * @throws IOException when the listening point is stopped
   */
  static SocketConnection to(
      Surroundings around, User user, InetSocketAddress peer, @Nullable String peerName)
      throws IOException {
    return new SocketConnection(
        around, user, Side.CLIENT, peer, peerName, new CompletableFuture<>());
  }

  /** Who is told what happens to the connection. */
  ConnectionHandler handler() {
    return handler;
  }

  // --- life -----------------------------------------------------------------------------------

  /** Begins to read an accepted connection. */
  void begin(SocketChannel accepted) {
    if (startConnecting()) {
      wire.begin(accepted);
    }
  }

  /** Connects if nothing did so before; completes with the outcome. */
  CompletableFuture<ManagedConnection> connect() {
    CompletableFuture<ManagedConnection> outcome = opened;
    if (outcome == null) {
      return CompletableFuture.completedFuture(this);
    }
    if (startConnecting()) {
      startTimer(around.limits().connectTimeout(), CloseReason.CONNECT_FAILED);
      wire.connect(remote, around.listeningPoint().getAddress());
    }
    return outcome;
  }

  private boolean startConnecting() {
    synchronized (lock) {
      if (state != State.IDLE) {
        return false;
      }
      state = State.CONNECTING;
    }
    handler.connecting();
    return true;
  }

  private void startTimer(Duration patience, CloseReason reason) {
    Scheduler.Task started =
        around
            .scheduler()
            .schedule(Scheduler.named(this, () -> timedOut(patience, reason)), patience.toNanos());
    Scheduler.Task former;
    synchronized (lock) {
      former = timer;
      timer = started;
    }
    if (former != null) {
      former.cancel();
    }
  }

  private void timedOut(Duration patience, CloseReason reason) {
    boolean handshake = reason == CloseReason.TLS_FAILED;
    synchronized (lock) {
      if (state != (handshake ? State.SECURING : State.CONNECTING)) {
        return;
      }
    }
    String text =
        (handshake ? "the TLS handshake was not done" : "no answer")
            + " within "
            + patience.toSeconds()
            + (handshake ? " s (TLS_HANDSHAKE_TIMEOUT)" : " s (CONNECT_TIMEOUT)");
    if (handshake) {
      around.warnings().warn("TLS with {} failed: {}", this, text);
    }
    close(reason, text);
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
    startTimer(around.limits().handshakeTimeout(), CloseReason.TLS_FAILED);
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
      cancelTimer();
    }
    handler.established();
    if (opened != null) {
      opened.complete(this);
    }
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
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
      around.warnings().warn("TLS with {} failed: {}", this, detail);
    }
    close(reason, detail);
  }

  @Override
  public void ended() {
    if (state == State.SECURING) {
      failed(new SSLHandshakeException("the peer closed the connection during the TLS handshake"));
    } else {
      close(CloseReason.PEER_CLOSED, framer.insideMessage() ? "in the middle of a message" : "");
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
      cancelTimer();
    }
    MessageDeadline deadline = messageDeadline;
    if (deadline != null) {
      deadline.cancel();
    }
    user.closed();
    synchronized (wire) {
      wire.close(tls == null || !sayGoodbye ? null : tls.closeNotify());
    }
    handler.closed(reason, detail);
    if (opened != null) {
      opened.completeExceptionally(
          reason == CloseReason.TLS_FAILED ? tlsFailure(detail) : notOpen());
    }
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
    handler.bytesReceived();
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
    try {
      framer.feed(bytes);
      watchMessage();
    } catch (FramingException e) {
      around
          .warnings()
          .warn("Closing the connection to {}: {}", this, String.valueOf(e.getMessage()));
      close(CloseReason.BAD_INPUT, String.valueOf(e.getMessage()));
    }
  }

  private void watchMessage() {
    MessageDeadline deadline = messageDeadline;
    if (!framer.insideMessage()) {
      if (deadline != null) {
        deadline.between();
      }
      return;
    }
    if (deadline == null) {
      deadline =
          new MessageDeadline(
              around.scheduler(),
              around.limits().messageTimeout(),
              wire::isReadingPaused,
              Scheduler.named(this, this::messageTooSlow));
      messageDeadline = deadline;
    }
    deadline.inside(framer.begun());
  }

  private void messageTooSlow() {
    close(
        CloseReason.BAD_INPUT,
        "a message was not complete within "
            + around.limits().messageTimeout().toSeconds()
            + " s (MESSAGE_TIMEOUT)");
  }

  @Override
  public void messageBegins() {
    crlfBefore = false;
  }

  /** RFC 5626 section 4.4.1: only the accepting side takes two CRLFs as a ping. */
  @Override
  public void crlf() {
    if (side == Side.CLIENT) {
      user.keepAliveAnswered();
      handler.keepAliveAnswered();
    } else if (!crlfBefore) {
      crlfBefore = true;
    } else {
      crlfBefore = false;
      handler.keepAliveReceived();
      if (around.limits().answersKeepAlive()) {
        try {
          write(ByteBuffer.wrap(CRLF));
        } catch (IOException e) {
          LOG.debug("A keep-alive of {} was not answered", this, e);
        }
      }
      user.keepAliveReceived();
    }
  }

  @Override
  public void message(byte[] head, byte[] body) {
    user.message(head, body);
  }

  @Override
  public void pauseReading(boolean pause) {
    wire.pauseReading(pause);
    MessageDeadline deadline = messageDeadline;
    if (deadline != null) {
      deadline.restart();
    }
  }

  // --- bytes out ----------------------------------------------------------------------------

  @Override
  public void sendKeepAlive() throws IOException {
    if (state == State.IDLE) {
      // Made by the stack for this keep-alive only: it would stay in its tables for good.
      close(CloseReason.LOCAL, "a keep-alive opens no connection");
    }
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
    handler.bytesSent();
  }

  @Override
  public void wroteQueued() {
    handler.bytesSent();
  }

  /** Handshake records go out before the connection is open. */
  @Override
  public void writeRecords(TlsLayer layer, ByteBuffer plain) throws IOException {
    synchronized (wire) {
      wire.write(layer.wrap(plain));
    }
  }

  /** The first message of a connection waits here, so that none is lost while it connects. */
  private void awaitOpen() throws IOException {
    if (opened == null || (opened.isDone() && !opened.isCompletedExceptionally())) {
      return;
    }
    if (around.io().isOwnThread() || around.scheduler().isOwnThread()) {
      throw new IOException(
          "Cannot wait for the connection to "
              + this
              + " on the thread that makes it; a listener that sends hands over to a thread of its"
              + " own");
    }
    long patience =
        around.limits().connectTimeout().toMillis()
            + around.limits().handshakeTimeout().toMillis()
            + 1_000;
    try {
      connect().get(patience, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause() == null ? "" : e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("No connection to " + this + " within " + patience + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while connecting to " + this, e);
    }
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
