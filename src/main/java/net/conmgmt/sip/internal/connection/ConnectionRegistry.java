package net.conmgmt.sip.internal.connection;

import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.StackScope;
import org.jspecify.annotations.Nullable;

/**
 * The open connections of one stack, and the listeners of that stack. Thread-safe; every operation
 * is O(1) but {@link #all()}.
 */
public final class ConnectionRegistry {

  /** An endpoint of TCP may have a connection to each listening point. */
  private record Peer(
      InetSocketAddress address, String transport, InetSocketAddress listeningPoint) {

    // In plain code, as in Endpoint.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Peer that
          && address.equals(that.address)
          && transport.equals(that.transport)
          && listeningPoint.equals(that.listeningPoint);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * address.hashCode() + transport.hashCode()) + listeningPoint.hashCode();
    }
  }

  // Some may have closed just now, with messages to be processed still.
  private final Set<ManagedConnection> open = ConcurrentHashMap.newKeySet();
  private final Map<Peer, ManagedConnection> byPeer = new ConcurrentHashMap<>();
  private final ListenerList<ConnectionManagementListener> listeners = new ListenerList<>();

  /** The registry of a stack; always the same object. */
  public static ConnectionRegistry of(StackScope scope) {
    return scope.get(ConnectionRegistry.class, s -> new ConnectionRegistry());
  }

  /** The listeners of the stack, which are told of its connections and discoveries. */
  public ListenerList<ConnectionManagementListener> listeners() {
    return listeners;
  }

  /** Enters an established connection. */
  public void add(ManagedConnection connection) {
    open.add(connection);
    byPeer.put(peerOf(connection), connection);
  }

  /** Takes out a connection; a newer one with the same peer stays. */
  public void remove(ManagedConnection connection) {
    open.remove(connection);
    byPeer.remove(peerOf(connection), connection);
  }

  /** A snapshot of the open connections. */
  public Collection<ManagedConnection> all() {
    return open.stream().filter(ManagedConnection::isOpen).toList();
  }

  /**
   * The open connection of a listening point with that peer, or null. Where several names at one
   * address have a TLS connection each, the one that was made last.
   */
  public @Nullable ManagedConnection find(
      InetSocketAddress listeningPoint, InetSocketAddress peer, String transport) {
    return byPeer.get(new Peer(peer, transport, listeningPoint));
  }

  private static Peer peerOf(ManagedConnection connection) {
    return new Peer(
        connection.remoteAddress(), connection.transport(), connection.listeningPoint());
  }
}
