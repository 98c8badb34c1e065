package net.conmgmt.sip.internal.directory;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;

/**
 * A node's way to a store of any kind, with a fault that is planted to see that the checker of
 * histories finds it. Thread-safe where the store is.
 */
public final class FaultyStore implements DirectoryStore {

  /** What is broken. */
  public enum Fault {
    /** Whoever says something last is entered, whatever its epoch. */
    NO_FENCE,
    /** A node counts for ever. */
    NO_LEASE,
    /** What was said once is never said again. */
    NO_RECONCILIATION
  }

  private final DirectoryStore store;
  private final Fault fault;

  private FaultyStore(DirectoryStore store, Fault fault) {
    this.store = store;
    this.fault = fault;
  }

  /** The store, with the faults; itself if there are none. */
  public static DirectoryStore of(DirectoryStore store, List<Fault> faults) {
    DirectoryStore faulty = store;
    for (Fault each : faults) {
      faulty = new FaultyStore(faulty, each);
    }
    return faulty;
  }

  @Override
  public void start(String node, Events events) {
    store.start(node, events);
  }

  @Override
  public CompletableFuture<Nodes> join(String node, long former, long leaseMicros) {
    return store.join(node, former, leaseMicros).thenApply(this::withoutEnd);
  }

  @Override
  public CompletableFuture<Nodes> renew(String node, long incarnation, long leaseMicros) {
    return store.renew(node, incarnation, leaseMicros).thenApply(this::withoutEnd);
  }

  private Nodes withoutEnd(Nodes nodes) {
    if (fault != Fault.NO_LEASE) {
      return nodes;
    }
    Map<String, Lease> leases = new HashMap<>(nodes.leases());
    leases.replaceAll((node, lease) -> new Lease(lease.incarnation(), Long.MAX_VALUE));
    return new Nodes(nodes.incarnation(), nodes.nowMicros(), nodes.takenOver(), leases);
  }

  @Override
  public CompletableFuture<Boolean> leave(String node, long incarnation) {
    return store.leave(node, incarnation);
  }

  @Override
  public CompletableFuture<Answer> claim(Claim claim) {
    if (fault == Fault.NO_RECONCILIATION && claim.own()) {
      return CompletableFuture.completedFuture(
          new Answer(Verdict.GRANTED, claim.stampMicros(), claim.stampMicros(), null));
    }
    return store.claim(fault == Fault.NO_FENCE ? withoutFence(claim) : claim);
  }

  private static Claim withoutFence(Claim claim) {
    return new Claim(
        claim.endpoint(),
        claim.node(),
        claim.incarnation(),
        claim.flow(),
        claim.authenticated(),
        claim.contact(),
        claim.lifetimeMicros(),
        false,
        claim.stampMicros(),
        Long.MAX_VALUE / 2,
        claim.over());
  }

  @Override
  public CompletableFuture<Boolean> release(
      Endpoint endpoint, String node, String flow, long epoch) {
    return store.release(endpoint, node, flow, epoch);
  }

  @Override
  public CompletableFuture<List<Held>> lookup(String addressOfRecord) {
    return store.lookup(addressOfRecord);
  }

  @Override
  public CompletableFuture<String> secret(String proposal) {
    return store.secret(proposal);
  }

  @Override
  public void reconnect(String why) {
    store.reconnect(why);
  }

  @Override
  public void close() {
    store.close();
  }
}
