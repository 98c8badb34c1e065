package net.conmgmt.sip.internal.connection;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.conmgmt.sip.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Which connection belongs to which endpoint (3.5.5). An endpoint has an owner, the connection on
 * which it registered last, and at most one connection on which it has authenticated. Only
 * authenticating displaces a connection.
 *
 * <p>Thread-safe; each operation is atomic and O(1).
 */
public final class EndpointTable {

  private record Entry(
      @Nullable TransportConnection owner, @Nullable TransportConnection authenticated) {}

  private final Map<Endpoint, Entry> entries = new ConcurrentHashMap<>();

  /** The endpoint registered on this connection without having authenticated there. */
  public void associate(TransportConnection connection, Endpoint endpoint) {
    entries.merge(
        endpoint,
        new Entry(connection, null),
        (old, fresh) -> new Entry(connection, old.authenticated()));
  }

  /**
   * The endpoint authenticated on this connection, which becomes its owner too.
   *
   * @return the older connection on which the same endpoint had authenticated, now to be closed, or
   *     null. When several connections authenticate at once, each but the last is returned once.
   */
  public @Nullable TransportConnection authenticate(
      TransportConnection connection, Endpoint endpoint) {
    Entry old = entries.put(endpoint, new Entry(connection, connection));
    return old == null || old.authenticated() == connection ? null : old.authenticated();
  }

  /**
   * The endpoint took back its registration on this connection; that it has authenticated there
   * stays.
   *
   * @return whether it has
   */
  public boolean unbind(TransportConnection connection, Endpoint endpoint) {
    Entry rest =
        entries.computeIfPresent(
            endpoint,
            (key, old) ->
                old.owner() != connection
                    ? old
                    : old.authenticated() == null ? null : new Entry(null, old.authenticated()));
    return rest != null && rest.authenticated() == connection;
  }

  /**
   * The endpoint has nothing to do with this connection any more. What a newer connection has
   * entered stays.
   *
   * @return whether this connection was the owner, so that the endpoint is gone
   */
  public boolean release(TransportConnection connection, Endpoint endpoint) {
    boolean[] wasOwner = new boolean[1];
    entries.computeIfPresent(
        endpoint,
        (key, old) -> {
          wasOwner[0] = old.owner() == connection;
          Entry rest =
              new Entry(
                  wasOwner[0] ? null : old.owner(),
                  old.authenticated() == connection ? null : old.authenticated());
          return rest.owner() == null && rest.authenticated() == null ? null : rest;
        });
    return wasOwner[0];
  }

  /** The connection on which the endpoint has authenticated, or null. */
  public @Nullable TransportConnection authenticatedConnection(Endpoint endpoint) {
    Entry entry = entries.get(endpoint);
    return entry == null ? null : entry.authenticated();
  }

  /** The connection on which the endpoint registered last, or null. */
  public @Nullable TransportConnection owner(Endpoint endpoint) {
    Entry entry = entries.get(endpoint);
    return entry == null ? null : entry.owner();
  }

  /** How many endpoints are known. */
  public int size() {
    return entries.size();
  }
}
