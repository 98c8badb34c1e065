package net.conmgmt.sip.internal.transport;

import gov.nist.core.HostPort;
import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.TlsSecurityPolicy;
import gov.nist.javax.sip.header.Via;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.stack.ConnectionOrientedMessageChannel;
import gov.nist.javax.sip.stack.DefaultTlsSecurityPolicy;
import gov.nist.javax.sip.stack.MessageChannel;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import gov.nist.javax.sip.stack.TLSMessageProcessor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.config.HostNames;
import net.conmgmt.sip.internal.config.Role;
import net.conmgmt.sip.internal.connection.CertificateExpiry;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.keepalive.KeepAliveListener;
import net.conmgmt.sip.internal.time.Failures;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.time.WallClock;
import net.conmgmt.sip.internal.tls.ExpiryWatch;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A TCP or TLS listening point: accepts connections and makes those that the stack opens.
 * Connections are found by the address and port of their peer, one each. Thread-safe.
 *
 * <p>The RI gives an application the certificates and the local address of a TLS connection only
 * where processor and channel are its own TLS classes. Beside that these add nothing that is not
 * overridden, so that TCP, which shares all else, is of the same class.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // the tables are safe by themselves
public final class ManagedMessageProcessor extends TLSMessageProcessor
    implements SocketIo.Acceptor, ConnectionContext {

  private static final Logger LOG = LogManager.getLogger(ManagedMessageProcessor.class);

  /** Where all clients come back at once, as many as systems allow wait for their turn there. */
  private static final int BACKLOG = 4096;

  private static final String BLOCKING_MODE = "gov.nist.javax.sip.NIO_BLOCKING_MODE";
  static final String STOPS = "the stack stops";

  private final InetSocketAddress listeningPoint;
  private final StackTransport hub;
  private final @Nullable TlsContexts tls;
  private final Aliases aliases;
  private final boolean answersWhatIsNotSent;
  private final PeerChannels channels;
  private volatile @Nullable SocketIo io;
  private volatile @Nullable ServerSocketChannel server;
  private volatile @Nullable ExpiryWatch expiryWatch;

  public ManagedMessageProcessor(
      InetAddress ipAddress,
      int port,
      SIPTransactionStack sipStack,
      StackTransport hub,
      @Nullable TlsContexts tls) {
    // With a scope id the RI would send it, in Via and Call-ID above all.
    super(LinkLocal.withoutScope(ipAddress), sipStack, port);
    transport = tls == null ? "TCP" : "TLS";
    listeningPoint = new InetSocketAddress(ipAddress, port);
    this.hub = hub;
    answersWhatIsNotSent = "NONBLOCKING".equals(hub.scope().stackProperty(BLOCKING_MODE));
    aliases = new Aliases(hub.limits().wildcardsAllowed());
    this.tls = tls;
    channels = new PeerChannels(this, hub, aliases, incomingMessageChannels, messageChannels);
  }

  @Override
  public String transport() {
    return getTransport();
  }

  @Override
  public InetSocketAddress listeningPoint() {
    return listeningPoint;
  }

  @Override
  public TransportLimits limits() {
    return hub.limits();
  }

  @Override
  public @Nullable TlsContexts tls() {
    return tls;
  }

  /** The question to ask of a server, or null where there is none. */
  @Nullable TlsPolicyCheck policyCheck(SocketConnection connection) {
    TlsSecurityPolicy policy = ((SipStackImpl) getSIPStack()).getTlsSecurityPolicy();
    return tls == null || policy instanceof DefaultTlsSecurityPolicy
        ? null
        : new TlsPolicyCheck(policy, connection);
  }

  /** What bounds the messages of a connection that wait for the listener. */
  ListenerBacklog backlog(ListenerBacklog.Owner owner) {
    SipStackImpl stack = (SipStackImpl) getSIPStack();
    ListenerBacklog.Ends ends =
        hub.scope().get(ListenerBacklog.Ends.class, s -> new ListenerBacklog.Ends(stack));
    return new ListenerBacklog(ends, owner);
  }

  @Override
  public RecentFailures recentFailures() {
    return hub.recentFailures();
  }

  @Override
  public MemoryBudget memory() {
    return hub.memory();
  }

  @Override
  public Scheduler scheduler() {
    return hub.scheduler();
  }

  @Override
  public ConnectionHandler.Factory handlers() {
    return KeepAliveListener.of(hub.scope());
  }

  @Override
  public PeerWarnings warnings() {
    return hub.warnings();
  }

  @Override
  public SocketIo io() throws IOException {
    SocketIo running = io;
    if (running == null) {
      throw new IOException("The listening point " + this + " is stopped");
    }
    return running;
  }

  /**
   * Whether the calling thread serves all connections or many, so that it must not wait for one.
   */
  boolean isOwnThread() {
    SocketIo running = io;
    return (running != null && running.isOwnThread()) || hub.isOwnThread();
  }

  /** Whether a request that cannot be sent is answered with 503 instead of failing the call. */
  boolean answersWhatIsNotSent() {
    // Not from the RI's field, which the fork of Jitsi does not have.
    return answersWhatIsNotSent;
  }

  /** A message waited for a connection that did not open. */
  void lost(SIPMessage message, ManagedMessageChannel channel, IOException cause) {
    LostMessages.tell(message, channel, cause, hub.workers());
  }

  /** Whether the listening point was stopped, or has not started. */
  boolean isStopped() {
    return io == null;
  }

  /** Whether the stack still takes messages. */
  boolean stackRuns() {
    return hub.isStarted();
  }

  @Override
  public void start() throws IOException {
    ServerSocketChannel channel = null;
    try {
      channel = hub.sockets().bind(listeningPoint, BACKLOG);
      LocalAddresses.install(getSIPStack(), hub);
      OutboundProxyName.toAscii(getSIPStack());
      SocketIo running = hub.start(this);
      io = running;
      server = channel;
      isRunning = true;
      running.listen(channel, this);
    } catch (IOException e) {
      undoStart(channel);
      throw new IOException("Cannot listen on " + this + ": " + e.getMessage(), e);
    } catch (RuntimeException | Error e) {
      // The application's rule cannot be made, for instance.
      undoStart(channel);
      throw e;
    }
    if (tls != null) {
      hub.scope().put(CertificateExpiry.class, tls);
      ExpiryWatch watch =
          new ExpiryWatch(this, tls::firstToExpire, hub.scheduler(), WallClock.system());
      expiryWatch = watch;
      watch.look();
      for (String fault : tls.ownFaults()) {
        LOG.warn("{}: peers will refuse a certificate of this side: {}", this, fault);
      }
    }
    if (tls != null && hub.scope().properties().role() == Role.CLIENT) {
      for (String subject : tls.notShownToServers()) {
        LOG.warn(
            "{}: the certificate {} is for servers only (extended key usage), so it is not shown to"
                + " a proxy that asks for one. Issue it with the usage clientAuth, or leave it out",
            this,
            subject);
      }
    }
    if (tls != null && !tls.isAbleToAccept()) {
      LOG.info(
          "{} has no certificate of its own: it can open TLS connections but not accept any. To"
              + " accept, set net.conmgmt.sip.TLS_CERTIFICATE_FILE or javax.net.ssl.keyStore",
          this);
    }
  }

  private void undoStart(@Nullable ServerSocketChannel channel) throws IOException {
    if (channel != null) {
      channel.close();
    }
    FailedStart.undo(this);
  }

  @Override
  public void stop() {
    isRunning = false;
    stopAccepting();
    io = null;
    ExpiryWatch watch = expiryWatch;
    if (watch != null) {
      watch.stop();
    }
    closeAll(incomingMessageChannels.values());
    closeAll(messageChannels.values());
    hub.stop(this);
  }

  /** Closes the listening socket. */
  void stopAccepting() {
    ServerSocketChannel listening = server;
    SocketIo running = io;
    if (listening == null || running == null) {
      return;
    }
    try {
      running.stopListening(listening);
    } catch (IOException e) {
      LOG.warn("Closing the listening socket of {} failed", this, e);
    }
  }

  private static void closeAll(Collection<ConnectionOrientedMessageChannel> channels) {
    for (ConnectionOrientedMessageChannel channel : List.copyOf(channels)) {
      connectionOf(channel).close(CloseReason.SHUTDOWN, STOPS);
    }
  }

  @Override
  public void accepted(SocketChannel socket) {
    InetSocketAddress peer = null;
    try {
      socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
      peer = onItsLink((InetSocketAddress) socket.getRemoteAddress());
      String refusal = hub.quota().take(peer.getAddress());
      if (refusal == null) {
        take(socket, peer);
      } else {
        socket.close();
        hub.refused(this, peer, refusal);
      }
    } catch (IOException e) {
      // The peer went away before it was taken in; that must not end accepting.
      LOG.debug("{}: an accepted connection of {} was gone at once", this, peer, e);
      close(socket, peer);
    } catch (RuntimeException | Error e) {
      close(socket, peer);
      Failures.log(LOG, this, e);
    }
  }

  private InetSocketAddress onItsLink(InetSocketAddress peer) {
    InetAddress address = LinkLocal.onItsLink(peer.getAddress(), listeningPoint.getAddress());
    return new InetSocketAddress(address, peer.getPort());
  }

  private void take(SocketChannel socket, InetSocketAddress peer) throws IOException {
    ManagedMessageChannel channel;
    try {
      String key = MessageChannel.getKey(peer.getAddress(), peer.getPort(), getTransport());
      channel = new ManagedMessageChannel(this, key, Side.PROXY, peer, null);
    } catch (IOException | RuntimeException | Error e) {
      hub.quota().release(peer.getAddress());
      throw e;
    }
    try {
      // Not where the opened ones are: a peer may connect from the port that it listens on.
      ConnectionOrientedMessageChannel former =
          incomingMessageChannels.put(channel.getKey(), channel);
      if (former != null) {
        connectionOf(former)
            .close(CloseReason.IO_ERROR, "its peer opened a new connection from the same port");
      }
      channel.connection().begin(socket);
    } catch (RuntimeException | Error e) {
      channel.connection().failed(Failures.asIoException(e));
      throw e;
    }
  }

  private void close(SocketChannel socket, @Nullable InetSocketAddress peer) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("{}: closing the socket of {} failed", this, peer, e);
    }
  }

  @Override
  public boolean shakesHands() {
    return tls != null;
  }

  @Override
  public void acceptFailed(IOException cause) {
    LOG.error(
        "Accepting a connection on {} failed; the next attempt follows in {} s. Most likely the process"
            + " has no file descriptor left: raise the limit of open files",
        this,
        TimeUnit.NANOSECONDS.toSeconds(SocketIo.ACCEPT_PAUSE_NANOS),
        cause);
  }

  @Override
  public MessageChannel createMessageChannel(HostPort targetHostPort) throws IOException {
    String host = targetHostPort.getHost().getHostname();
    int port = portOf(targetHostPort.getPort());
    // The RI marks all hosts of hops as names.
    return HostNames.isAddress(host)
        ? channels.toAddress(host, targetHostPort.getInetAddress(), port)
        : channels.toName(host, port);
  }

  /** For the ACK to a 2xx, of which the RI looks up the next hop by itself. */
  @Override
  public MessageChannel createMessageChannel(InetAddress targetHost, int givenPort)
      throws IOException {
    return channels.toLookedUp(targetHost, portOf(givenPort));
  }

  /** Whether a response whose connection has ended may open another one. */
  boolean mayDialClients() {
    return hub.pastClients().mayBeDialled();
  }

  /** The port of a header or hop, or the default one where it names none. */
  int portOf(int port) {
    return port > 0 ? port : getDefaultTargetPort();
  }

  CompletableFuture<ManagedConnection> connect(ConnectionTarget target) {
    return channels.connect(target);
  }

  /** The channel to that peer; it connects when something is sent. */
  ManagedMessageChannel channelTo(InetAddress host, int port, @Nullable String peerName)
      throws IOException {
    return channels.to(host, port, peerName);
  }

  private static SocketConnection connectionOf(ConnectionOrientedMessageChannel channel) {
    return ((ManagedMessageChannel) channel).connection();
  }

  /** Takes a closed channel out; a newer one to the same peer stays. */
  void forget(ManagedMessageChannel channel) {
    if (channel.connection().side() == Side.CLIENT) {
      messageChannels.remove(channel.getKey(), channel);
    } else {
      InetSocketAddress client = channel.connection().remoteAddress();
      // Before it is out of the table: nobody may take the address for that of a server meanwhile.
      hub.pastClients().add(client);
      incomingMessageChannels.remove(channel.getKey(), channel);
      aliases.forget(channel);
      // Last, as it counts each call, and a failure of those before has all repeated.
      hub.quota().release(client.getAddress());
    }
  }

  /** A peer asks to be reached under the address in its Via. Over TCP nobody can prove his name. */
  void learnAlias(Via via, ManagedMessageChannel channel) {
    SSLSession session = channel.connection().tlsSession().orElse(null);
    if (session != null && channel.connection().side() == Side.PROXY) {
      aliases.learn(via, portOf(via.getPort()), session, channel);
    }
  }

  /** The RI's own looks for TCP whatever the transport. */
  @Override
  public boolean setKeepAliveTimeout(String peerAddress, int peerPort, long timeoutMillis) {
    ConnectionOrientedMessageChannel channel = existingChannel(peerAddress, peerPort);
    if (channel != null) {
      channel.setKeepAliveTimeout(timeoutMillis);
    }
    return channel != null;
  }

  /** The RI's own looks for TCP whatever the transport. */
  @Override
  public boolean closeReliableConnection(String peerAddress, int peerPort) {
    ConnectionOrientedMessageChannel channel = existingChannel(peerAddress, peerPort);
    if (channel != null) {
      connectionOf(channel).close(CloseReason.LOCAL, "the application closed it");
    }
    return channel != null;
  }

  private @Nullable ConnectionOrientedMessageChannel existingChannel(String address, int port) {
    validatePortInRange(port);
    String key;
    try {
      InetAddress peer =
          LinkLocal.onItsLink(InetAddress.getByName(address), listeningPoint.getAddress());
      key = MessageChannel.getKey(peer, port, getTransport());
    } catch (UnknownHostException e) {
      LOG.debug("{}: there is no connection to {}, which has no address", this, address, e);
      return null;
    }
    ConnectionOrientedMessageChannel accepted = incomingMessageChannels.get(key);
    return accepted == null ? messageChannels.get(key) : accepted;
  }

  @Override
  public int getDefaultTargetPort() {
    return isSecure() ? 5061 : 5060;
  }

  @Override
  public boolean isSecure() {
    return tls != null;
  }

  @Override
  public String toString() {
    return ConnectionText.of(getIpAddress().getHostAddress(), getPort()) + "/" + getTransport();
  }
}
