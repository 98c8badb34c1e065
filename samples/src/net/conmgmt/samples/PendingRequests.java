package net.conmgmt.samples;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sip.ClientTransaction;
import net.conmgmt.sip.connection.ManagedConnection;

/**
 * Requests that were forwarded and have no final response yet, by the connection on which they
 * went; those to the next hop go on the connection that this proxy opens. Thread-safe.
 */
final class PendingRequests {

  private final Map<Optional<ManagedConnection>, Map<String, ClientTransaction>> all =
      new HashMap<>();

  /** A request is about to be sent on a flow. */
  synchronized void add(Flow flow, ClientTransaction transaction) {
    all.computeIfAbsent(key(flow), way -> new HashMap<>())
        .put(transaction.getBranchId(), transaction);
  }

  /** A request is answered; whether that is the first answer. */
  synchronized boolean remove(Flow flow, ClientTransaction transaction) {
    Map<String, ClientTransaction> there = all.get(key(flow));
    if (there == null || there.remove(transaction.getBranchId()) == null) {
      return false;
    }
    if (there.isEmpty()) {
      all.remove(key(flow));
    }
    return true;
  }

  /** What waits on a connection. */
  synchronized List<ClientTransaction> on(ManagedConnection connection) {
    Optional<ManagedConnection> key =
        connection.side() == ManagedConnection.Side.CLIENT
            ? Optional.empty()
            : Optional.of(connection);
    return List.copyOf(all.getOrDefault(key, Map.of()).values());
  }

  private static Optional<ManagedConnection> key(Flow flow) {
    return Optional.ofNullable(flow.connection());
  }
}
