package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.stack.ConnectionOrientedMessageChannel;
import gov.nist.javax.sip.stack.MessageChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.config.HostNames;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.RequestConnects;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Finds the channel to a peer among those of a listening point, or makes it: by the address, the
 * name or both that a request, a discovery or the RI knows. Connections are found by the address
 * and port of their peer, one each; over TLS a further name at an address has one of its own.
 * Thread-safe.
 */
final class PeerChannels {

  private static final Logger LOG = LogManager.getLogger(PeerChannels.class);

  private final ManagedMessageProcessor processor;
  private final StackTransport hub;
  private final Aliases aliases;
  private final Map<String, ConnectionOrientedMessageChannel> accepted;
  private final Map<String, ConnectionOrientedMessageChannel> opened;
  private final PeerNames peerNames = new PeerNames();

  /** Where a name that was not discovered was connected last. */
  private final PeerNames lastConnected = new PeerNames();

  /**
   * Knows no peer yet.
   *
   * @param accepted the channels that peers opened, by their key
   * @param opened those that this side opens
   */
  PeerChannels(
      ManagedMessageProcessor processor,
      StackTransport hub,
      Aliases aliases,
      Map<String, ConnectionOrientedMessageChannel> accepted,
      Map<String, ConnectionOrientedMessageChannel> opened) {
    this.processor = processor;
    this.hub = hub;
    this.aliases = aliases;
    this.accepted = accepted;
    this.opened = opened;
  }

  /** The channel to a peer that is known by its address only, which is written so. */
  ManagedMessageChannel toAddress(String written, InetAddress address, int port)
      throws IOException {
    ManagedMessageChannel reached = aliases.find(written, port);
    return reached == null ? to(address, port, null) : reached;
  }

  /** The channel to a peer that is known by its name, which may have been discovered. */
  ManagedMessageChannel toName(String written, int port) throws IOException {
    String host = asciiOf(written);
    ManagedMessageChannel reached = aliases.find(host, port);
    if (reached != null) {
      return reached;
    }
    InetSocketAddress discovered = peerNames.addressOf(host, port);
    return discovered == null
        ? toUndiscovered(host, port)
        : to(discovered.getAddress(), port, host);
  }

  /** The RI hands on a name as the application wrote it; DNS and TLS know its A-labels only. */
  private static String asciiOf(String host) throws UnknownHostException {
    try {
      return HostNames.toAscii(host);
    } catch (IllegalArgumentException e) {
      throw new UnknownHostException(e.getMessage());
    }
  }

  /** The channel to a peer whose name, if any, was looked up by somebody else. */
  ManagedMessageChannel toLookedUp(InetAddress targetHost, int port) throws IOException {
    String host = PeerNames.nameIn(targetHost);
    if (host == null) {
      return toAddress(targetHost.getHostAddress(), targetHost, port);
    }
    ManagedMessageChannel reached = aliases.find(host, port);
    if (reached != null) {
      return reached;
    }
    InetSocketAddress discovered = peerNames.addressOf(host, port);
    InetSocketAddress known = discovered == null ? lastConnected.addressOf(host, port) : discovered;
    return to(known == null ? targetHost : known.getAddress(), port, host);
  }

  /**
   * The channel to a name that was not discovered: the connection that there is, whatever DNS says
   * now, else the first of its addresses that can be connected. On a thread that must not wait it
   * is the first that did not fail just now.
   */
  private ManagedMessageChannel toUndiscovered(String name, int port) throws IOException {
    InetSocketAddress last = lastConnected.addressOf(name, port);
    ManagedMessageChannel used = last == null ? null : usedTo(last.getAddress(), port, name);
    if (used != null) {
      return used;
    }
    List<InetAddress> addresses = List.of(hub.lookup().addressesOf(name));
    for (InetAddress address : addresses) {
      ManagedMessageChannel channel = to(address, port, name);
      if (addresses.size() == 1 || isConnected(channel)) {
        lastConnected.put(new InetSocketAddress(address, port), name);
        return channel;
      }
    }
    // What is sent on it says why.
    return to(addresses.get(0), port, name);
  }

