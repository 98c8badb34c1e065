package net.conmgmt.sip.internal.directory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.DirectoryStatus;
import net.conmgmt.sip.directory.EndpointDirectory;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One proxy among several that share a directory: remembers what it holds, says it to the store,
 * and says it again after every pause. What the store refuses because a newer entry is there, and
 * what another node takes, is told as displaced.
 *
 * <p>Each endpoint has at most one claim here, in one of these states: to be said (queued), said
 * (in flight), granted (it has an epoch). A claim that was granted is said again with its epoch,
 * and so can never displace what came later; a claim that could not be said for a while carries the
 * time when the endpoint came. Nothing waits for the store. Thread-safe.
 */
public final class DirectoryNode implements DirectoryStore.Events, AutoCloseable {

  /** What becomes of endpoints that this node holds. None of the calls holds a lock. */
  public interface Effects {
    /** Another node holds it. */
    void displaced(DirectoryEntry lost, String newerNode);

    /** See {@link net.conmgmt.sip.directory.EndpointDirectory.Listener#leaseLost}. */
    default void leaseLost() {}

    /** See {@link net.conmgmt.sip.directory.EndpointDirectory.Listener#leaseGained}. */
    default void leaseGained() {}
  }

  private static final Logger LOG = LogManager.getLogger(DirectoryNode.class);

  /** So many claims wait for an answer at most; the others wait here. */
  private static final int MAX_IN_FLIGHT = 512;

  /** More releases than this are not remembered: a new incarnation ends all entries instead. */
  private static final int MAX_RELEASES = 10_000;

  /** How long an entry without registration stays unless it is said again. */
  private static final long UNBOUND_NANOS = TimeUnit.HOURS.toNanos(1);

  private static final long PUMP_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long PUMPS_PER_SECOND = 50;

  /** What is longer is left out of the directory; no phone has such a name. */
  private static final int MAX_TEXT = 1_024;

  private static final Comparator<Endpoint> BY_USER =
      Comparator.comparing(Endpoint::addressOfRecord)
          .thenComparing(Endpoint::instance)
          .thenComparing(Endpoint::regId);

  private final DirectoryStore store;
  private final Scheduler scheduler;
  private final DirectorySettings settings;
  private final Effects effects;
  private final NodeLease lease;

  // Guarded by this.
  private final NavigableMap<Endpoint, LocalClaim> claims = new TreeMap<>(BY_USER);
  private final Deque<LocalClaim> toSay = new ArrayDeque<>();
  private final Map<Endpoint, String> toRelease = new LinkedHashMap<>();
  private int inFlight;
  private int departed;
  private boolean pumping;
  private boolean releasesLost;
  private boolean closed;

  private final DirectoryCounts counts = new DirectoryCounts();
  private final Silence silence = new Silence();
  private final Lookups lookups;

  /** A node that has not started. */
  public DirectoryNode(
      DirectoryStore store, Scheduler scheduler, DirectorySettings settings, Effects effects) {
    this.store = store;
    this.scheduler = scheduler;
    this.settings = settings;
    this.effects = effects;
    lease =
        new NodeLease(
            store,
            scheduler,
            settings,
            new NodeLease.Effects() {
              @Override
              public void ready(boolean newIncarnation) {
                sayEverythingAgain(newIncarnation);
              }

              @Override
              public void answered() {
                silence.answered();
              }

              @Override
              public void lost() {
                effects.leaseLost();
              }

              @Override
              public void gained() {
                effects.leaseGained();
              }
            });
    lookups = new Lookups(store, scheduler, lease, silence, settings.node(), this::held);
  }

  /** Connects. */
  public void start() {
    lease.start();
    store.start(settings.node(), this);
  }

  /** The endpoint is on this flow of ours now. */
  public void claim(
      Endpoint endpoint, String flow, String contact, boolean authenticated, long lifetimeSeconds) {
    claim(endpoint, flow, contact, authenticated, lifetimeSeconds, null);
  }

