package net.conmgmt.sip.internal.directory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.EndpointDirectory;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints that one proxy holds, at most one claim for each, and the queue of those that have
 * still to be sent to the store. Pure state: it sends nothing. Thread-safe.
 */
final class LocalClaims {

  /** No more claims than this wait for an answer at a time; the others stay in the queue. */
  private static final int MAX_IN_FLIGHT = 512;

  /** No more claims of endpoints that have left again are kept in the queue. */
  private static final int MAX_DEPARTED = 10_000;

  private static final Comparator<Endpoint> BY_USER =
      Comparator.comparing(Endpoint::addressOfRecord)
          .thenComparing(Endpoint::instance)
          .thenComparing(Endpoint::regId);

  /** What the directory has to hear when an endpoint leaves. */
  enum Departure {
    /** It was not held on that flow. */
    NOT_HELD,
    /** Nothing now: a claim is on its way or waits, and what follows depends on its answer. */
    PENDING,
    /** Its entry has to be removed. */
    ENTERED
  }

  /** An answer was taken in. */
  record Settled(
      LocalClaim.Next next, @Nullable CompletableFuture<EndpointDirectory.Claimed> caller) {}

  private final String node;
  private final NodeLease lease;

  // Guarded by this.
  private final NavigableMap<Endpoint, LocalClaim> held = new TreeMap<>(BY_USER);
  private final Set<LocalClaim> queue = new LinkedHashSet<>();
  private int inFlight;
  private int departed;
  private boolean closed;

  LocalClaims(String node, NodeLease lease) {
    this.node = node;
    this.lease = lease;
  }

  /**
   * The claim of an endpoint on that flow: the one that is there, or a new one from now on. Null
   * where that has just been lost: what its connection still says does not bring it back.
   */
  synchronized @Nullable LocalClaim hold(
      Endpoint endpoint,
      String flow,
      String contact,
      boolean authenticated,
      long expiresNanos,
      long nowNanos,
      @Nullable CompletableFuture<EndpointDirectory.Claimed> caller) {
    LocalClaim claim = held.get(endpoint);
    if (claim == null || !claim.flow.equals(flow)) {
      queue.remove(claim);
      claim = new LocalClaim(endpoint, flow, nowNanos);
      held.put(endpoint, claim);
    }
    if (claim.lost) {
      return null;
    }
    claim.refresh(contact, authenticated, expiresNanos);
    if (caller != null) {
      CompletableFuture<EndpointDirectory.Claimed> earlier = claim.caller;
      if (earlier != null) {
        CompletableFuture<?> unused = caller.thenAccept(earlier::complete);
      }
      claim.caller = caller;
    }
    return claim;
  }

  /** The endpoint has left that flow. */
  synchronized Departure leave(Endpoint endpoint, String flow) {
    LocalClaim claim = held.get(endpoint);
    if (claim == null || !claim.flow.equals(flow)) {
      return Departure.NOT_HELD;
    }
    held.remove(endpoint);
    if (claim.inFlight || claim.lost) {
      return Departure.PENDING;
    }
    if (!claim.isGranted() && queue.contains(claim) && departed < MAX_DEPARTED) {
      // The proxy that had it before has to hear that it had come here.
      departed++;
      claim.departed = true;
      return Departure.PENDING;
    }
    queue.remove(claim);
    return claim.isGranted() ? Departure.ENTERED : Departure.PENDING;
  }

  synchronized boolean isHeld(Endpoint endpoint) {
    return held.containsKey(endpoint);
  }

  /** The request to send now; null where there is none, or where the claim has to wait. */
  synchronized DirectoryStore.@Nullable Claim request(LocalClaim claim, long nowNanos) {
    if (closed || !isWanted(claim)) {
      return null;
    }
    if (claim.inFlight) {
      claim.changed = true;
      return null;
    }
    if (!lease.isReady() || inFlight >= MAX_IN_FLIGHT) {
      enqueue(claim);
      return null;
    }
    queue.remove(claim);
    inFlight++;
    return claim.request(node, lease, nowNanos);
  }

  private boolean isWanted(LocalClaim claim) {
    return claim.departed || (held.get(claim.endpoint) == claim && !claim.lost);
  }

  private void enqueue(LocalClaim claim) {
    claim.delayed = true;
    if (!closed) {
      queue.add(claim);
    }
  }

  /** Everything that is held has to be sent again. */
  synchronized void enqueueAll() {
    for (LocalClaim claim : held.values()) {
      if (claim.inFlight) {
        claim.changed = true;
      } else if (!claim.lost) {
        enqueue(claim);
      }
    }
  }

  synchronized boolean isAnyQueued() {
    return !queue.isEmpty();
  }

  /** Takes claims out of the queue, at most so many, and no more than may be in flight. */
  synchronized List<LocalClaim> dequeue(long most) {
    List<LocalClaim> taken = new ArrayList<>();
    Iterator<LocalClaim> next = queue.iterator();
    while (taken.size() < most && inFlight + taken.size() < MAX_IN_FLIGHT && next.hasNext()) {
      taken.add(next.next());
      next.remove();
    }
    return taken;
  }

  /** The store has not answered: the claim waits again. False where its endpoint has left. */
  synchronized boolean unanswered(LocalClaim claim) {
    inFlight--;
    claim.inFlight = false;
    if (!isWanted(claim)) {
      return false;
    }
    enqueue(claim);
    return true;
  }

  /** The store has answered. */
  synchronized Settled answered(
      LocalClaim claim, DirectoryStore.Claim request, DirectoryStore.Answer answer) {
    CompletableFuture<EndpointDirectory.Claimed> caller = claim.caller;
    claim.caller = null;
    inFlight--;
    claim.inFlight = false;
    departed -= claim.departed ? 1 : 0;
    claim.departed = false;
    if (held.get(claim.endpoint) == claim) {
      return new Settled(claim.answered(request, answer, lease), caller);
    }
    boolean entered = answer.verdict() == DirectoryStore.Verdict.GRANTED;
    return new Settled(entered ? LocalClaim.Next.RELEASE : LocalClaim.Next.NOTHING, caller);
  }

  /** Another proxy is said to hold the endpoint; the claim that is lost by that, if any. */
  synchronized @Nullable LocalClaim lostTo(String otherNode, Endpoint endpoint, long epoch) {
    LocalClaim claim = held.get(endpoint);
    return claim != null && !otherNode.equals(node) && claim.isLostTo(otherNode, epoch)
        ? claim
        : null;
  }

  /** A claim is lost; its entry as it was, or null where it had gone already. */
  synchronized @Nullable DirectoryEntry lose(LocalClaim claim, long nowNanos) {
    if (claim.lost || held.get(claim.endpoint) != claim) {
      return null;
    }
    claim.lost = true;
    queue.remove(claim);
    return claim.entry(node, nowNanos);
  }

  /** The connection of a claim that is lost has been told. */
  synchronized void forget(LocalClaim claim) {
    held.remove(claim.endpoint, claim);
  }

  /** The entries of a user that this proxy holds. */
  synchronized List<DirectoryEntry> of(String addressOfRecord, long nowNanos) {
    return held
        .subMap(
            new Endpoint(addressOfRecord, ""), true,
            new Endpoint(addressOfRecord, "\uffff"), true)
        .values()
        .stream()
        .filter(claim -> !claim.lost)
        .map(claim -> claim.entry(node, nowNanos))
        .toList();
  }

  synchronized int size() {
    return held.size();
  }

  /** How many are queued or in flight. */
  synchronized int behind() {
    return queue.size() + inFlight;
  }

  synchronized void close() {
    closed = true;
    queue.clear();
  }
}
