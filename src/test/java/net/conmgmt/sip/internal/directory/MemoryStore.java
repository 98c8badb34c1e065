package net.conmgmt.sip.internal.directory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * A directory in virtual time, with a network to it that can be cut, delayed and made to lose
 * answers. Its steps follow the scripts of the real one; {@link DirectoryStoreContract} holds both
 * to the same. One thread.
 */
public final class MemoryStore {

  private final Scheduler time;
  private final long bootNanos;
  private final Map<Endpoint, DirectoryStore.Held> entries = new LinkedHashMap<>();
  private final Map<String, DirectoryStore.Lease> leases = new HashMap<>();
  private final Map<String, Link> links = new HashMap<>();
  private @Nullable String secret;
  int claims;

  /** An empty one. */
  public MemoryStore(Scheduler time) {
    this.time = time;
    bootNanos = time.nanoTime();
  }

  long now() {
    return 1_800_000_000_000_000L + (time.nanoTime() - bootNanos) / 1_000;
  }

  /** Everything is gone, as after a restart without data. */
  public void forgetAll() {
    entries.clear();
    leases.clear();
  }

  /** As after a fail-over that loses what was written last. */
  public void forgetSecret() {
    secret = null;
  }

  /** How many endpoints any live node holds. */
  public long heldEntries() {
    return entries.values().stream().filter(this::isLive).count();
  }

  DirectoryStore.@Nullable Held entry(Endpoint endpoint) {
    return entries.get(endpoint);
  }

  boolean isLive(DirectoryStore.Held held) {
    DirectoryStore.Lease lease = leases.get(held.node());
    return lease != null
        && lease.incarnation() == held.incarnation()
        && lease.untilMicros() > now();
  }

  private DirectoryStore.Nodes nodes(long incarnation, boolean takenOver) {
    return new DirectoryStore.Nodes(incarnation, now(), takenOver, new HashMap<>(leases));
  }

  private DirectoryStore.Nodes join(String node, long former, long leaseMicros) {
    DirectoryStore.Lease old = leases.get(node);
    boolean takenOver = old != null && old.untilMicros() > now() && old.incarnation() != former;
    long incarnation = old == null ? now() : Math.max(now(), old.incarnation() + 1);
    leases.put(node, new DirectoryStore.Lease(incarnation, now() + leaseMicros));
    return nodes(incarnation, takenOver);
  }

  private DirectoryStore.Nodes renew(String node, long incarnation, long leaseMicros) {
    DirectoryStore.Lease old = leases.get(node);
    boolean held = old != null && old.incarnation() == incarnation && old.untilMicros() > now();
    if (held) {
      leases.put(node, new DirectoryStore.Lease(incarnation, now() + leaseMicros));
    }
    return nodes(held ? incarnation : 0, false);
  }

  private boolean leave(String node, long incarnation) {
    DirectoryStore.Lease old = leases.get(node);
    return old != null && old.incarnation() == incarnation && leases.remove(node) != null;
  }

  private DirectoryStore.Answer claim(DirectoryStore.Claim claim) {
    claims++;
    Endpoint key = claim.endpoint();
    DirectoryStore.Held old = entries.get(key);
    long oldEpoch = old == null ? 0 : old.epoch();
    boolean mine =
        old != null && old.node().equals(claim.node()) && old.flow().equals(claim.flow());
    long stamp = claim.own() ? claim.stampMicros() : Math.min(claim.stampMicros(), now());
    boolean newer =
        claim.own()
            ? oldEpoch >= stamp
            : oldEpoch - claim.stampMicros() > claim.doubtMicros() && oldEpoch <= now();
    if (!mine && old != null && newer) {
      return new DirectoryStore.Answer(DirectoryStore.Verdict.NEWER, oldEpoch, now(), old);
    }
    long epoch = mine ? oldEpoch : Math.max(stamp, oldEpoch + 1);
    if (!mine
        && old != null
        && old.authenticated()
        && !claim.authenticated()
        && old.untilMicros() > now()
        && old.epoch() != claim.over()
        && !old.node().equals(claim.node())) {
      return new DirectoryStore.Answer(DirectoryStore.Verdict.KEPT, oldEpoch, now(), old);
    }
    if (old == null && devices(claim.endpoint()) >= DirectoryStore.MAX_DEVICES) {
      return new DirectoryStore.Answer(DirectoryStore.Verdict.FULL, 0, now(), null);
    }
    entries.put(
        key,
        new DirectoryStore.Held(
            claim.endpoint(),
            epoch,
            claim.node(),
            claim.incarnation(),
            claim.flow(),
            claim.authenticated(),
            now() + claim.lifetimeMicros(),
            claim.contact()));
    if (old != null && !old.node().isEmpty() && !old.node().equals(claim.node())) {
      Link link = links.get(old.node());
      if (link != null) {
        link.hint(claim.endpoint(), epoch, claim.node());
      }
    }
    return new DirectoryStore.Answer(DirectoryStore.Verdict.GRANTED, epoch, now(), old);
  }

  private long devices(Endpoint endpoint) {
    return entries.keySet().stream()
        .filter(key -> key.addressOfRecord().equals(endpoint.addressOfRecord()))
        .count();
  }

