package net.conmgmt.samples.proxy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import net.conmgmt.samples.sip.Flow;
import net.conmgmt.sip.ManagedConnection;

/**
 * Contact addresses that were seen on the connections of clients, where the registrar is another
 * server and its requests name nothing else. A live connection is not displaced by a claim on
 * another one. Bounded; thread-safe.
 */
final class LearnedFlows {

  private static final int MAX_ENTRIES = 50_000;

  private final Map<String, Flow> flows =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Flow> eldest) {
          return size() > MAX_ENTRIES;
        }
      };

  /** Remembers a contact address, unless another live connection has it. */
  synchronized void learn(String contactKey, Flow flow) {
    Flow old = flows.get(contactKey);
    if (old == null || !old.isUsable() || old.connection() == null) {
      flows.put(contactKey, flow);
    }
  }

  /** Remembers a contact address that a registrar has accepted. */
  synchronized void accept(String contactKey, Flow flow) {
    flows.put(contactKey, flow);
  }

  /** A connection has ended, and with it what was learned from it. */
  synchronized void forget(ManagedConnection connection) {
    flows.values().removeIf(flow -> connection.equals(flow.connection()));
  }

  /** The live connection on which a contact address was seen. */
  synchronized Optional<Flow> find(String contactKey) {
    Flow flow = flows.get(contactKey);
    if (flow != null && !flow.isUsable()) {
      flows.remove(contactKey);
      return Optional.empty();
    }
    return Optional.ofNullable(flow);
  }
}
