package net.conmgmt.sip.internal.connection;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import net.conmgmt.sip.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Maps each endpoint to its connections ([MS-CONMGMT] 3.5.5). An endpoint has an owner, which is
 * the connection on which it registered last, and at most one connection on which it has
 * authenticated. Only an authentication displaces a connection.
 *
 * <p>Thread-safe; each operation is atomic and takes the time that the user's devices take.
 */
public final class EndpointTable {

  /**
   * What is known of an endpoint.
   *
   * @param owner the connection on which it registered last
   * @param authenticated the connection on which it has authenticated
   */
  public record Entry(
      Endpoint endpoint,
      @Nullable TransportConnection owner,
      @Nullable TransportConnection authenticated) {

    private boolean isEmpty() {
      return owner == null && authenticated == null;
    }

    /** In plain code, for the reason that {@link Endpoint} gives. */
    private boolean hasSameConnections(Entry other) {
      return owner == other.owner && authenticated == other.authenticated;
    }
  }

  // By address-of-record. Nearly every user has one device.
  private final Map<String, List<Entry>> entries = new ConcurrentHashMap<>();

  /** Replaces the endpoint's entry, in one step; gives the former one. */
  private Entry change(Endpoint endpoint, UnaryOperator<Entry> step) {
    Entry[] former = {new Entry(endpoint, null, null)};
    entries.compute(
        endpoint.addressOfRecord(),
        (user, devices) -> {
          List<Entry> old = devices == null ? List.of() : devices;
          Entry known = find(old, endpoint);
          former[0] = known == null ? new Entry(endpoint, null, null) : known;
          Entry next = step.apply(former[0]);
          if (next.hasSameConnections(former[0])) {
            return devices;
          }
          List<Entry> rest = new ArrayList<>(old);
          rest.removeIf(entry -> entry.endpoint().equals(endpoint));
          if (!next.isEmpty()) {
            rest.add(next);
          }
          return rest.isEmpty() ? null : List.copyOf(rest);
        });
    return former[0];
  }

  private static @Nullable Entry find(List<Entry> devices, Endpoint endpoint) {
    for (Entry entry : devices) {
      if (entry.endpoint().equals(endpoint)) {
        return entry;
      }
    }
    return null;
  }

  private @Nullable Entry entry(Endpoint endpoint) {
    return find(devices(endpoint.addressOfRecord()), endpoint);
  }

  /** The devices of a user that are known. */
  public List<Entry> devices(String addressOfRecord) {
    return entries.getOrDefault(addressOfRecord, List.of());
  }

  /** The endpoint registered on this connection without having authenticated there. */
  public void associate(TransportConnection connection, Endpoint endpoint) {
    change(endpoint, old -> new Entry(endpoint, connection, old.authenticated()));
  }

  /**
   * The endpoint authenticated on this connection, which becomes its owner too.
   *
   * @return the older connection on which the same endpoint had authenticated, now to be closed, or
   *     null. When several connections authenticate at once, each but the last is returned once.
   */
  public @Nullable TransportConnection authenticate(
      TransportConnection connection, Endpoint endpoint) {
    Entry old = change(endpoint, former -> new Entry(endpoint, connection, connection));
    return old.authenticated() == connection ? null : old.authenticated();
  }

  /**
   * The endpoint took back its registration on this connection; that it has authenticated there
   * stays.
   *
   * @return whether it has
   */
  public boolean unbind(TransportConnection connection, Endpoint endpoint) {
    Entry old =
        change(
            endpoint,
            former ->
                former.owner() == connection
                    ? new Entry(endpoint, null, former.authenticated())
                    : former);
    return old.authenticated() == connection;
  }

  /**
   * The endpoint has nothing to do with this connection any more. What a newer connection has
   * entered stays.
   *
   * @return whether this connection was the owner, so that the endpoint is gone
   */
  public boolean release(TransportConnection connection, Endpoint endpoint) {
    Entry old =
        change(
            endpoint,
            former ->
                new Entry(
                    endpoint,
                    former.owner() == connection ? null : former.owner(),
                    former.authenticated() == connection ? null : former.authenticated()));
    return old.owner() == connection;
  }

  /** The connection on which the endpoint has authenticated, or null. */
  public @Nullable TransportConnection authenticatedConnection(Endpoint endpoint) {
    Entry entry = entry(endpoint);
    return entry == null ? null : entry.authenticated();
  }

  /** The connection on which the endpoint registered last, or null. */
  public @Nullable TransportConnection owner(Endpoint endpoint) {
    Entry entry = entry(endpoint);
    return entry == null ? null : entry.owner();
  }

  /** How many endpoints are known; counts them. */
  public int size() {
    return entries.values().stream().mapToInt(List::size).sum();
  }
}