  /** The same, and {@code told} hears what becomes of it. */
  void claim(
      Endpoint endpoint,
      String flow,
      String contact,
      boolean authenticated,
      long lifetimeSeconds,
      @Nullable CompletableFuture<EndpointDirectory.Claimed> told) {
    if (endpoint.addressOfRecord().length() > MAX_TEXT || endpoint.instance().length() > MAX_TEXT) {
      LOG.warn("An endpoint with a name of more than {} characters is not shared", MAX_TEXT);
      return;
    }
    String shared = contact.length() > MAX_TEXT ? "" : contact;
    LocalClaim claim;
    synchronized (this) {
      long now = scheduler.nanoTime();
      long expires = now + TimeUnit.SECONDS.toNanos(lifetimeSeconds);
      LocalClaim known = claims.get(endpoint);
      if (known != null && known.flow.equals(flow)) {
        claim = known;
        claim.contact = shared;
        claim.authenticated |= authenticated;
        claim.expiresNanos = expires;
      } else {
        claim = new LocalClaim(endpoint, flow, shared, authenticated, expires, now);
        claims.put(endpoint, claim);
      }
      toRelease.remove(endpoint);
      if (told != null) {
        // Whoever asked before waits no longer than his time-out.
        claim.told = told;
      }
    }
    say(claim);
  }

  /** The endpoint has left this flow of ours; whether it was there. */
  public boolean release(Endpoint endpoint, String flow) {
    synchronized (this) {
      LocalClaim claim = claims.get(endpoint);
      if (claim == null || !claim.flow.equals(flow)) {
        return false;
      }
      claims.remove(endpoint);
      if (claim.inFlight) {
        // Said when the answer is there.
        return true;
      }
      if (claim.epoch == 0) {
        departed(claim);
        return true;
      }
    }
    sayReleased(endpoint, flow);
    return true;
  }

  /** Whoever held the endpoint before has to hear that it had left for this node. */
  private void departed(LocalClaim claim) {
    if (claim.queued && departed < MAX_RELEASES) {
      departed++;
      claim.departed = true;
    }
  }

