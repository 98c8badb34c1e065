package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
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
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.connection.ConnectionChannel;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A connection as the RI sees it: hands what arrives to {@link IncomingMessages}, has {@link
 * OutgoingMessages} send what the RI sends, and answers what the RI asks about a channel.
 * Thread-safe.
 *
 * <p>Over TCP, too, it is one of the RI's TLS channels: see {@link ManagedMessageProcessor}.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // the connection keeps writes in order
final class ManagedMessageChannel extends TLSMessageChannel
    implements ConnectionChannel, ConnectionUser, ListenerBacklog.Owner {

  private static final Logger LOG = LogManager.getLogger(ManagedMessageChannel.class);
  private static final byte[] CRLF = {'\r', '\n'};
  private static final long NOT_KEPT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final ManagedMessageProcessor processor;
  private final SocketConnection connection;
  private final ConnectionHandler handler;
  private final IncomingMessages incoming;
  private final OutgoingMessages outgoing;

  /**
   * The RI watches for the answer to a heartbeat before it sends it. Without a connection no answer
   * will come, and that is what the application waits to hear.
   */
  private volatile boolean heartbeatUnsent;

  private final ListenerBacklog backlog;

  /**
   * The channel of a connection that a peer opened, or that this stack opens as soon as it is
   * needed.
   *
   * @param key its key in the processor's table
   * @param side which of the two
   * @param peerName the name under which the peer was looked up, or null
   * @throws IOException when the listening point is stopped
   */
  ManagedMessageChannel(
      ManagedMessageProcessor processor,
      String key,
      Side side,
      InetSocketAddress peer,
      @Nullable String peerName)
      throws IOException {
    super(peer.getAddress(), peer.getPort(), processor.getSIPStack(), processor);
    this.processor = processor;
    connection =
        side == Side.PROXY
            ? SocketConnection.accepted(processor, this, peer)
            : SocketConnection.to(processor, this, peer, peerName);
    handler = connection.handler();
    backlog = processor.backlog(this);
    incoming = new IncomingMessages(processor, this);
    outgoing = new OutgoingMessages(processor, this);
    describe(key, peer);
  }

  @Override
  public void backlogChanged() {
    connection.holdIf(backlog::isFull);
  }

  /** Sets what the RI's own code reads of a channel. */
  private void describe(String ownKey, InetSocketAddress peer) {
    messageProcessor = processor;
    peerAddress = LinkLocal.withoutScope(peer.getAddress());
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
    incoming.message(head, body);
  }

  @Override
  public void refused(byte[] head, String status, String why) {
    incoming.refused(head, status, why);
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
    backlog.passed();
  }

  @Override
  @SuppressWarnings("rawtypes") // as the RI declares it
  public void handleException(
      ParseException ex,
      SIPMessage sipMessage,
      Class headerClass,
      String headerText,
      String messageText)
      throws ParseException {
    incoming.headerFailed(ex, sipMessage, headerClass, headerText);
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
    ManagedMessageChannel successor = outgoing.successorFor(message);
    if (successor != null) {
      successor.sendMessage(message);
      return;
    }
    outgoing.send(message, () -> super.sendMessage(message));
  }

  @Override
  public void sendMessage(SIPMessage message, Hop hop) throws IOException {
    // The RI would look up a name of the hop once more, and perhaps find another address.
    InetSocketAddress peer = connection.remoteAddress();
    ManagedMessageChannel successor = outgoing.successorFor(message);
    if (successor != null) {
      successor.sendMessage(message, hop);
      return;
    }
    Hop own = new HopImpl(peerAddress.getHostAddress(), peer.getPort(), getTransport());
    outgoing.send(message, () -> super.sendMessage(message, own));
  }

  @Override
  public void sendMessage(SIPMessage message, InetAddress receiver, int receiverPort)
      throws IOException {
    ClearText.refuse(message, processor);
    ManagedMessageChannel successor = outgoing.successorFor(message);
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
    outgoing.send(message, () -> super.sendMessage(message, receiver, receiverPort));
  }

  @Override
  protected void sendMessage(byte[] message, boolean isClient) throws IOException {
    outgoing.write(message);
  }

  @Override
  public void sendMessage(byte[] message, InetAddress receiver, int receiverPort, boolean retry)
      throws IOException {
    // The RI names the peer of this very channel; the connection is what counts.
    outgoing.write(message);
  }

  /** The RI calls this for CRLFs that it sees itself; here only the framer sees them. */
  @Override
  public void sendSingleCLRF() throws IOException {
    connection.write(ByteBuffer.wrap(CRLF));
  }

  /** The RI's own never lets go of it, nor of its messages. */
  @Override
  public void setEncapsulatedClientTransaction(SIPClientTransaction transaction) {
    outgoing.concerns(transaction);
  }

  // --- TLS, as the RI asks for it -------------------------------------------------------------

  /** Null where TLS does not stand. */
  @Override
  public @Nullable HandshakeCompletedListenerImpl getHandshakeCompletedListener() {
    TlsContexts tls = processor.tls();
    if (tls == null) {
      throw new UnsupportedOperationException("Not a TLS channel");
    }
    SSLSession session = connection.attempt().awaitTlsSession();
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
