package net.conmgmt.sip.internal.keepalive;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.connection.EndpointTable;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.internal.directory.StackDirectory;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one connection, in step with the stack's table and with the directory that it
 * shares with other proxies, if it does. Once released it enters nothing any more, so that a
 * success told late leaves nothing behind. Thread-safe.
 */
final class ConnectionEndpoints {

  /**
   * @param isNew whether the endpoint had not authenticated on this connection before
   * @param older the connection that is displaced, or null
   */
  record Authentication(boolean isNew, @Nullable TransportConnection older) {}

  private final TransportConnection connection;
  private final EndpointTable table;
  private final StackDirectory directory;

  // Guarded by this.
  // Immutable and small as long as there is one at most, as on nearly all connections; then a
  // HashSet.
  private Set<Endpoint> endpoints = Set.of();
  private boolean authenticated;
  private boolean released;

  private volatile @Nullable Endpoint latest;

  ConnectionEndpoints(
      TransportConnection connection, EndpointTable table, StackDirectory directory) {
    this.connection = connection;
    this.table = table;
    this.directory = directory;
  }

  /** Whether other proxies are told of them. */
  boolean areShared() {
    return directory.isShared();
  }

  /** Whether the endpoint registered here last. */
  boolean owns(Endpoint endpoint) {
    return table.owner(endpoint) == connection;
  }

  /** The one that registered here last, though it may have gone since; null if there was none. */
  @Nullable Endpoint latest() {
    return latest;
  }

  /** The endpoint registered here. */
  synchronized void associate(Endpoint endpoint) {
    if (!released) {
      latest = endpoint;
      keep(endpoint);
      table.associate(connection, endpoint);
    }
  }

  /** The endpoint authenticated here. */
  synchronized Authentication authenticate(Endpoint endpoint) {
    if (released) {
      return new Authentication(false, null);
    }
    boolean isNew = table.authenticatedConnection(endpoint) != connection;
    authenticated = true;
    keep(endpoint);
    return new Authentication(isNew, table.authenticate(connection, endpoint));
  }

  /** What the endpoint has here is told to the other proxies, again with each registration. */
  synchronized void share(Endpoint endpoint, String contact, int lifetimeSeconds) {
    // One that is closed, but whose end is not told yet, has lost what it had.
    if (!released && connection.isOpen() && endpoints.contains(endpoint)) {
      boolean here = table.authenticatedConnection(endpoint) == connection;
      if (here || table.owner(endpoint) == connection) {
        directory.held(connection, endpoint, contact, here, lifetimeSeconds);
      }
    }
  }

  /** Another proxy holds the endpoint now; whether it was still here. */
  synchronized boolean moved(Endpoint endpoint) {
    if (!endpoints.contains(endpoint)) {
      return false;
    }
    drop(endpoint);
    // In one step: the endpoint may come again on this connection, with a claim of its own.
    directory.left(connection, endpoint);
    return table.release(connection, endpoint);
  }

  /** The endpoint took back its registration; if it has authenticated here, it stays known. */
  synchronized void disassociate(Endpoint endpoint) {
    if (!endpoints.contains(endpoint)) {
      return;
    }
    if (table.unbind(connection, endpoint)) {
      directory.held(connection, endpoint, "", true, RegisterRequest.DEFAULT_EXPIRES_SECONDS);
    } else {
      drop(endpoint);
      directory.left(connection, endpoint);
    }
  }

  private void drop(Endpoint endpoint) {
    if (endpoints.size() == 1) {
      endpoints = Set.of();
    } else {
      endpoints.remove(endpoint);
    }
  }

  /** Those that registered or authenticated here and have not gone. */
  synchronized List<Endpoint> snapshot() {
    return List.copyOf(endpoints);
  }

  /** Whether any endpoint ever authenticated here. */
  synchronized boolean hasAuthenticated() {
    return authenticated;
  }

  /**
   * Takes all endpoints out, for good.
   *
   * @return those that no newer connection has taken over
   */
  synchronized List<Endpoint> releaseAll() {
    released = true;
    List<Endpoint> gone = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      if (table.release(connection, endpoint)) {
        gone.add(endpoint);
      }
      directory.left(connection, endpoint);
    }
    endpoints = Set.of();
    return gone;
  }

  private void keep(Endpoint endpoint) {
    if (endpoints.contains(endpoint)) {
      return;
    }
    if (endpoints.isEmpty()) {
      endpoints = Collections.singleton(endpoint);
      return;
    }
    if (endpoints.size() == 1) {
      endpoints = new HashSet<>(endpoints);
    }
    endpoints.add(endpoint);
  }
}