  /** Waits for the connection, on a thread that may; a refusal by TLS is no reason to go on. */
  private boolean isConnected(ManagedMessageChannel channel) throws IOException {
    if (processor.isOwnThread()) {
      return processor.recentFailures().reasonAgainst(channel.connection().remoteAddress()) == null;
    }
    try {
      channel.connection().attempt().awaitOpen();
      return true;
    } catch (IOException e) {
      if (e instanceof ConnectFailedException || e.getCause() instanceof ConnectFailedException) {
        LOG.debug("{}: {} is passed over", processor, channel, e);
        return false;
      }
      throw e;
    }
  }

  /** The channel to that address under that name, if it is connected or connects. */
  private @Nullable ManagedMessageChannel usedTo(InetAddress address, int port, String name) {
    String key = MessageChannel.getKey(onItsLink(address), port, processor.getTransport());
    for (String each : List.of(key, keyOf(key, name))) {
      if (isInUse(opened.get(each))
          && opened.get(each) instanceof ManagedMessageChannel channel
          && (!processor.isSecure() || name.equalsIgnoreCase(channel.peerName()))) {
        return channel;
      }
    }
    return null;
  }

  private InetAddress onItsLink(InetAddress address) {
    return LinkLocal.onItsLink(address, processor.listeningPoint().getAddress());
  }

  private static String keyOf(String key, String name) {
    return key + '#' + HostNames.comparable(name);
  }

  CompletableFuture<ManagedConnection> connect(ConnectionTarget target) {
    InetSocketAddress address = target.address();
    if (target.peerName() != null) {
      peerNames.put(address, target.peerName());
    }
    try {
      return to(address.getAddress(), address.getPort(), target.peerName(), true)
          .connection()
          .attempt()
          .connect();
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /**
   * The channel to that peer; it connects when something is sent, or on purpose. Over TLS a further
   * name at an address is a connection of its own, with its own SNI and its own certificate.
   */
  ManagedMessageChannel to(InetAddress host, int port, @Nullable String peerName)
      throws IOException {
    return to(host, port, peerName, false);
  }

  private ManagedMessageChannel to(
      InetAddress given, int port, @Nullable String peerName, boolean onPurpose)
      throws IOException {
    InetAddress host = onItsLink(given);
    String key = MessageChannel.getKey(host, port, processor.getTransport());
    ManagedMessageChannel channel = channel(key, host, port, peerName, onPurpose);
    if (!processor.isSecure()
        || peerName == null
        || peerName.equalsIgnoreCase(channel.peerName())) {
      return channel;
    }
    return channel(keyOf(key, peerName), host, port, peerName, onPurpose);
  }

  private ManagedMessageChannel channel(
      String key, InetAddress host, int port, @Nullable String peerName, boolean onPurpose)
      throws IOException {
    ManagedMessageChannel accepted = (ManagedMessageChannel) this.accepted.get(key);
    if (accepted != null && !accepted.connection().isClosed() && !isInUse(opened.get(key))) {
      return accepted;
    }
    ManagedMessageChannel channel;
    try {
      // One that has just closed is still in the table for a moment.
      channel =
          (ManagedMessageChannel)
              opened.compute(
                  key,
                  (k, present) ->
                      present == null || connectionOf(present).isClosed()
                          ? newChannel(k, host, port, peerName, onPurpose)
                          : present);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (processor.isStopped()) {
      // The stop may have looked through the table before the channel was in it.
      channel.connection().close(CloseReason.SHUTDOWN, ManagedMessageProcessor.STOPS);
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
      String refusal = rule == null ? null : rule.refusal(peer, processor.getTransport());
      if (refusal != null) {
        throw new IOException(refusal);
      }
      String name = peerName != null ? peerName : peerNames.nameAt(peer);
      ManagedMessageChannel channel =
          new ManagedMessageChannel(processor, key, Side.CLIENT, peer, name);
      channel.connection().attempt().closeIfUnused();
      return channel;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SocketConnection connectionOf(ConnectionOrientedMessageChannel channel) {
    return ((ManagedMessageChannel) channel).connection();
  }
}
