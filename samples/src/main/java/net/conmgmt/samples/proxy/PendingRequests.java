package net.conmgmt.samples.proxy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sip.ClientTransaction;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.sip.ManagedConnection;

/** Requests that were forwarded and have no final response yet. Thread-safe. */
final class PendingRequests {

  private record Waiting(Flow flow, ClientTransaction transaction) {}

  private final Map<String, Waiting> byBranch = new HashMap<>();

  /** A request is about to be sent on a flow. */
  synchronized void add(Flow flow, ClientTransaction transaction) {
    byBranch.put(transaction.getBranchId(), new Waiting(flow, transaction));
  }

  /** A request is answered; whether that is the first answer. */
  synchronized boolean remove(ClientTransaction transaction) {
    return byBranch.remove(transaction.getBranchId()) != null;
  }

  /** What waits on a connection. */
  synchronized List<ClientTransaction> on(ManagedConnection connection) {
    return byBranch.values().stream()
        .filter(waiting -> waiting.flow().isOn(connection))
        .map(Waiting::transaction)
        .toList();
  }
}
