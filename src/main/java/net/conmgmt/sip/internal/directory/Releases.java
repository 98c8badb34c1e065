package net.conmgmt.sip.internal.directory;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import net.conmgmt.sip.Endpoint;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Removes the entries of endpoints that have left this proxy. A release that the store has not
 * confirmed is kept until it can be asked again, unless the endpoint comes back. Thread-safe.
 */
final class Releases {

  private static final Logger LOG = LogManager.getLogger(Releases.class);

  /** No more releases are kept: a new incarnation of the node ends all its entries instead. */
  private static final int MAX_KEPT = 10_000;

  /**
   * Releases that were kept.
   *
   * @param complete whether that is all of them
   */
  record Kept(Map<Endpoint, String> flows, boolean complete) {}

  private final DirectoryStore store;
  private final String node;
  private final NodeLease lease;
  private final Predicate<Endpoint> isHeld;

  // Guarded by this.
  private final Map<Endpoint, String> kept = new LinkedHashMap<>();
  private boolean overflown;
  private boolean closed;

  /**
   * The releases of one node.
   *
   * @param isHeld whether this node holds the endpoint again
   */
  Releases(DirectoryStore store, String node, NodeLease lease, Predicate<Endpoint> isHeld) {
    this.store = store;
    this.node = node;
    this.lease = lease;
    this.isHeld = isHeld;
  }

  /** Removes the entry now, or as soon as the store can be asked. */
  void send(Endpoint endpoint, String flow) {
    if (!lease.isReady()) {
      keep(endpoint, flow);
      return;
    }
    CompletableFuture<?> unused =
        store
            .release(endpoint, node, flow, 0)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    LOG.debug("The release of {} was not answered", endpoint, failure);
                    keep(endpoint, flow);
                  }
                });
  }

  /** Sends it when the store can be asked again. */
  synchronized void keep(Endpoint endpoint, String flow) {
    // An endpoint that has come back replaces its entry by its new claim.
    if (!closed && !isHeld.test(endpoint)) {
      overflown |= kept.size() >= MAX_KEPT;
      if (!overflown) {
        kept.put(endpoint, flow);
      }
    }
  }

  /** The endpoint has come back. */
  synchronized void cancel(Endpoint endpoint) {
    kept.remove(endpoint);
  }

  /**
   * Takes out those that are kept.
   *
   * @param newIncarnation whether all entries of this node have ended anyway
   */
  synchronized Kept take(boolean newIncarnation) {
    boolean needed = !newIncarnation && !overflown;
    Kept taken =
        new Kept(needed ? new LinkedHashMap<>(kept) : Map.of(), newIncarnation || !overflown);
    kept.clear();
    overflown = false;
    return taken;
  }

  synchronized int size() {
    return kept.size();
  }

  synchronized void close() {
    closed = true;
    kept.clear();
  }
}
