package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.connection.Provisional;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.internal.framing.CallIdScan;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.io.WriteQueueFullException;
import net.conmgmt.sip.internal.tls.ClientKeys;
import net.conmgmt.sip.internal.tls.PeerIdentity;
import net.conmgmt.sip.internal.tls.TlsWire;
import net.conmgmt.sip.internal.transport.ConnectionLifecycle.State;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One TCP or TLS connection: it joins the wire that moves its bytes, the framer that cuts messages
 * out of them, and those who hear of its life. Knows nothing of the RI, and neither which kind of
 * I/O moves the bytes nor whether they are encrypted on their way.
 *
 * <p>Thread-safe. One thread at a time reads; any thread writes, which never waits: the wire keeps
 * what the socket does not take. Only {@link #awaitOpen} waits, for those who want that.
 */
final class SocketConnection extends Traffic
    implements TransportConnection, Provisional, TlsWire.Owner {

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

  private final ConnectionContext around;
  private final User user;
  private final long id = NEXT_ID.getAndIncrement();
  private final Side side;
  private final InetSocketAddress remote;
  private final @Nullable String peerName;
  private final ConnectionLifecycle life = new ConnectionLifecycle();

  /** Runs what the application hears of the connection: messages and events. */
  private final SerialExecutor inOrder;

  private final ConnectionHandler handler;
  private final IncomingBytes incoming;
  private final Wire wire;
  private final ConnectAttempt opening;

  private final ConnectionEnd end;

  // Written before the state that says so.
  private volatile @Nullable SSLSession tlsSession;

  /** Where a server that asked for a certificate has not yet shown that it takes what it got. */
  private volatile @Nullable CompletableFuture<Void> verdict;

  private volatile @Nullable InetSocketAddress local;

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
    end = new ConnectionEnd(this, life, around.scheduler());
    TlsContexts contexts = around.tls();
    wire =
        contexts == null
            ? io.wire(this, around.writeQueue())
            : new TlsWire(
                side == Side.PROXY
                    ? contexts::serverEngine
                    : () -> contexts.clientEngine(peerName, peer.getPort()),
                io,
                around::writeQueue,
                around.memory(),
                around.scheduler(),
                contexts.renegotiates(),
                this);
    incoming = new IncomingBytes(this, user, around, wire);
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
    connectIfIdle();
    return opening.outcome();
  }

  private void connectIfIdle() {
    if (side == Side.CLIENT && startConnecting()) {
      opening.step(around.limits().connectTimeout(), this::connectTookTooLong);
      wire.connect(remote, around.listeningPoint().getAddress());
    }
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
    if (!life.advanceAndTell(State.IDLE, State.CONNECTING)) {
      return false;
    }
    life.tell(handler::connecting);
    return true;
  }

  private void connectTookTooLong() {
    if (life.is(State.CONNECTING)) {
      around.recentFailures().tookTooLong(remote);
      close(
          CloseReason.CONNECT_FAILED,
          "no answer within "
              + around.limits().connectTimeout().toSeconds()
              + " s (CONNECT_TIMEOUT)");
    }
  }

  private void handshakeTookTooLong() {
    if (life.is(State.SECURING)) {
      if (side == Side.CLIENT) {
        around.recentFailures().tookTooLong(remote);
      }
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
  public void securing() {
    local = wire.localAddress();
    if (life.advance(State.CONNECTING, State.SECURING)) {
      opening.step(around.limits().handshakeTimeout(), this::handshakeTookTooLong);
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
    if (side == Side.CLIENT
        && session.getProtocol().equals("TLSv1.3")
        && ClientKeys.wasAsked(session)) {
      verdict = new CompletableFuture<>();
    }
    tlsSession = session;
  }

  @Override
  public void spokeSecured() {
    CompletableFuture<Void> waiting = verdict;
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  @Override
  public CompletableFuture<?> verdict() {
    CompletableFuture<Void> waiting = verdict;
    return waiting == null ? CompletableFuture.completedFuture(null) : waiting;
  }

  private boolean isJudged() {
    CompletableFuture<Void> waiting = verdict;
    return waiting == null || waiting.isDone();
  }

  /** The connection is ready for SIP. */
  @Override
  public void connected() {
    if (local == null) {
      local = wire.localAddress();
    }
    if (life.advanceAndTell(State.CONNECTING, State.OPEN)
        || life.advanceAndTell(State.SECURING, State.OPEN)) {
      opening.stepsEnd();
      if (side == Side.CLIENT) {
        around.recentFailures().succeeded(remote);
      }
      life.tell(handler::established);
      warnOfChangedAddress();
      opening.succeeded();
    }
  }

  /** The application alone can do something about it: Contact and Via are its own. */
  private void warnOfChangedAddress() {
    InetAddress listening = around.listeningPoint().getAddress();
    InetAddress own = localAddress().getAddress();
    if (side == Side.CLIENT && !listening.isAnyLocalAddress() && !listening.equals(own)) {
      around
          .warnings()
          .warn(
              "{} leaves from {}, because this machine has no longer the address {} of its"
                  + " listening point. Contact and Via still name that one: create a listening"
                  + " point on an address of now and register again",
              this,
              own.getHostAddress(),
              ConnectionText.of(around.listeningPoint()));
    }
  }

  @Override
  public void failed(IOException cause) {
    try {
      closeAfter(cause);
    } catch (OutOfMemoryError e) {
      // No heap for the words.
      close(CloseReason.IO_ERROR, "no heap is left");
    }
  }

  private void closeAfter(IOException cause) {
    String detail = String.valueOf(cause.getMessage());
    // What is no TLS record is a peer's doing, not the network's.
    boolean badRecord = cause instanceof SSLException;
    State now = life.state();
    if (now == State.IDLE || now == State.CONNECTING) {
      end.causedBy(cause);
      close(CloseReason.CONNECT_FAILED, detail);
    } else if (now == State.SECURING
        || (now == State.OPEN && badRecord && side == Side.CLIENT && !hasAnswered())) {
      // A server of TLS 1.3 refuses what the client showed after the client is done.
      end.causedBy(cause);
      tlsFailed(detail);
    } else {
      close(
          badRecord ? CloseReason.BAD_INPUT : CloseReason.IO_ERROR,
          badRecord ? "TLS: " + detail : detail);
    }
  }

  @Override
  public void ended() {
    if (life.is(State.SECURING) || (life.is(State.OPEN) && !isJudged())) {
      failed(new SSLHandshakeException("the peer closed the connection during the TLS handshake"));
    } else {
      close(CloseReason.PEER_CLOSED, incoming.insideMessage() ? "in the middle of a message" : "");
    }
  }

  @Override
  public void close(CloseReason reason, String detail) {
    if (life.close() != null) {
      end.because(reason, detail);
      around.scheduler().untilDone(end);
    }
  }

  /** Takes the step of that number of the end; false where there is none. */
  boolean endStep(int step) {
    switch (step) {
      case 0 -> opening.stepsEnd();
      case 1 -> incoming.end();
      case 2 -> user.closed();
      case 3 -> wire.close(null);
      // A peer may say its last word and hang up at once.
      case 4 -> inOrder.execute(end.telling());
      case 5 -> opening.failed(end::failure);
      case 6 -> refuseVerdict();
      default -> {
        return false;
      }
    }
    return true;
  }

  private void refuseVerdict() {
    CompletableFuture<Void> waiting = verdict;
    if (waiting != null && !waiting.isDone()) {
      waiting.completeExceptionally(end.failure());
    }
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

  /** Whether messages that have arrived wait and no more are read; asked after each change. */
  void holdIf(BooleanSupplier asked) {
    inOrder.holdIf(asked);
  }

  /** A message was cut out that cannot be taken. */
  void refused(byte[] head, String status, String why) {
    // At once: what follows may end the connection.
    user.refused(head, status, why);
  }

  private void pauseReading(boolean pause) {
    incoming.readingPausedOrGoesOn();
    wire.pauseReading(pause);
  }

  // --- bytes out ----------------------------------------------------------------------------

  @Override
  public void sendKeepAlive() throws IOException {
    if (!isOpen()) {
      throw end.notOpen();
    }
    handler.sendKeepAlive();
  }

  @Override
  public void writeKeepAlive() throws IOException {
    closeUnused("a keep-alive opens no connection");
    if (!isOpen()) {
      throw end.notOpen();
    }
    incoming.pinged();
    write(ByteBuffer.wrap(KEEP_ALIVE));
  }

  /**
   * Writes the bytes as a whole, behind all that was written before. Connects first if need be; the
   * bytes wait meanwhile, and are dropped where that fails, of which {@link #whenLost} tells.
   */
  void write(ByteBuffer bytes) throws IOException {
    beginIfIdle();
    if (isClosed()) {
      throw end.notOpen();
    }
    try {
      wire.write(bytes);
    } catch (WriteQueueFullException e) {
      close(CloseReason.WRITE_QUEUE_FULL, String.valueOf(e.getMessage()));
      throw end.notOpen();
    } catch (IOException | RuntimeException | Error e) {
      // Part of a message may have gone, and nothing makes sense after its beginning.
      close(CloseReason.IO_ERROR, String.valueOf(e.getMessage()));
      throw e;
    }
    bytesSent();
  }

  private void beginIfIdle() {
    if (life.is(State.IDLE)) {
      String against = around.recentFailures().reasonAgainst(remote);
      if (against == null) {
        connectIfIdle();
      } else {
        close(CloseReason.CONNECT_FAILED, against);
      }
    }
  }

  /** If the connection never opens, so that all that was written is lost, that is told. */
  void whenLost(Consumer<IOException> told) {
    opening.whenFailed(told);
  }

  /** Waits until the connection is open, and connects if nothing did so before. */
  void awaitOpen() throws IOException {
    if (!opening.hasSucceeded()) {
      beginIfIdle();
      opening.await();
    }
  }

  @Override
  public void wroteQueued(boolean all) {
    bytesSent();
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
    InetSocketAddress bound = local;
    return bound == null ? new InetSocketAddress(around.listeningPoint().getAddress(), 0) : bound;
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
    State now = life.state();
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
      throw end.notOpen();
    }
    return localAddress();
  }

  /** Made by the stack, but not to connect: it would stay in its tables for good. */
  void closeUnused(String why) {
    if (life.is(State.IDLE)) {
      close(CloseReason.LOCAL, why);
    }
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
