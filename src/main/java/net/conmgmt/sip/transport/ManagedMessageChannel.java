package net.conmgmt.sip.transport;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.stack.ConnectionOrientedMessageChannel;
import gov.nist.javax.sip.stack.MessageChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.text.ParseException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.sip.address.Hop;
import net.conmgmt.sip.connection.CloseReason;
import net.conmgmt.sip.connection.ConnectionHandler;
import net.conmgmt.sip.connection.ManagedConnection;
import net.conmgmt.sip.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection between the RI and a socket: bytes to messages, messages to bytes, and its
 * life from connecting to closed.
 *
 * <p>Thread-safe. The selector's thread reads; any thread writes; what changes the state or the
 * write queue does so under {@link #lock}, and tells others outside it.
 */
final class ManagedMessageChannel extends ConnectionOrientedMessageChannel
    implements ManagedConnection, SelectorLoop.Ready, StreamFramer.Sink, InboundQueue.Consumer {

  private static final Logger LOG = LogManager.getLogger(ManagedMessageChannel.class);
  private static final AtomicLong NEXT_ID = new AtomicLong(1);
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] KEEP_ALIVE = {'\r', '\n', '\r', '\n'};

  private enum State {
    /** Nothing was sent yet, so nothing is connected. */
    IDLE,
    CONNECTING,
    OPEN,
    CLOSED
  }

  private final Object lock = new Object();
  private final ManagedMessageProcessor processor;
  private final long id = NEXT_ID.getAndIncrement();
  private final Side side;
  private final InetSocketAddress remote;
  private final @Nullable String peerName;
  private final ConnectionHandler handler;
  private final StreamFramer framer;
  private final InboundQueue inbound;
  private final WriteQueue writes = new WriteQueue();
  private final @Nullable CompletableFuture<ManagedConnection> opened;

  private State state = State.IDLE;
  private String closeText = "";
  private InetSocketAddress local;
  private @Nullable SocketChannel socket;
  private @Nullable SelectionKey selectionKey;
  private Scheduler.@Nullable Task connectTimer;
  private boolean crlfBefore;

  /** A connection that a peer opened. It is not read before {@link #begin}. */
  static ManagedMessageChannel accepted(
      ManagedMessageProcessor processor, SocketChannel socket, InetSocketAddress peer)
      throws IOException {
    ManagedMessageChannel channel =
        new ManagedMessageChannel(processor, Side.PROXY, peer, null, null);
    channel.socket = socket;
    channel.local = (InetSocketAddress) socket.getLocalAddress();
    return channel;
  }

  /** A connection that this stack opens, as soon as it is needed. */
  static ManagedMessageChannel toOpen(
      ManagedMessageProcessor processor, InetSocketAddress peer, @Nullable String peerName) {
    return new ManagedMessageChannel(
        processor, Side.CLIENT, peer, peerName, new CompletableFuture<>());
  }

  private ManagedMessageChannel(
      ManagedMessageProcessor processor,
      Side side,
      InetSocketAddress peer,
      @Nullable String peerName,
      @Nullable CompletableFuture<ManagedConnection> opened) {
    super(processor.getSIPStack());
    this.processor = processor;
    this.side = side;
    this.remote = peer;
    this.peerName = peerName;
    this.opened = opened;
    local = new InetSocketAddress(processor.getIpAddress(), 0);
    messageProcessor = processor;
    peerAddress = peer.getAddress();
    peerPort = peer.getPort();
    peerProtocol = processor.getTransport();
    myAddress = processor.getIpAddress().getHostAddress();
    myPort = processor.getPort();
    key = MessageChannel.getKey(peer.getAddress(), peer.getPort(), processor.getTransport());
    // The processor's table holds the channel already: the RI must not enter it again.
    isCached = true;
    TransportLimits limits = processor.hub().limits();
    framer = new StreamFramer(this, limits.maxHeadBytes(), limits.maxBodyBytes());
    inbound =
        new InboundQueue(
            this,
            processor.getSIPStack().getSelfRoutingThreadpoolExecutor(),
            limits.maxReadQueueBytes());
    handler = processor.keepAlive().handlerFor(this);
  }

  // --- life -----------------------------------------------------------------------------------

  /** Begins to read an accepted connection. */
  void begin(SelectorLoop loop) throws IOException {
    synchronized (lock) {
      if (state != State.IDLE || socket == null) {
        return;
      }
      state = State.OPEN;
    }
    handler.established();
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
      if (!processor.getIpAddress().isAnyLocalAddress()) {
        channel.bind(new InetSocketAddress(processor.getIpAddress(), 0));
      }
      long timeoutNanos = processor.hub().limits().connectTimeout().toNanos();
      Scheduler.Task timer = processor.scheduler().schedule(this::connectTimedOut, timeoutNanos);
      synchronized (lock) {
        connectTimer = timer;
      }
      channel.connect(remote);
      register(processor.loop(), SelectionKey.OP_CONNECT);
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

  private void connectTimedOut() {
    boolean late;
    synchronized (lock) {
      late = state == State.CONNECTING;
    }
    if (late) {
      close(
          CloseReason.CONNECT_FAILED,
          "no answer within "
              + processor.hub().limits().connectTimeout().toSeconds()
              + " s (CONNECT_TIMEOUT)");
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
      if (state != State.CONNECTING) {
        return;
      }
      local = (InetSocketAddress) channel.getLocalAddress();
      ready.interestOps(SelectionKey.OP_READ);
      state = State.OPEN;
      if (connectTimer != null) {
        connectTimer.cancel();
        connectTimer = null;
      }
    }
    handler.established();
    if (opened != null) {
      opened.complete(this);
    }
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
      writes.clear();
      if (connectTimer != null) {
        connectTimer.cancel();
        connectTimer = null;
      }
    }
    isRunning = false;
    processor.forget(this);
    if (channel != null) {
      try {
        channel.close();
        // A closed channel keeps its descriptor until the selector has seen it.
        processor.loop().wakeup();
      } catch (IOException e) {
        LOG.debug("Closing the socket of {} failed", this, e);
      }
    }
    cancelPingKeepAliveTimeoutTaskIfStarted();
    handler.closed(reason, detail);
    if (opened != null) {
      opened.completeExceptionally(notOpen());
    }
  }

  @Override
  protected void close(boolean removeSocket, boolean stopKeepAliveTask) {
    close(CloseReason.LOCAL, "the stack or the application closed it");
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
      close(CloseReason.IO_ERROR, String.valueOf(e.getMessage()));
    }
  }

  private void read(SocketChannel channel, ByteBuffer buffer) throws IOException {
    buffer.clear();
    int count = channel.read(buffer);
    if (count < 0) {
      close(CloseReason.PEER_CLOSED, framer.insideMessage() ? "in the middle of a message" : "");
      return;
    }
    if (count == 0) {
      return;
    }
    handler.bytesReceived();
    buffer.flip();
    try {
      framer.feed(buffer);
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
      cancelPingKeepAliveTimeoutTaskIfStarted();
      handler.keepAliveAnswered();
    } else if (!crlfBefore) {
      crlfBefore = true;
    } else {
      crlfBefore = false;
      handler.keepAliveReceived();
      if (processor.hub().limits().answersKeepAlive()) {
        try {
          write(ByteBuffer.wrap(CRLF));
        } catch (IOException e) {
          LOG.debug("A keep-alive of {} was not answered", this, e);
        }
      }
      if (getKeepAliveTimeout() > 0) {
        rescheduleKeepAliveTimeout(getKeepAliveTimeout());
      }
    }
  }

  @Override
  public void message(byte[] head, byte[] body) {
    inbound.add(new InboundQueue.Inbound(head, body));
  }

  @Override
  public void pauseReading(boolean pause) {
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

  @Override
  public void process(InboundQueue.Inbound received) {
    SIPMessage message;
    try {
      message = processor.parser().parseSIPMessage(received.head(), false, false, this);
      if (message == null) {
        return;
      }
      if (received.body().length > 0) {
        message.setMessageContent(received.body());
      }
    } catch (ParseException | RuntimeException e) {
      LOG.warn(
          "A message from {} was dropped, it begins with {}: {}",
          this,
          Excerpts.firstLine(received.head(), received.head().length),
          e.getMessage());
      return;
    }
    try {
      if (sipStack.sipEventInterceptor != null) {
        sipStack.sipEventInterceptor.beforeMessage(message);
      }
      processMessage(message);
    } catch (Exception e) {
      LOG.warn(
          "The stack refused a message from {} which begins with {}",
          this,
          Excerpts.firstLine(received.head(), received.head().length),
          e);
    } finally {
      if (sipStack.sipEventInterceptor != null) {
        sipStack.sipEventInterceptor.afterMessage(message);
      }
    }
  }

  @Override
  public void processMessage(SIPMessage message) throws Exception {
    handler.messageReceived(message);
    super.processMessage(message);
  }

  /** A header field that does not parse costs the message only where SIP cannot do without it. */
  @Override
  @SuppressWarnings("rawtypes") // as the RI declares it
  public void handleException(
      ParseException ex,
      SIPMessage sipMessage,
      Class headerClass,
      String headerText,
      String messageText)
      throws ParseException {
    if (MandatoryHeaders.contains(headerClass)) {
      throw ex;
    }
    LOG.warn(
        "A header field from {} does not parse and is passed on as unrecognized: {}",
        this,
        Excerpts.printable(headerText));
    sipMessage.addUnparsed(headerText);
  }

  // --- messages and bytes out -----------------------------------------------------------------

  @Override
  public void sendMessage(SIPMessage message) throws IOException {
    handler.messageToSend(message);
    super.sendMessage(message);
    handler.messageSent(message);
  }

  @Override
  public void sendMessage(SIPMessage message, Hop hop) throws IOException {
    handler.messageToSend(message);
    super.sendMessage(message, hop);
    handler.messageSent(message);
  }

  @Override
  public void sendMessage(SIPMessage message, InetAddress receiver, int receiverPort)
      throws IOException {
    handler.messageToSend(message);
    super.sendMessage(message, receiver, receiverPort);
    handler.messageSent(message);
  }

  @Override
  protected void sendMessage(byte[] message, boolean isClient) throws IOException {
    write(ByteBuffer.wrap(message));
  }

  @Override
  public void sendMessage(byte[] message, InetAddress receiver, int receiverPort, boolean retry)
      throws IOException {
    // The RI names the peer of this very channel; the connection is what counts.
    write(ByteBuffer.wrap(message));
  }

  @Override
  public void sendKeepAlive() throws IOException {
    if (!isOpen()) {
      throw notOpen();
    }
    write(ByteBuffer.wrap(KEEP_ALIVE));
  }

  /** The RI calls this for CRLFs that it sees itself; here only the framer sees them. */
  @Override
  public void sendSingleCLRF() throws IOException {
    write(ByteBuffer.wrap(CRLF));
  }

  /** Writes the bytes as a whole, behind all that was written before. Connects first if need be. */
  private void write(ByteBuffer bytes) throws IOException {
    awaitOpen();
    int overflow = 0;
    try {
      synchronized (lock) {
        SocketChannel channel = socket;
        if (state != State.OPEN || channel == null) {
          throw notOpen();
        }
        if (writes.isEmpty()) {
          channel.write(bytes);
        }
        if (bytes.hasRemaining()) {
          writes.add(bytes);
          if (selectionKey != null) {
            selectionKey.interestOpsOr(SelectionKey.OP_WRITE);
          }
          if (writes.queuedBytes() > processor.hub().limits().maxWriteQueueBytes()) {
            overflow = writes.queuedBytes();
          } else {
            wakeup();
          }
        }
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
    long patience = processor.hub().limits().connectTimeout().toMillis() + 1_000;
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
      processor.loop().wakeup();
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
    return processor.getTransport();
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
  public String getTransport() {
    return processor.getTransport();
  }

  @Override
  public boolean isSecure() {
    return processor.isSecure();
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