  private void sayReleased(Endpoint endpoint, String flow) {
    if (!lease.isReady()) {
      releaseLater(endpoint, flow);
      return;
    }
    CompletableFuture<?> unused =
        store
            .release(endpoint, settings.node(), flow, 0)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    LOG.debug("The release of {} was not answered", endpoint, failure);
                    releaseLater(endpoint, flow);
                  }
                });
  }

  private synchronized void releaseLater(Endpoint endpoint, String flow) {
    // What has come back meanwhile says so itself.
    if (!closed && !claims.containsKey(endpoint)) {
      releasesLost |= toRelease.size() >= MAX_RELEASES;
      if (!releasesLost) {
        toRelease.put(endpoint, flow);
      }
    }
  }

  /** Says it now if that is possible, or else as soon as it is. */
  private void say(LocalClaim claim) {
    boolean ready = lease.isReady();
    DirectoryStore.Claim words = null;
    synchronized (this) {
      if (closed || (claims.get(claim.endpoint) != claim && !claim.departed)) {
        return;
      }
      if (claim.inFlight) {
        claim.again = true;
      } else if (!ready || inFlight >= MAX_IN_FLIGHT) {
        queue(claim);
      } else {
        words = wordsOf(claim);
      }
    }
    if (words == null) {
      pump();
    } else {
      send(claim, words);
    }
  }

  private void queue(LocalClaim claim) {
    claim.late = true;
    if (!claim.queued) {
      claim.queued = true;
      toSay.add(claim);
    }
  }

  private DirectoryStore.Claim wordsOf(LocalClaim claim) {
    claim.inFlight = true;
    claim.again = false;
    inFlight++;
    boolean own = claim.epoch != 0;
    long leftNanos = claim.expiresNanos - scheduler.nanoTime();
    if (leftNanos <= 0) {
      // Its connection is still that of the endpoint, but nothing is bound to it any more.
      claim.contact = "";
      leftNanos = UNBOUND_NANOS;
    }
    return new DirectoryStore.Claim(
        claim.endpoint,
        settings.node(),
        lease.incarnation(),
        claim.flow,
        claim.authenticated,
        claim.contact,
        TimeUnit.NANOSECONDS.toMicros(leftNanos),
        own || claim.late,
        own ? claim.epoch : lease.micros(claim.sinceNanos),
        lease.doubtMicros(),
        claim.over);
  }

  private void send(LocalClaim claim, DirectoryStore.Claim words) {
    long sent = scheduler.nanoTime();
    silence.asked(sent);
    CompletableFuture<?> unused =
        store
            .claim(words)
            .whenComplete(
                (answer, failure) -> {
                  if (failure != null || answer == null) {
                    unanswered(claim, failure);
                  } else {
                    silence.answered();
                    lease.sample(answer.nowMicros(), sent);
                    answered(claim, words, answer, scheduler.nanoTime() - sent);
                  }
                });
  }

  private void unanswered(LocalClaim claim, @Nullable Throwable failure) {
    LOG.debug("The claim of {} was not answered", claim.endpoint, failure);
    boolean gone;
    synchronized (this) {
      inFlight--;
      claim.inFlight = false;
      gone = claims.get(claim.endpoint) != claim && !claim.departed;
      if (!gone) {
        queue(claim);
      }
    }
    if (gone) {
      releaseLater(claim.endpoint, claim.flow);
    }
    pump();
  }

  private void answered(
      LocalClaim claim, DirectoryStore.Claim words, DirectoryStore.Answer answer, long tookNanos) {
    boolean granted = answer.verdict() == DirectoryStore.Verdict.GRANTED;
    DirectoryStore.Held other = answer.other();
    boolean released;
    String newer = null;
    boolean again = false;
    CompletableFuture<EndpointDirectory.Claimed> told;
    synchronized (this) {
      told = claim.told;
      claim.told = null;
      inFlight--;
      claim.inFlight = false;
      departed -= claim.departed ? 1 : 0;
      claim.departed = false;
      released = claims.get(claim.endpoint) != claim;
      counts.answered(granted, tookNanos);
      if (!released) {
        switch (answer.verdict()) {
          case GRANTED -> {
            claim.epoch = answer.epoch();
            claim.over = 0;
            again = claim.again || words.incarnation() != lease.incarnation();
            if (claim.hintedEpoch > claim.epoch) {
              newer = String.valueOf(claim.hintedNode);
            }
          }
          case NEWER -> newer = other == null ? "" : other.node();
          case KEPT -> {
            // The holder is dead: its entry need not be kept.
            if (other != null && !lease.isLive(other) && claim.over != other.epoch()) {
              claim.over = other.epoch();
              again = true;
            }
          }
          case FULL ->
              LOG.warn(
                  "{} has more than {} devices: one more is not shared",
                  claim.endpoint.addressOfRecord(),
                  DirectoryStore.MAX_DEVICES);
        }
        claim.hintedEpoch = 0;
      }
    }
    if (told != null) {
      told.complete(claimed(granted, answer.epoch(), other));
    }
    if (newer != null) {
      lose(claim, newer);
    } else if (released && granted) {
      sayReleased(claim.endpoint, claim.flow);
    } else if (again) {
      say(claim);
    }
    pump();
  }

  private EndpointDirectory.Claimed claimed(
      boolean granted, long epoch, DirectoryStore.@Nullable Held other) {
    return new EndpointDirectory.Claimed(
        granted,
        epoch,
        Optional.ofNullable(other)
            .filter(held -> granted && !held.node().isEmpty())
            .filter(held -> !held.node().equals(settings.node()))
            .map(Lookups::entryOf));
  }

  private void lose(LocalClaim claim, String newerNode) {
    synchronized (this) {
      if (!claims.remove(claim.endpoint, claim)) {
        return;
      }
      counts.displaced();
    }
    LOG.info(
        "{} is held by {} now, no longer by {}",
        claim.endpoint,
        newerNode.isEmpty() ? "no proxy" : newerNode,
        settings.node());
    effects.displaced(entryOf(claim), newerNode);
  }

  @Override
  public void displaced(Endpoint endpoint, long epoch, String node) {
    LocalClaim claim;
    synchronized (this) {
      claim = claims.get(endpoint);
      if (claim == null || node.equals(settings.node())) {
        return;
      }
      if (claim.inFlight && epoch > claim.hintedEpoch) {
        // Which of the two was later is known when the answer is there.
        claim.hintedEpoch = epoch;
        claim.hintedNode = node;
      }
      if (claim.inFlight || claim.epoch == 0 || epoch <= claim.epoch) {
        return;
      }
    }
    lose(claim, node);
  }

  @Override
  public void connected() {
    silence.answered();
    LOG.info("The endpoint directory of {} is connected", settings.node());
    lease.connected();
  }

  @Override
  public void disconnected(String why) {
    LOG.warn(
        "The endpoint directory of {} cannot be asked: {}. Clients of this proxy are served as"
            + " before; those of others are not found",
        settings.node(),
        why);
    lease.disconnected();
  }

  private void sayEverythingAgain(boolean newIncarnation) {
    Map<Endpoint, String> released = new HashMap<>();
    boolean beginAnew;
    synchronized (this) {
      beginAnew = releasesLost;
      if (newIncarnation || releasesLost) {
        // Entries of the former one are dead already, or will be.
        toRelease.clear();
        releasesLost = false;
      }
      released.putAll(toRelease);
      toRelease.clear();
      claims
          .values()
          .forEach(
              claim -> {
                if (claim.inFlight) {
                  claim.again = true;
                } else {
                  queue(claim);
                }
              });
    }
    if (beginAnew && !newIncarnation) {
      lease.beginAnew();
      return;
    }
    released.forEach(this::sayReleased);
    pump();
  }

  private void pump() {
    synchronized (this) {
      if (pumping || closed || toSay.isEmpty() || !lease.isReady()) {
        return;
      }
      pumping = true;
    }
    scheduler.schedule(Scheduler.named("Claims of " + settings.node(), this::pumpOnce), PUMP_NANOS);
  }

  private void pumpOnce() {
    List<LocalClaim> some = new ArrayList<>();
    boolean ready = lease.isReady();
    synchronized (this) {
      pumping = false;
      long most = Math.max(1, settings.pacePerSecond() / PUMPS_PER_SECOND);
      while (ready && some.size() < most && inFlight + some.size() < MAX_IN_FLIGHT) {
        LocalClaim claim = toSay.poll();
        if (claim == null) {
          break;
        }
        claim.queued = false;
        if (claims.get(claim.endpoint) == claim || claim.departed) {
          some.add(claim);
        }
      }
    }
    some.forEach(this::say);
    pump();
  }

  /** The entries of a user that count; where the store cannot be asked, those of this node. */
  public CompletableFuture<List<DirectoryEntry>> lookup(String addressOfRecord) {
    return lookups.of(addressOfRecord);
  }

  /** Those of a user that this node holds. */
  synchronized List<DirectoryEntry> held(String addressOfRecord) {
    return claims
        .subMap(
            new Endpoint(addressOfRecord, ""), true,
            new Endpoint(addressOfRecord, "\uffff"), true)
        .values()
        .stream()
        .map(this::entryOf)
        .toList();
  }

  private DirectoryEntry entryOf(LocalClaim claim) {
    return new DirectoryEntry(
        claim.endpoint,
        claim.epoch,
        settings.node(),
        claim.flow,
        claim.contact,
        claim.authenticated);
  }

  /** Takes exactly that entry out. */
  public CompletableFuture<Boolean> forget(DirectoryEntry entry) {
    return store.release(entry.endpoint(), entry.node(), entry.flow(), entry.epoch());
  }

  /** How it stands. */
  public DirectoryStatus status() {
    int held;
    int behind;
    synchronized (this) {
      held = claims.size();
      behind = toSay.size() + toRelease.size() + inFlight;
    }
    return counts.status(
        settings.node(),
        lease.isConnected(),
        lease.millisLeft(),
        lease.nodes(),
        held,
        behind,
        lease.lost());
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      toSay.clear();
      toRelease.clear();
    }
    CompletableFuture<?> unused =
        lease
            .close()
            .whenComplete(
                (left, failure) -> {
                  if (failure != null) {
                    LOG.debug("{} did not leave the directory", settings.node(), failure);
                  }
                  store.close();
                });
  }
}
