package net.conmgmt.sip.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.FlowLookup;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.internal.connection.FlowTokens;

/**
 * The properties of a directory that several proxies share. A look-up leads to no proxy that has
 * been dead or cut off for longer than the lease, and to no earlier life of one; an entry that was
 * seen is never followed by an older one, and no connection ends because of an older one; in the
 * end an endpoint has one connection at one proxy, and all proxies find it there.
 */
final class DirectoryChecks {

  private static final long SECOND = 1_000_000_000L;

  /** The lease, the longest pause between two looks, and what may be on its way meanwhile. */
  private static final long BOUND_NANOS = (SimulatedDirectory.LEASE_SECONDS + 3 + 4) * SECOND;

  /** What proxies may err about the time of the store, which is as far away as this. */
  private static final long ERROR_NANOS = SECOND;

  private static final long SETTLED_NANOS = 20 * SECOND;
  private static final int MOST_ROUNDS = 10;

  private final World world;
  private final Checks checks;
  private final SimulatedDirectory directory;
  private final List<Host> proxies;
  private final Map<String, Long> aliveAt = new HashMap<>();
  private final Map<String, Long> startedAt = new HashMap<>();
  private final Map<String, World.Life> lives = new HashMap<>();
  private final Map<Host, Long> frozenAt = new HashMap<>();
  private final Map<Endpoint, Long> newest = new HashMap<>();
  private int emptied;
  private boolean ended;

  DirectoryChecks(Checks checks, World world, SimulatedDirectory directory, List<Host> proxies) {
    this.checks = checks;
    this.world = world;
    this.directory = directory;
    this.proxies = proxies;
    directory.whenEmptied(
        () -> {
          newest.clear();
          emptied++;
        });
    checks.whenMoved(this::moved);
  }

  /** A proxy ends a connection, because the endpoint is said to have come to that node since. */
  private void moved(Connection older, Endpoint endpoint, String node) {
    long arrived = older.arrivedAt.getOrDefault(endpoint, 0L);
    long latest = 0;
    for (Connection other : checks.all()) {
      boolean there = node.isEmpty() || node.equals(SimulatedDirectory.nodeOf(other.host));
      if (other.host != older.host && there) {
        latest = Math.max(latest, other.arrivedAt.getOrDefault(endpoint, 0L));
      }
    }
    long since = Math.min(arrived, latest) - BOUND_NANOS;
    if (proxies.stream().allMatch(host -> host.process().frozenUntil <= Math.max(0, since))) {
      checks.require(
          latest > arrived - ERROR_NANOS,
          older,
          "of "
              + arrived / 1e9
              + " s ends because of "
              + endpoint
              + " at "
              + node
              + ", which has not come there since "
              + latest / 1e9
              + " s");
    }
  }

  /** Looks again and again, until the world is at peace. */
  void begin() {
    if (ended) {
      return;
    }
    for (Host host : proxies) {
      watch(host);
    }
    Host asking = proxies.get(world.dice.below(proxies.size()));
    String user = userOf(world.dice.below(2));
    world.in(asking.process(), 0, () -> look(asking, user));
    world.in(world.network, world.dice.nanos(0.5, 3), this::begin);
  }

  private static String userOf(int number) {
    return "sip:user" + number + "@" + Ways.DOMAIN;
  }

  private void watch(Host host) {
    String node = SimulatedDirectory.nodeOf(host);
    if (host.process().frozenUntil > world.elapsed()) {
      frozenAt.put(host, world.elapsed());
    } else if (host.isRunning() && directory.hears(host)) {
      aliveAt.put(node, world.elapsed());
    }
    if (lives.get(node) != host.process()) {
      lives.put(node, host.process());
      startedAt.put(node, world.elapsed());
    }
  }

  private void look(Host asking, String user) {
    if (!asking.isRunning()) {
      return;
    }
    Map<Endpoint, Long> before = new HashMap<>(newest);
    int emptiedBefore = emptied;
    long begun = world.elapsed();
    CompletableFuture<?> unused =
        asking
            .keepAlive()
            .directory()
            .lookup(user)
            .thenAccept(
                found -> {
                  for (DirectoryEntry entry : found) {
                    if (!entry.node().equals(SimulatedDirectory.nodeOf(asking))) {
                      saw(asking, entry);
                      if (emptied == emptiedBefore) {
                        isNotOlder(asking, entry, before.getOrDefault(entry.endpoint(), 0L));
                      }
                    }
                  }
                  world.coverage.count("directory: look-up");
                });
    checks.require(
        world.elapsed() == begun || Interleaving.isOn(), asking, "waits for the directory");
  }