  private boolean release(Endpoint endpoint, String node, String flow, long epoch) {
    DirectoryStore.Held old = entries.get(endpoint);
    if (old == null
        || !old.node().equals(node)
        || !old.flow().equals(flow)
        || (epoch != 0 && epoch != old.epoch())) {
      return false;
    }
    entries.put(
        endpoint,
        new DirectoryStore.Held(
            endpoint, old.epoch(), "", 0, "", false, now() + DirectoryStore.GRAVE_MICROS, ""));
    return true;
  }

  private List<DirectoryStore.Held> lookup(String addressOfRecord) {
    return entries.values().stream()
        .filter(held -> held.endpoint().addressOfRecord().equals(addressOfRecord))
        .filter(held -> !held.node().isEmpty())
        .toList();
  }

  /** Another node's way to it. */
  public Link link() {
    return new Link();
  }

  /** A node's way to the store. */
  public final class Link implements DirectoryStore {

    private DirectoryStore.@Nullable Events events;
    private String node = "";
    private boolean up = true;
    private boolean losesHints;
    private boolean mute;
    private boolean hangs;
    private @Nullable String refusal;
    long delayNanos = 1_000_000;
    private int generation;
    int reconnects;
    boolean closed;

    /** Cut: what is said fails after a while. */
    public void cut() {
      up = false;
      generation++;
      told().disconnected("cut");
    }

    public void heal() {
      up = true;
      told().connected();
    }

    public void losesHints(boolean loses) {
      losesHints = loses;
    }

    /** From now on what is said takes so long, and the answer as well. */
    public void takes(long nanos) {
      delayNanos = nanos;
    }

    /** It takes everything and answers nothing, not even that it does not. */
    public void hang() {
      hangs = true;
    }

    /** It answers everything with this error. */
    void refuse(String error) {
      refusal = error;
    }

    /** The store takes what is said, but no answer comes back. */
    public void mute(boolean isMute) {
      mute = isMute;
    }

    private DirectoryStore.Events told() {
      return java.util.Objects.requireNonNull(events);
    }

    @Override
    public void start(String ownNode, DirectoryStore.Events theirEvents) {
      node = ownNode;
      events = theirEvents;
      links.put(ownNode, this);
      if (up) {
        time.schedule(() -> told().connected(), delayNanos);
      }
    }

    private void hint(Endpoint endpoint, long epoch, String newer) {
      int now = generation;
      if (up && !losesHints) {
        time.schedule(
            () -> {
              if (now == generation) {
                told().displaced(endpoint, epoch, newer);
              }
            },
            delayNanos);
      }
    }

    private <T> CompletableFuture<T> step(Supplier<T> work) {
      CompletableFuture<T> answer = new CompletableFuture<>();
      int asked = generation;
      if (hangs) {
        return answer;
      }
      if (refusal != null) {
        String error = refusal;
        time.schedule(
            () -> answer.completeExceptionally(new IllegalStateException(error)), delayNanos);
        return answer;
      }
      if (!up) {
        time.schedule(() -> answer.completeExceptionally(new TimeoutException("cut")), 0);
        return answer;
      }
      time.schedule(
          () -> {
            if (asked != generation) {
              answer.completeExceptionally(new TimeoutException("cut"));
              return;
            }
            T result = work.get();
            boolean unheard = mute;
            time.schedule(
                () -> {
                  if (unheard || asked != generation) {
                    answer.completeExceptionally(new TimeoutException("no answer"));
                  } else {
                    answer.complete(result);
                  }
                },
                delayNanos);
          },
          delayNanos);
      return answer;
    }

    @Override
    public CompletableFuture<Nodes> join(String ownNode, long former, long leaseMicros) {
      return step(() -> MemoryStore.this.join(ownNode, former, leaseMicros));
    }

    @Override
    public CompletableFuture<Nodes> renew(String ownNode, long incarnation, long leaseMicros) {
      return step(() -> MemoryStore.this.renew(ownNode, incarnation, leaseMicros));
    }

    @Override
    public CompletableFuture<Boolean> leave(String ownNode, long incarnation) {
      return step(() -> MemoryStore.this.leave(ownNode, incarnation));
    }

    @Override
    public CompletableFuture<Answer> claim(Claim claim) {
      return step(() -> MemoryStore.this.claim(claim));
    }

    @Override
    public CompletableFuture<Boolean> release(
        Endpoint endpoint, String ownNode, String flow, long epoch) {
      return step(() -> MemoryStore.this.release(endpoint, ownNode, flow, epoch));
    }

    @Override
    public CompletableFuture<List<Held>> lookup(String addressOfRecord) {
      return step(() -> new ArrayList<>(MemoryStore.this.lookup(addressOfRecord)));
    }

    @Override
    public CompletableFuture<String> secret(String proposal) {
      return step(
          () -> {
            secret = secret == null ? proposal : secret;
            return secret;
          });
    }

    @Override
    public void reconnect(String why) {
      reconnects++;
      generation++;
      told().disconnected(why);
      if (up) {
        time.schedule(() -> told().connected(), delayNanos);
      }
    }

    @Override
    public void close() {
      closed = true;
      links.remove(node);
    }
  }
}
