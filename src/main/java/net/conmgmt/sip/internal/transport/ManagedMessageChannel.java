package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.parser.MessageParser;
import gov.nist.javax.sip.stack.HandshakeCompletedListenerImpl;
import gov.nist.javax.sip.stack.HopImpl;
import gov.nist.javax.sip.stack.SIPClientTransaction;
import gov.nist.javax.sip.stack.TLSMessageChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.text.ParseException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HandshakeCompletedListener;
import javax.net.ssl.SSLSession;
import javax.sip.address.Hop;
import javax.sip.header.ViaHeader;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import net.conmgmt.sip.internal.connection.ConnectionChannel;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.framing.StreamFramer;
import net.conmgmt.sip.internal.logging.Excerpt;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A connection as the RI sees it: parses what arrives and encodes what is sent, and shows each
 * message to the connection's handler on its way. Thread-safe.
 *
 * <p>Over TCP, too, it is one of the RI's TLS channels: see {@link ManagedMessageProcessor}.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // the connection keeps writes in order
final class ManagedMessageChannel extends TLSMessageChannel
    implements ConnectionChannel, SocketConnection.User {

  private static final Logger LOG = LogManager.getLogger(ManagedMessageChannel.class);
  private static final byte[] CRLF = {'\r', '\n'};
  private static final long NOT_KEPT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final ManagedMessageProcessor processor;
  private final SocketConnection connection;
  private final ConnectionHandler handler;

  /** Of this connection alone, as an application's own may remember what came before. */
  private final MessageParser parser;

  /**
   * The RI watches for the answer to a heartbeat before it sends it. Without a connection no answer
   * will come, and that is what the application waits to hear.
   */
  private volatile boolean heartbeatUnsent;

  private final ListenerBacklog backlog;

  /** Null where there is nothing to ask. */
  private final @Nullable TlsPolicyCheck policy;

  /**
   * A connection that a peer opened.
   *
   * @throws IOException when the listening point is stopped
   */
  ManagedMessageChannel(ManagedMessageProcessor processor, String key, InetSocketAddress peer)
      throws IOException {
    super(peer.getAddress(), peer.getPort(), processor.getSIPStack(), processor);
    this.processor = processor;
    connection = SocketConnection.accepted(processor, this, peer);
    handler = connection.handler();
    parser = sipStack.getMessageParserFactory().createMessageParser(sipStack);
    policy = null;
    backlog = processor.backlog(this::holdWhileBacklogIsFull);
    describe(key, peer);
  }

  /**
   * A connection that this stack opens, as soon as it is needed.
   *
   * @throws IOException when the listening point is stopped
   */
  ManagedMessageChannel(
      ManagedMessageProcessor processor,
      String key,
      InetSocketAddress peer,
      @Nullable String peerName)
      throws IOException {
    super(peer.getAddress(), peer.getPort(), processor.getSIPStack(), processor);
    this.processor = processor;
    connection = SocketConnection.to(processor, this, peer, peerName);
    handler = connection.handler();
    parser = sipStack.getMessageParserFactory().createMessageParser(sipStack);
    policy = processor.policyCheck(connection);
    backlog = processor.backlog(this::holdWhileBacklogIsFull);
    describe(key, peer);
  }

  private void holdWhileBacklogIsFull() {
    connection.holdIf(backlog::isFull);
  }

  /** Sets what the RI's own code reads of a channel. */
  private void describe(String ownKey, InetSocketAddress peer) {
    messageProcessor = processor;
    peerAddress = peer.getAddress();
    peerPort = peer.getPort();
    peerProtocol = processor.getTransport();
    myAddress = processor.getIpAddress().getHostAddress();
    myPort = processor.getPort();
    key = ownKey;
    // The processor's table holds the channel already: the RI must not enter it again.
    isCached = true;
  }

  /** The name under which the peer was looked for, or null. */
  @Nullable String peerName() {
    return connection.peerName();
  }

  @Override
  public SocketConnection connection() {
    return connection;
  }

  /**
   * The RI calls this with the last transaction of a connection that it does not keep
   * (CACHE_SERVER_CONNECTIONS, CACHE_CLIENT_CONNECTIONS), and writes that one's last message only
   * afterwards.
   */
  @Override
  public void close() {
    Runnable closing =
        () -> {
          if (useCount <= 0) {
            connection.close(CloseReason.LOCAL, "no transaction uses it, and it is not kept");
          }
        };
    Scheduler.Task unused = processor.scheduler().schedule(closing, NOT_KEPT_NANOS);
  }

  @Override
  public void close(boolean removeSocket, boolean stopKeepAliveTask) {
    connection.close(CloseReason.LOCAL, "the stack or the application closed it");
  }

  @Override
  public void closed() {
    isRunning = false;
    backlog.end();
    if (!heartbeatUnsent) {
      cancelPingKeepAliveTimeoutTaskIfStarted();
    }
    processor.forget(this);
  }

  // --- messages in ----------------------------------------------------------------------------

  /** The RI's own watch over keep-alives, where an application has set it. */
  @Override
  public void keepAliveReceived() {
    if (getKeepAliveTimeout() > 0) {
      rescheduleKeepAliveTimeout(getKeepAliveTimeout());
    }
  }

  @Override
  public void keepAliveAnswered() {
    cancelPingKeepAliveTimeoutTaskIfStarted();
  }

  @Override
  public void message(byte[] head, byte[] body) {
    if (!processor.stackRuns()) {
      LOG.debug("{}: the stack stops, a received message is not processed any more", this);
      return;
    }
    SIPMessage message;
    try {
      message = parser.parseSIPMessage(head, false, false, this);
      if (message == null) {
        return;
      }
      if (lacksMandatoryHeader(message)) {
        // The RI would write all of it into the log, as often as a peer sends it.
        refused(head, StreamFramer.BAD_REQUEST, "it lacks Via, From, To, Call-ID or CSeq");
        return;
      }
      if (body.length > 0) {
        message.setMessageContent(body);
      }
    } catch (ParseException | RuntimeException e) {
      refused(head, StreamFramer.BAD_REQUEST, Excerpt.of(String.valueOf(e.getMessage())));
      return;
    }
    try {
      if (sipStack.sipEventInterceptor != null) {
        sipStack.sipEventInterceptor.beforeMessage(message);
      }
      processMessage(message);
      backlog.passed();
    } catch (RuntimeException e) {
      processor.warnings().warn("The stack failed over {} of {}", begin(head), this, e);
    } catch (Exception e) {
      // The RI throws these on purpose, and some hold the whole message.
      String why = Excerpt.of(String.valueOf(e.getMessage()));
      processor.warnings().warn("The stack refused {} of {}: {}", begin(head), this, why);
    } finally {
      if (sipStack.sipEventInterceptor != null) {
        sipStack.sipEventInterceptor.afterMessage(message);
      }
    }
  }

  private static boolean lacksMandatoryHeader(SIPMessage message) {
    return message.getViaHeaders() == null
        || message.getFrom() == null
        || message.getTo() == null
        || message.getCallId() == null
        || message.getCSeq() == null;
  }

  private static String begin(byte[] head) {
    return "a message that begins with " + Excerpt.firstLine(head, head.length);
  }

  /** A message that cannot be taken costs itself only; a request gets an answer. */
  @Override
  public void refused(byte[] head, String status, String why) {
    String detail = begin(head) + ": " + why;
    processor.warnings().warn("{} sent {}", this, detail);
    handler.messageRefused(detail);
    ByteBuffer answer = BadRequestAnswer.to(head, status);
    if (answer != null) {
      try {
        connection.write(answer);
      } catch (IOException e) {
        LOG.debug("{} is gone before its {}", this, status, e);
      }
    }
  }

  /** Gives the application an answer that the peer did not send, as it was not reached. */
  void deliverOwn(SIPResponse response) throws Exception {
    super.processMessage(response);
  }

  @Override
  public void processMessage(SIPMessage message) throws Exception {
    if (message instanceof SIPResponse) {
      connection.responseReceived();
    }
    if (message instanceof SIPRequest && Aliases.asksFor(message.getTopmostVia())) {
      processor.learnAlias(message.getTopmostVia(), this);
    }
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
    processor
        .warnings()
        .warn(
            "A header field from {} does not parse and is passed on as unrecognized: {}",
            this,
            Excerpt.of(headerText));
    sipMessage.addUnparsed(headerText);
  }

  // --- messages out ---------------------------------------------------------------------------

  @Override
  public void sendMessage(SIPMessage message) throws IOException {
    if (message.isNullRequest()) {
      // A heartbeat that the application sends through the RI, as with the RI's own transports.
      heartbeatUnsent = !connection.isOpen();
      connection.writeKeepAlive();
      return;
    }
    ClearText.refuse(message, processor);
    ManagedMessageChannel successor = successorFor(message);
    if (successor != null) {
      successor.sendMessage(message);
      return;
    }
    send(message, () -> super.sendMessage(message));
  }

  @Override
  public void sendMessage(SIPMessage message, Hop hop) throws IOException {
    // The RI would look up a name of the hop once more, and perhaps find another address.
    InetSocketAddress peer = connection.remoteAddress();
    ManagedMessageChannel successor = successorFor(message);
    if (successor != null) {
      successor.sendMessage(message, hop);
      return;
    }
    Hop own = new HopImpl(peer.getAddress().getHostAddress(), peer.getPort(), getTransport());
    send(message, () -> super.sendMessage(message, own));
  }

  @Override
  public void sendMessage(SIPMessage message, InetAddress receiver, int receiverPort)
      throws IOException {
    ClearText.refuse(message, processor);
    ManagedMessageChannel successor = successorFor(message);
    SIPClientTransaction repeating = RepeatedRequest.transactionOf(message);
    if (successor != null) {
      if (repeating == null) {
        successor.sendMessage(message, receiver, receiverPort);
      } else {
        // It was written on a connection that is lost, so once more on the one in its place.
        repeating.setEncapsulatedChannel(successor);
        successor.write(message, receiver, receiverPort);
      }
      return;
    }
    if (repeating != null) {
      LOG.debug("{}: a request is not written again after its provisional response", this);
      return;
    }
    write(message, receiver, receiverPort);
  }

  private void write(SIPMessage message, InetAddress receiver, int receiverPort)
      throws IOException {
    send(message, () -> super.sendMessage(message, receiver, receiverPort));
  }

  /** What encodes and writes a message. */
  private interface Sending {
    void run() throws IOException;
  }

  /**
   * Sends, and waits for the connection only where the RI promises to throw: for a request, on a
   * thread of the application, unless NIO_BLOCKING_MODE promises an answer instead. All else waits
   * with the connection itself; if that does not open, the application is told as of any other late
   * failure, by {@code processIOException}.
   */
  private void send(SIPMessage message, Sending sending) throws IOException {
    boolean request = message instanceof SIPRequest;
    boolean answers = request && processor.answersWhatIsNotSent();
    if (!connection.isOpen() && request && !answers && !processor.isOwnThread()) {
      connection.awaitOpen();
    }
    toBeSent(message);
    try {
      sending.run();
    } catch (ConnectFailedException e) {
      if (!answers) {
        throw e;
      }
      processor.lost(message, this, e);
      return;
    }
    if (!connection.isOpen()) {
      connection.whenLost(cause -> processor.lost(message, this, cause));
    }
    handler.messageSent(message);
  }

  private void toBeSent(SIPMessage message) throws IOException {
    if (policy != null && message instanceof SIPRequest) {
      policy.ask();
    }
    handler.messageToSend(message);
  }

  /**
   * Where a message goes whose connection has ended since the stack chose it: a request to the peer
   * that this side had connected to, a response to where the request says it came from (RFC 3261
   * section 18.2.2). Null while the connection is there, and where there is no way back.
   */
  private @Nullable ManagedMessageChannel successorFor(SIPMessage message) throws IOException {
    if (!connection.isClosed()) {
      return null;
    }
    if (message instanceof SIPResponse response) {
      ViaHeader via = response.getTopmostVia();
      return via == null || !processor.mayDialClients()
          ? null
          : processor.channelTo(
              connection.remoteAddress().getAddress(), processor.portOf(via.getPort()), null);
    }
    return connection.side() == ManagedConnection.Side.CLIENT
        ? processor.channelTo(
            connection.remoteAddress().getAddress(),
            connection.remoteAddress().getPort(),
            connection.peerName())
        : null;
  }

  @Override
  protected void sendMessage(byte[] message, boolean isClient) throws IOException {
    connection.write(ByteBuffer.wrap(message));
  }

  @Override
  public void sendMessage(byte[] message, InetAddress receiver, int receiverPort, boolean retry)
      throws IOException {
    // The RI names the peer of this very channel; the connection is what counts.
    connection.write(ByteBuffer.wrap(message));
  }

  /** The RI calls this for CRLFs that it sees itself; here only the framer sees them. */
  @Override
  public void sendSingleCLRF() throws IOException {
    connection.write(ByteBuffer.wrap(CRLF));
  }

  /** Keeps it no longer than a policy needs it: with it, its messages would stay. */
  @Override
  public void setEncapsulatedClientTransaction(SIPClientTransaction transaction) {
    if (policy != null) {
      policy.concerns(transaction);
    }
  }

  // --- TLS, as the RI asks for it -------------------------------------------------------------

  /** Null where TLS does not stand. */
  @Override
  public @Nullable HandshakeCompletedListenerImpl getHandshakeCompletedListener() {
    TlsContexts tls = processor.tls();
    if (tls == null) {
      throw new UnsupportedOperationException("Not a TLS channel");
    }
    SSLSession session = connection.tlsSessionOnceSecured();
    return session == null ? null : new HandshakeOutcome(this, tls.unconnectedSocket(), session);
  }

  /** Keeps nothing: what the listener knows is known to the connection. */
  @Override
  public void setHandshakeCompletedListener(HandshakeCompletedListener listener) {}

  boolean answersWhatIsNotSent() {
    return processor.answersWhatIsNotSent();
  }

  /** Takes a channel out again that was only looked for. */
  void discardUnused() {
    connection.closeUnused("it was only looked for");
  }

  @Override
  public String getTransport() {
    return processor.getTransport();
  }

  @Override
  public boolean isSecure() {
    return processor.isSecure();
  }

  /** The RI's own compares sockets, and there is none that it knows. */
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  @Override
  public String toString() {
    return connection.toString();
  }
}
