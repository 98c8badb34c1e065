package net.conmgmt.sip.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.connection.CloseReason;
import net.conmgmt.sip.connection.ConnectionHandler;
import net.conmgmt.sip.connection.ManagedConnection;
import net.conmgmt.sip.time.Scheduler;
import net.conmgmt.sip.tls.PeerIdentity;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One TCP or TLS connection: its life from connecting to closed, bytes to messages, and writes that
 * are whole and in order. Knows nothing of the RI.
 *
 * <p>Thread-safe. The selector's thread reads; any thread writes; what changes the state or the
 * write queue does so under {@link #lock}, and tells others outside it.
 */
final class SocketConnection
    implements ManagedConnection, SelectorLoop.Ready, StreamFramer.Sink, TlsLayer.Sink {

  /** Who uses the connection. */
  interface User {
    /** A whole message arrived. Called in the selector's thread: must not work there. */
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
    /** TCP connects, or TLS shakes hands. */
    CONNECTING,
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
  private final @Nullable TlsLayer tls;
  private final WriteQueue writes = new WriteQueue();
  private final @Nullable CompletableFuture<ManagedConnection> opened;

  private State state = State.IDLE;
  private String closeText = "";
  private InetSocketAddress local;
  private @Nullable SocketChannel socket;
  private @Nullable SelectionKey selectionKey;
  private Scheduler.@Nullable Task timer;
  private @Nullable SSLSession tlsSession;
  private @Nullable SSLException closeCause;
  private boolean crlfBefore;

  /** A connection that a peer opened. It is not read before {@link #begin}. */
  SocketConnection(Surroundings around, User user, SocketChannel accepted) throws IOException {
    this(around, user, Side.PROXY, (InetSocketAddress) accepted.getRemoteAddress(), null, null);
    socket = accepted;
    local = (InetSocketAddress) accepted.getLocalAddress();
  }

  /** A connection that this stack opens, as soon as it is needed. */
  SocketConnection(
      Surroundings around, User user, InetSocketAddress peer, @Nullable String peerName) {
    this(around, user, Side.CLIENT, peer, peerName, new CompletableFuture<>());
  }

  private SocketConnection(
      Surroundings around,
      User user,
      Side side,
      InetSocketAddress peer,
      @Nullable String peerName,
      @Nullable CompletableFuture<ManagedConnection> opened) {
    this.around = around;
    this.user = user;
    this.side = side;
    this.remote = peer;
    this.peerName = peerName;
    this.opened = opened;
    local = new InetSocketAddress(around.bindAddress(), 0);
    framer = new StreamFramer(this, around.limits().maxHeadBytes(), around.limits().maxBodyBytes());
    TlsContexts contexts = around.tls();
    if (contexts == null) {
      tls = null;
    } else {
      tls =
          new TlsLayer(
              side == Side.PROXY
                  ? contexts.serverEngine()
                  : contexts.clientEngine(peerName, peer.getPort()),
              this);
    }
    handler = around.handlers().handlerFor(this);
  }

  /** Who is told what happens to the connection. */
  ConnectionHandler handler() {
    return handler;
  }

  // --- life -----------------------------------------------------------------------------------

  /** Begins to read an accepted connection. */
  void begin(SelectorLoop loop) throws IOException {
    synchronized (lock) {
      if (state != State.IDLE || socket == null) {
        return;
      }
      state = State.CONNECTING;
    }
    if (tls == null) {
      opened();
    } else {
      startTimer(around.limits().handshakeTimeout(), CloseReason.TLS_FAILED);
    }
    register(loop, SelectionKey.OP_READ);
  }

  /** Connects if nothing did so before; completes with the outcome. */
  CompletableFuture<ManagedConnection> connect() {
    CompletableFuture<ManagedConnection> outcome = opened;
    if (outcome == null) {
      return CompletableFuture.completedFuture(this);
    }
    synchronized (lock) {
      if (state != State.IDLE) {
        return outcome;
      }
      state = State.CONNECTING;
    }
    try {
      SocketChannel channel = SocketChannel.open();
      synchronized (lock) {
        socket = channel;
      }
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      if (!around.bindAddress().isAnyLocalAddress()) {
        channel.bind(new InetSocketAddress(around.bindAddress(), 0));
      }
      startTimer(around.limits().connectTimeout(), CloseReason.CONNECT_FAILED);
      channel.connect(remote);
      register(around.loop(), SelectionKey.OP_CONNECT);
    } catch (IOException | RuntimeException e) {
      close(CloseReason.CONNECT_FAILED, String.valueOf(e.getMessage()));
    }
    return outcome;
  }

  private void register(SelectorLoop loop, int operations) throws IOException {
    SocketChannel channel;
    synchronized (lock) {
      channel = socket;
      if (channel == null || state == State.CLOSED) {
        return;
      }
    }
    SelectionKey registered = loop.register(channel, operations, this);
    synchronized (lock) {
      selectionKey = registered;
      if (!writes.isEmpty()) {
        registered.interestOpsOr(SelectionKey.OP_WRITE);
      }
    }
  }

  private void startTimer(Duration patience, CloseReason reason) {
    Scheduler.Task started =
        around.scheduler().schedule(() -> timedOut(patience, reason), patience.toNanos());
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
    boolean late;
    synchronized (lock) {
      late = state == State.CONNECTING;
    }
    if (late) {
      boolean handshake = reason == CloseReason.TLS_FAILED;
      String text =
          (handshake ? "the TLS handshake was not done" : "no answer")
              + " within "
              + patience.toSeconds()
              + (handshake ? " s (TLS_HANDSHAKE_TIMEOUT)" : " s (CONNECT_TIMEOUT)");
      close(reason, text);
    }
  }

  private void finishConnect(SelectionKey ready) throws IOException {
    SocketChannel channel = (SocketChannel) ready.channel();
    try {
      if (!channel.finishConnect()) {
        return;
      }
    } catch (IOException e) {
      close(CloseReason.CONNECT_FAILED, String.valueOf(e.getMessage()));
      return;
    }
    synchronized (lock) {
      local = (InetSocketAddress) channel.getLocalAddress();
      ready.interestOps(SelectionKey.OP_READ);
    }
    if (tls == null) {
      opened();
    } else {
      startTimer(around.limits().handshakeTimeout(), CloseReason.TLS_FAILED);
      begin(tls);
    }
  }

  private void begin(TlsLayer layer) throws IOException {
    try {
      layer.begin();
    } catch (SSLException e) {
      tlsFailed(e);
    }
  }

  /** The connection is ready for SIP. */
  private void opened() {
    synchronized (lock) {
      if (state != State.CONNECTING) {
        return;
      }
      state = State.OPEN;
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }
    handler.established();
    if (opened != null) {
      opened.complete(this);
    }
  }

  @Override
  public void secured(SSLSession session) throws SSLException {
    if (side == Side.CLIENT) {
      verify(session, peerName);
      synchronized (lock) {
        tlsSession = session;
      }
    }
    opened();
  }

  private void verify(SSLSession session, @Nullable String name) throws SSLException {
    PeerIdentity.verify(
        (X509Certificate) session.getPeerCertificates()[0],
        name == null ? remote.getAddress().getHostAddress() : name,
        around.limits().wildcardsAllowed());
  }

  /** This connection, if its peer may also carry that name. */
  ManagedConnection verifiedFor(@Nullable String name) {
    SSLSession session;
    synchronized (lock) {
      session = tlsSession;
    }
    if (session != null && name != null && !name.equalsIgnoreCase(peerName)) {
      try {
        verify(session, name);
      } catch (SSLException e) {
        throw new CompletionException(e);
      }
    }
    return this;
  }

  private void tlsFailed(SSLException failure) {
    synchronized (lock) {
      closeCause = failure;
    }
    LOG.warn("TLS with {} failed: {}", this, failure.getMessage());
    close(CloseReason.TLS_FAILED, String.valueOf(failure.getMessage()));
  }

  @Override
  public void close(CloseReason reason, String detail) {
    SocketChannel channel;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      closeText = reason + (detail.isEmpty() ? "" : ": " + detail);
      channel = socket;
      sayGoodbye();
      writes.clear();
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }
    user.closed();
    if (channel != null) {
      try {
        channel.close();
        // A closed channel keeps its descriptor until the selector has seen it.
        around.loop().wakeup();
      } catch (IOException e) {
        LOG.debug("Closing the socket of {} failed", this, e);
      }
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

  /** TLS ends with an alert, as far as the socket takes it without waiting. */
  private void sayGoodbye() {
    SocketChannel channel = socket;
    if (tls == null || channel == null || !channel.isConnected() || !writes.isEmpty()) {
      return;
    }
    ByteBuffer alert = tls.closeNotify();
    try {
      if (alert != null) {
        channel.write(alert);
      }
    } catch (IOException e) {
      LOG.debug("The peer {} is gone before the end of TLS", this, e);
    }
  }

  @Override
  public void broken(Throwable cause) {
    close(CloseReason.IO_ERROR, "internal failure: " + cause);
  }

  private IOException notOpen() {
    return new IOException(
        "The connection to " + this + " is closed" + (closeText.isEmpty() ? "" : ": " + closeText));
  }

  // --- bytes in -------------------------------------------------------------------------------

  @Override
  public void ready(SelectionKey ready, ByteBuffer readBuffer) {
    try {
      if (ready.isConnectable()) {
        finishConnect(ready);
      }
      if (ready.isValid() && ready.isWritable()) {
        writeQueued(ready);
      }
      if (ready.isValid() && ready.isReadable()) {
        read((SocketChannel) ready.channel(), readBuffer);
      }
    } catch (IOException e) {
      boolean handshaking;
      synchronized (lock) {
        handshaking = tls != null && state == State.CONNECTING;
      }
      close(
          handshaking ? CloseReason.TLS_FAILED : CloseReason.IO_ERROR,
          String.valueOf(e.getMessage()));
    }
  }

  private void read(SocketChannel channel, ByteBuffer buffer) throws IOException {
    buffer.clear();
    int count = channel.read(buffer);
    if (count < 0) {
      endOfStream();
      return;
    }
    if (count == 0) {
      return;
    }
    handler.bytesReceived();
    buffer.flip();
    if (tls == null) {
      plaintext(buffer);
      return;
    }
    try {
      tls.received(buffer);
    } catch (SSLException e) {
      if (tls.isSecured() && isOpen()) {
        close(CloseReason.BAD_INPUT, "TLS: " + e.getMessage());
      } else {
        tlsFailed(e);
      }
    }
  }

  private void endOfStream() {
    boolean handshaking;
    synchronized (lock) {
      handshaking = state == State.CONNECTING;
    }
    if (handshaking) {
      close(CloseReason.TLS_FAILED, "the peer closed the connection during the TLS handshake");
    } else {
      close(CloseReason.PEER_CLOSED, framer.insideMessage() ? "in the middle of a message" : "");
    }
  }

  @Override
  public void closedByPeer() {
    endOfStream();
  }

  @Override
  public void plaintext(ByteBuffer bytes) {
    try {
      framer.feed(bytes);
    } catch (FramingException e) {
      LOG.warn("Closing the connection to {}: {}", this, e.getMessage());
      close(CloseReason.BAD_INPUT, String.valueOf(e.getMessage()));
    }
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

  /** Stops or goes on reading; the peer feels it through TCP. */
  void pauseReading(boolean pause) {
    SelectionKey current;
    synchronized (lock) {
      current = state == State.OPEN ? selectionKey : null;
    }
    if (current != null && current.isValid()) {
      if (pause) {
        current.interestOpsAnd(~SelectionKey.OP_READ);
      } else {
        current.interestOpsOr(SelectionKey.OP_READ);
        wakeup();
      }
    }
  }

  // --- bytes out ----------------------------------------------------------------------------

  @Override
  public void sendKeepAlive() throws IOException {
    if (!isOpen()) {
      throw notOpen();
    }
    write(ByteBuffer.wrap(KEEP_ALIVE));
  }

  /** Writes the bytes as a whole, behind all that was written before. Connects first if need be. */
  void write(ByteBuffer bytes) throws IOException {
    awaitOpen();
    int overflow = 0;
    try {
      synchronized (lock) {
        SocketChannel channel = socket;
        if (state != State.OPEN || channel == null) {
          throw notOpen();
        }
        overflow = writeNow(channel, tls == null ? bytes : tls.wrap(bytes));
      }
    } catch (IOException | RuntimeException e) {
      close(CloseReason.IO_ERROR, String.valueOf(e.getMessage()));
      throw e;
    }
    if (overflow > 0) {
      close(
          CloseReason.WRITE_QUEUE_FULL,
          overflow + " bytes wait for a peer that does not read (MAX_WRITE_QUEUE_BYTES)");
      throw notOpen();
    }
    handler.bytesSent();
  }

  /** Handshake records go out before the connection is open. */
  @Override
  public void writeRecords(ByteBuffer plain) throws IOException {
    synchronized (lock) {
      SocketChannel channel = socket;
      if (state == State.CLOSED || channel == null || tls == null) {
        throw notOpen();
      }
      writeNow(channel, tls.wrap(plain));
    }
  }

  /** Writes or queues; the bytes in the queue if they are too many, else 0. Under the lock. */
  private int writeNow(SocketChannel channel, ByteBuffer bytes) throws IOException {
    if (writes.isEmpty()) {
      channel.write(bytes);
    }
    if (!bytes.hasRemaining()) {
      return 0;
    }
    writes.add(bytes);
    if (selectionKey != null) {
      selectionKey.interestOpsOr(SelectionKey.OP_WRITE);
    }
    wakeup();
    return writes.queuedBytes() > around.limits().maxWriteQueueBytes() ? writes.queuedBytes() : 0;
  }

  private void writeQueued(SelectionKey ready) throws IOException {
    boolean wrote;
    synchronized (lock) {
      wrote = writes.writeTo((SocketChannel) ready.channel());
      if (writes.isEmpty()) {
        ready.interestOpsAnd(~SelectionKey.OP_WRITE);
      }
    }
    if (wrote) {
      handler.bytesSent();
    }
  }

  /** The first message of a connection waits here, so that none is lost while it connects. */
  private void awaitOpen() throws IOException {
    if (opened == null || (opened.isDone() && !opened.isCompletedExceptionally())) {
      return;
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

  private void wakeup() {
    try {
      around.loop().wakeup();
    } catch (IOException e) {
      LOG.debug("The stack stops", e);
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
  public InetSocketAddress localAddress() {
    synchronized (lock) {
      return local;
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
  public boolean isOpen() {
    synchronized (lock) {
      return state == State.OPEN;
    }
  }

  @Override
  public String toString() {
    return (peerName == null ? "" : peerName + " ")
        + remote.getAddress().getHostAddress()
        + ":"
        + remote.getPort()
        + "/"
        + transport()
        + " #"
        + id;
  }
}
