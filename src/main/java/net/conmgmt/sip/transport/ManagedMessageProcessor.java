package net.conmgmt.sip.transport;

import gov.nist.core.HostPort;
import gov.nist.javax.sip.parser.MessageParser;
import gov.nist.javax.sip.stack.ConnectionOrientedMessageChannel;
import gov.nist.javax.sip.stack.ConnectionOrientedMessageProcessor;
import gov.nist.javax.sip.stack.MessageChannel;
import gov.nist.javax.sip.stack.SIPTransactionStack;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.connection.CloseReason;
import net.conmgmt.sip.connection.ConnectionHandler;
import net.conmgmt.sip.connection.ConnectionTarget;
import net.conmgmt.sip.connection.ManagedConnection;
import net.conmgmt.sip.keepalive.KeepAliveListener;
import net.conmgmt.sip.time.Scheduler;
import net.conmgmt.sip.time.SystemScheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A TCP or TLS listening point: accepts connections and makes those that the stack opens.
 * Connections are found by the address and port of their peer, one each. Thread-safe.
 */
final class ManagedMessageProcessor extends ConnectionOrientedMessageProcessor
    implements SelectorLoop.Ready, Surroundings {

  private static final Logger LOG = LogManager.getLogger(ManagedMessageProcessor.class);
  private static final int BACKLOG = 1024;
  private static final long ACCEPT_PAUSE_SECONDS = 1;

  private final TransportHub hub;
  private final @Nullable TlsContexts tls;
  private final MessageParser parser;
  private final PeerNames peerNames = new PeerNames();
  private volatile @Nullable SelectorLoop loop;
  private @Nullable ServerSocketChannel server;

  ManagedMessageProcessor(
      InetAddress ipAddress,
      int port,
      SIPTransactionStack sipStack,
      TransportHub hub,
      @Nullable TlsContexts tls) {
    super(ipAddress, port, tls == null ? "TCP" : "TLS", sipStack);
    this.hub = hub;
    this.tls = tls;
    // The parser holds no state between messages, so one serves all connections.
    parser = sipStack.getMessageParserFactory().createMessageParser(sipStack);
  }

  @Override
  public String transport() {
    return getTransport();
  }

  @Override
  public InetAddress bindAddress() {
    return getIpAddress();
  }

  @Override
  public TransportLimits limits() {
    return hub.limits();
  }

  @Override
  public @Nullable TlsContexts tls() {
    return tls;
  }

  MessageParser parser() {
    return parser;
  }

  @Override
  public Scheduler scheduler() {
    return hub.scope().get(Scheduler.class, s -> new SystemScheduler("conmgmt-timer"));
  }

  @Override
  public ConnectionHandler.Factory handlers() {
    return KeepAliveListener.of(hub.scope());
  }

  @Override
  public SelectorLoop loop() throws IOException {
    SelectorLoop running = loop;
    if (running == null) {
      throw new IOException("The listening point " + this + " is stopped");
    }
    return running;
  }

  @Override
  public void start() throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(new InetSocketAddress(getIpAddress(), getPort()), BACKLOG);
      SelectorLoop running = hub.start(this);
      loop = running;
      server = channel;
      isRunning = true;
      running.register(channel, SelectionKey.OP_ACCEPT, this);
    } catch (IOException e) {
      channel.close();
      stop();
      throw new IOException("Cannot listen on " + this + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void stop() {
    isRunning = false;
    try {
      if (server != null) {
        server.close();
      }
    } catch (IOException e) {
      LOG.warn("Closing the listening socket of {} failed", this, e);
    }
    for (ConnectionOrientedMessageChannel channel : List.copyOf(messageChannels.values())) {
      connectionOf(channel).close(CloseReason.SHUTDOWN, "the stack stops");
    }
    SelectorLoop running = loop;
    loop = null;
    if (running != null) {
      // The port is free only when the selector has seen that its socket is closed.
      running.wakeup();
    }
    hub.stop(this);
  }

  @Override
  public void ready(SelectionKey key, ByteBuffer readBuffer) {
    ServerSocketChannel channel = (ServerSocketChannel) key.channel();
    try {
      SocketChannel accepted = channel.accept();
      while (accepted != null) {
        take(accepted);
        accepted = channel.accept();
      }
    } catch (IOException e) {
      if (!channel.isOpen()) {
        return;
      }
      // Out of descriptors, most likely: without a pause the selector would spin.
      LOG.error(
          "Accepting on {} failed; the next try is in {} s. Raise the limit of open files?",
          this,
          ACCEPT_PAUSE_SECONDS,
          e);
      key.interestOps(0);
      scheduler().schedule(() -> resume(key), TimeUnit.SECONDS.toNanos(ACCEPT_PAUSE_SECONDS));
    }
  }

  private void resume(SelectionKey key) {
    SelectorLoop running = loop;
    if (key.isValid() && running != null) {
      key.interestOps(SelectionKey.OP_ACCEPT);
      running.wakeup();
    }
  }

  private void take(SocketChannel accepted) throws IOException {
    try {
      accepted.configureBlocking(false);
      accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
      ManagedMessageChannel channel = new ManagedMessageChannel(this, accepted);
      ConnectionOrientedMessageChannel former = messageChannels.put(channel.getKey(), channel);
      if (former != null) {
        connectionOf(former)
            .close(CloseReason.IO_ERROR, "its peer opened a new connection from the same port");
      }
      channel.connection().begin(loop());
    } catch (IOException e) {
      // The peer went away before it was taken in; that must not end accepting.
      LOG.debug("An accepted connection was gone at once", e);
      accepted.close();
    }
  }

  @Override
  public void broken(Throwable cause) {
    LOG.error("Accepting on {} goes on after a failure", this, cause);
  }

  @Override
  public MessageChannel createMessageChannel(HostPort targetHostPort) throws IOException {
    String host = targetHostPort.getHost().getHostname();
    String name = PeerNames.isAddress(host) ? null : host;
    return channelTo(targetHostPort.getInetAddress(), targetHostPort.getPort(), name);
  }

  @Override
  public MessageChannel createMessageChannel(InetAddress targetHost, int port) throws IOException {
    return channelTo(targetHost, port, null);
  }

  CompletableFuture<ManagedConnection> connect(ConnectionTarget target) {
    InetSocketAddress address = target.address();
    if (tls != null && target.peerName() != null) {
      peerNames.put(address, target.peerName());
    }
    SocketConnection socket =
        channelTo(address.getAddress(), address.getPort(), target.peerName()).connection();
    // The open connection may have been made for another name at the same address.
    return socket.connect().thenApply(connection -> socket.verifiedFor(target.peerName()));
  }

  /** The channel to that peer; it connects when something is sent, or on purpose. */
  private ManagedMessageChannel channelTo(InetAddress host, int port, @Nullable String peerName) {
    int peerPort = port > 0 ? port : getDefaultTargetPort();
    String key = MessageChannel.getKey(host, peerPort, getTransport());
    return (ManagedMessageChannel)
        messageChannels.computeIfAbsent(
            key,
            k -> {
              InetSocketAddress peer = new InetSocketAddress(host, peerPort);
              String name = peerName != null ? peerName : peerNames.get(peer);
              return new ManagedMessageChannel(this, peer, name);
            });
  }

  private static SocketConnection connectionOf(ConnectionOrientedMessageChannel channel) {
    return ((ManagedMessageChannel) channel).connection();
  }

  /** Takes a closed channel out; a newer one to the same peer stays. */
  void forget(ManagedMessageChannel channel) {
    messageChannels.remove(channel.getKey(), channel);
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
    return getIpAddress().getHostAddress() + ":" + getPort() + "/" + getTransport();
  }
}
