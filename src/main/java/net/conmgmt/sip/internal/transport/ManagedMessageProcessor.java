package net.conmgmt.sip.internal.transport;

import gov.nist.core.Host;
import gov.nist.core.HostPort;
import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.TlsSecurityPolicy;
import gov.nist.javax.sip.header.Via;
import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.stack.ConnectionOrientedMessageChannel;
import gov.nist.javax.sip.stack.DefaultTlsSecurityPolicy;
import gov.nist.javax.sip.stack.MessageChannel;
import gov.nist.javax.sip.stack.NIOMode;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import gov.nist.javax.sip.stack.TLSMessageProcessor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import javax.sip.ObjectInUseException;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.HostNames;
import net.conmgmt.sip.internal.config.Role;
import net.conmgmt.sip.internal.connection.CertificateExpiry;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.internal.connection.RequestConnects;
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

  private static final String STOPS = "the stack stops";

  private final InetSocketAddress listeningPoint;
  private final StackTransport hub;
  private final @Nullable TlsContexts tls;
  private final PeerNames peerNames = new PeerNames();

  /** Where a name that was not discovered was connected last. */
  private final PeerNames lastConnected = new PeerNames();

  private final Aliases aliases;
  private volatile @Nullable SocketIo io;
  private volatile @Nullable ServerSocketChannel server;
  private volatile @Nullable ExpiryWatch expiryWatch;

  public ManagedMessageProcessor(
      InetAddress ipAddress,
      int port,
      SIPTransactionStack sipStack,
      StackTransport hub,
      @Nullable TlsContexts tls) {
    super(ipAddress, sipStack, port);
    transport = tls == null ? "TCP" : "TLS";
    listeningPoint = new InetSocketAddress(ipAddress, port);
    this.hub = hub;
    aliases = new Aliases(hub.limits().wildcardsAllowed());
    this.tls = tls;
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
  ListenerBacklog backlog(Runnable changed) {
    SipStackImpl stack = (SipStackImpl) getSIPStack();
    ListenerBacklog.Ends ends =
        hub.scope().get(ListenerBacklog.Ends.class, s -> new ListenerBacklog.Ends(stack));
    return new ListenerBacklog(stack, ends, changed);
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
    return getSIPStack().nioMode == NIOMode.NONBLOCKING;
  }

  /** A message waited for a connection that did not open. */
  void lost(SIPMessage message, ManagedMessageChannel channel, IOException cause) {
    LostMessages.tell(message, channel, cause, hub.workers());
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
      SocketIo running = hub.start(this);
      io = running;
      server = channel;
      isRunning = true;
      running.listen(channel, this);
    } catch (IOException e) {
      if (channel != null) {
        channel.close();
      }
      stop();
      leaveStack();
      throw new IOException("Cannot listen on " + this + ": " + e.getMessage(), e);
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
          "{} has no certificate of its own: it can connect, not accept. A proxy sets"
              + " net.conmgmt.sip.TLS_CERTIFICATE_FILE or javax.net.ssl.keyStore",
          this);
    }
  }

  /** The stack has entered it before its start, and would give it to the next who asks for it. */
  private void leaveStack() {
    try {
      ((SipStackImpl) getSIPStack()).deleteListeningPoint(getListeningPoint());
    } catch (ObjectInUseException e) {
      LOG.warn("{} did not start, and the stack keeps it all the same", this, e);
    }
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
      peer = (InetSocketAddress) socket.getRemoteAddress();
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

  private void take(SocketChannel socket, InetSocketAddress peer) throws IOException {
    ManagedMessageChannel channel;
    try {
      String key = MessageChannel.getKey(peer.getAddress(), peer.getPort(), getTransport());
      channel = new ManagedMessageChannel(this, key, peer);
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
        "Accepting on {} failed; the next try is in {} s. Raise the limit of open files?",
        this,
        TimeUnit.NANOSECONDS.toSeconds(SocketIo.ACCEPT_PAUSE_NANOS),
        cause);
  }

  @Override
  public MessageChannel createMessageChannel(HostPort targetHostPort) throws IOException {
    String host = targetHostPort.getHost().getHostname();
    int port = portOf(targetHostPort.getPort());
    ManagedMessageChannel reached = aliases.find(host, port);
    if (reached != null) {
      return reached;
    }
    // The RI marks all hosts of hops as names.
    if (HostNames.isAddress(host)) {
      return channelTo(targetHostPort.getInetAddress(), port, null);
    }
    InetSocketAddress discovered = peerNames.addressOf(host, port);
    return discovered == null
        ? channelTo(host, port)
        : channelTo(discovered.getAddress(), port, host);
  }

  /**
   * The channel to a name that was not discovered: the connection that there is, whatever DNS says
   * now, else the first of its addresses that can be connected. On a thread that must not wait it
   * is the first that did not fail just now.
   */
  private ManagedMessageChannel channelTo(String name, int port) throws IOException {
    InetSocketAddress last = lastConnected.addressOf(name, port);
    ManagedMessageChannel used = last == null ? null : usedTo(last.getAddress(), port, name);
    if (used != null) {
      return used;
    }
    List<InetAddress> addresses = List.of(hub.lookup().addressesOf(name));
    for (InetAddress address : addresses) {
      ManagedMessageChannel channel = channelTo(address, port, name);
      if (addresses.size() == 1 || isConnected(channel)) {
        lastConnected.put(new InetSocketAddress(address, port), name);
        return channel;
      }
    }
    // What is sent on it says why.
    return channelTo(addresses.get(0), port, name);
  }

  /** Waits for the connection, on a thread that may; a refusal by TLS is no reason to go on. */
  private boolean isConnected(ManagedMessageChannel channel) throws IOException {
    if (isOwnThread()) {
      return recentFailures().reasonAgainst(channel.connection().remoteAddress()) == null;
    }
    try {
      channel.connection().awaitOpen();
      return true;
    } catch (IOException e) {
      if (e instanceof ConnectFailedException || e.getCause() instanceof ConnectFailedException) {
        LOG.debug("{}: {} is passed over", this, channel, e);
        return false;
      }
      throw e;
    }
  }

  /** The channel to that address under that name, if it is connected or connects. */
  private @Nullable ManagedMessageChannel usedTo(InetAddress address, int port, String name) {
    String key = MessageChannel.getKey(address, port, getTransport());
    for (String each : List.of(key, keyOf(key, name))) {
      if (isInUse(messageChannels.get(each))
          && messageChannels.get(each) instanceof ManagedMessageChannel channel
          && (tls == null || name.equalsIgnoreCase(channel.peerName()))) {
        return channel;
      }
    }
    return null;
  }

  private static String keyOf(String key, String name) {
    return key + '#' + HostNames.comparable(name);
  }

  /** For the ACK to a 2xx, of which the RI looks up the next hop by itself. */
  @Override
  public MessageChannel createMessageChannel(InetAddress targetHost, int givenPort)
      throws IOException {
    int port = portOf(givenPort);
    String host = PeerNames.nameIn(targetHost);
    ManagedMessageChannel reached =
        aliases.find(host == null ? targetHost.getHostAddress() : host, port);
    if (reached != null) {
      return reached;
    }
    if (host == null) {
      return channelTo(targetHost, port, null);
    }
    InetSocketAddress discovered = peerNames.addressOf(host, port);
    InetSocketAddress known = discovered == null ? lastConnected.addressOf(host, port) : discovered;
    return channelTo(known == null ? targetHost : known.getAddress(), port, host);
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
    InetSocketAddress address = target.address();
    if (target.peerName() != null) {
      peerNames.put(address, target.peerName());
    }
    try {
      return channelTo(address.getAddress(), address.getPort(), target.peerName(), true)
          .connection()
          .connect();
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * The channel to that peer; it connects when something is sent, or on purpose. Over TLS a further
   * name at an address is a connection of its own, with its own SNI and its own certificate.
   */
  ManagedMessageChannel channelTo(InetAddress host, int port, @Nullable String peerName)
      throws IOException {
    return channelTo(host, port, peerName, false);
  }

  private ManagedMessageChannel channelTo(
      InetAddress host, int port, @Nullable String peerName, boolean onPurpose) throws IOException {
    String key = MessageChannel.getKey(host, port, getTransport());
    ManagedMessageChannel channel = channel(key, host, port, peerName, onPurpose);
    if (tls == null || peerName == null || peerName.equalsIgnoreCase(channel.peerName())) {
      return channel;
    }
    return channel(keyOf(key, peerName), host, port, peerName, onPurpose);
  }

  private ManagedMessageChannel channel(
      String key, InetAddress host, int port, @Nullable String peerName, boolean onPurpose)
      throws IOException {
    ManagedMessageChannel accepted = (ManagedMessageChannel) incomingMessageChannels.get(key);
    if (accepted != null
        && !accepted.connection().isClosed()
        && !isInUse(messageChannels.get(key))) {
      return accepted;
    }
    ManagedMessageChannel channel;
    try {
      // One that has just closed is still in the table for a moment.
      channel =
          (ManagedMessageChannel)
              messageChannels.compute(
                  key,
                  (k, present) ->
                      present == null || connectionOf(present).isClosed()
                          ? newChannel(k, host, port, peerName, onPurpose)
                          : present);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (io == null) {
      // The stop may have looked through the table before the channel was in it.
      channel.connection().close(CloseReason.SHUTDOWN, STOPS);
    }
    return channel;
  }

  private static boolean isInUse(@Nullable ConnectionOrientedMessageChannel channel) {
    return channel != null
        && !connectionOf(channel).isUnused()
        && !connectionOf(channel).isClosed();
  }

  private ManagedMessageChannel newChannel(
      String key, InetAddress host, int port, @Nullable String peerName, boolean onPurpose) {
    InetSocketAddress peer = new InetSocketAddress(host, port);
    try {
      hub.pastClients().refuse(peer);
      RequestConnects rule = onPurpose ? null : hub.scope().find(RequestConnects.class);
      String refusal = rule == null ? null : rule.refusal(peer, getTransport());
      if (refusal != null) {
        throw new IOException(refusal);
      }
      String name = peerName != null ? peerName : peerNames.nameAt(peer);
      ManagedMessageChannel channel = new ManagedMessageChannel(this, key, peer, name);
      channel.connection().closeIfUnused();
      return channel;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SocketConnection connectionOf(ConnectionOrientedMessageChannel channel) {
    return ((ManagedMessageChannel) channel).connection();
  }

  /** Takes a closed channel out; a newer one to the same peer stays. */
  void forget(ManagedMessageChannel channel) {
    if (channel.connection().side() == ManagedConnection.Side.CLIENT) {
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
    if (session != null && channel.connection().side() == ManagedConnection.Side.PROXY) {
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
    HostPort peer = new HostPort();
    peer.setHost(new Host(address));
    peer.setPort(port);
    String key = MessageChannel.getKey(peer, getTransport());
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
