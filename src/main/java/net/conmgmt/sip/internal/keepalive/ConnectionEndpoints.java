package net.conmgmt.sip.internal.keepalive;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.connection.EndpointTable;
import net.conmgmt.sip.internal.connection.TransportConnection;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one connection, in step with the stack's table. Once released it enters nothing
 * any more, so that a success told late leaves nothing behind. Thread-safe.
 */
final class ConnectionEndpoints {

  /**
   * @param isNew whether the endpoint had not authenticated on this connection before
   * @param older the connection that is displaced, or null
   */
  record Authentication(boolean isNew, @Nullable TransportConnection older) {}

  private final TransportConnection connection;
  private final EndpointTable table;

  // Guarded by this.
  // Immutable as long as there is one at most, as on nearly all connections; then a HashSet.
  private Set<Endpoint> endpoints = Set.of();
  private boolean authenticated;
  private boolean released;

  private volatile @Nullable Endpoint latest;

  ConnectionEndpoints(TransportConnection connection, EndpointTable table) {
    this.connection = connection;
    this.table = table;
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

  /** The endpoint took back its registration; if it has authenticated here, it stays known. */
  synchronized void disassociate(Endpoint endpoint) {
    if (endpoints.contains(endpoint) && !table.unbind(connection, endpoint)) {
      if (endpoints.size() == 1) {
        endpoints = Set.of();
      } else {
        endpoints.remove(endpoint);
      }
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
    }
    endpoints = Set.of();
    return gone;
  }

  private void keep(Endpoint endpoint) {
    if (endpoints.contains(endpoint)) {
      return;
    }
    if (endpoints.isEmpty()) {
      endpoints = Set.of(endpoint);
      return;
    }
    if (endpoints.size() == 1) {
      endpoints = new HashSet<>(endpoints);
    }
    endpoints.add(endpoint);
  }
}