  private void isNotOlder(Host asking, DirectoryEntry entry, long seenBefore) {
    checks.require(
        entry.epoch() >= seenBefore,
        asking,
        "finds " + entry.endpoint() + " of before, " + entry.epoch() + " after " + seenBefore);
    newest.merge(entry.endpoint(), entry.epoch(), Math::max);
  }

  private void saw(Host asking, DirectoryEntry entry) {
    long now = world.elapsed();
    Long frozen = frozenAt.get(asking);
    if (frozen != null && now - frozen < BOUND_NANOS) {
      // It does not know the store's time well yet.
      return;
    }
    world.coverage.count("directory: found at another proxy");
    // A proxy that was there between two looks only has its lease all the same.
    long alive =
        Math.max(aliveAt.getOrDefault(entry.node(), 0L), directory.renewedAt(entry.node()));
    long silent = now - alive;
    checks.require(
        silent <= BOUND_NANOS,
        asking,
        "is sent to " + entry.node() + ", which is gone for " + silent / 1e9 + " s");
    Host holder = holderOf(entry);
    // It may have started since the last look, when the lease of its earlier life still runs.
    boolean known = lives.get(entry.node()) == holder.process();
    if (known
        && holder.isRunning()
        && now - startedAt.getOrDefault(entry.node(), 0L) > BOUND_NANOS) {
      checks.require(
          FlowTokens.of(holder.scope()).find(entry.flow()).outcome() != FlowLookup.Outcome.FORGED,
          asking,
          "is sent to a connection of an earlier life of " + entry.node());
    }
  }

  private Host holderOf(DirectoryEntry entry) {
    return proxies.stream()
        .filter(host -> SimulatedDirectory.nodeOf(host).equals(entry.node()))
        .findFirst()
        .orElseThrow();
  }

  /** Nothing has gone wrong for a while. */
  void inPeace() {
    ended = true;
    oneConnectionEach();
    String different = "";
    for (int i = 0; i < MOST_ROUNDS; i++) {
      different = disagreement();
      if (different.isEmpty()) {
        return;
      }
      world.runFor(5 * SECOND);
    }
    checks.require(false, "the proxies", "do not agree: " + different);
  }

  private void oneConnectionEach() {
    Map<Endpoint, Connection> settled = new HashMap<>();
    Set<Host> sharing = new HashSet<>(proxies);
    for (Connection own : checks.all()) {
      if (sharing.contains(own.host) && !own.process.ended && own.managed.isOpen()) {
        for (Endpoint endpoint : own.authenticated) {
          if (world.elapsed() - own.authenticatedAt > SETTLED_NANOS) {
            Connection other = settled.put(endpoint, own);
            checks.require(
                other == null, own, "is open as well as " + other + ", both of " + endpoint);
          }
        }
      }
    }
  }

  /** What the proxies find differently, or hold and do not find; empty if nothing. */
  private String disagreement() {
    Map<Host, Set<String>> found = new HashMap<>();
    for (Host host : proxies) {
      found.put(host, new TreeSet<>());
      for (int i = 0; i < 2; i++) {
        String user = userOf(i);
        world.in(host.process(), 0, () -> ask(host, user, found.get(host)));
      }
    }
    world.runFor(2 * SECOND);
    List<String> texts = new ArrayList<>();
    found.forEach((host, entries) -> texts.add(host + " finds " + entries));
    texts.sort(null);
    boolean same = new HashSet<>(found.values()).size() == 1;
    return same ? "" : String.join("; ", texts);
  }

  private void ask(Host host, String user, Set<String> into) {
    CompletableFuture<?> unused =
        host.keepAlive()
            .directory()
            .lookup(user)
            .thenAccept(
                entries ->
                    entries.forEach(e -> into.add(e.endpoint() + " at " + e.node() + e.epoch())));
  }

  /** All clients have gone. */
  void withoutClients() {
    for (Host host : proxies) {
      int held = host.keepAlive().directory().status().held();
      int behind = host.keepAlive().directory().status().behind();
      checks.require(
          held == 0 && behind == 0,
          host,
          "holds "
              + held
              + " endpoints of clients that have gone, "
              + behind
              + " still to be said");
    }
    checks.require(
        directory.heldEntries() == 0,
        "the directory",
        "has " + directory.heldEntries() + " entries of clients that have gone");
  }
}
