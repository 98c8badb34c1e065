package net.conmgmt.sip.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Histories at random, each from one seed: endpoints move between four proxies while ways to the
 * directory are cut, slow, deaf or lose hints, and proxies sleep. Then the faults end, and all has
 * to be right. More of them: {@code -Dhistory.seeds=10000}.
 */
class DirectoryHistoryTest {

  private static final int SEEDS = Integer.getInteger("history.seeds", 150);
  private static final int STEPS = 120;
  private static final int LEASE = 10;
  private static final long MILLIS = 1_000_000;

  private static final class World {
    final VirtualScheduler time = new VirtualScheduler();
    final Random random;
    final MemoryStore store;
    final DirectoryHistory history = new DirectoryHistory();
    final List<Node> nodes = new ArrayList<>();
    final List<Endpoint> endpoints = new ArrayList<>();
    final Map<Endpoint, Long> cameNanos = new HashMap<>();
    int flows;

    World(long seed, List<FaultyStore.Fault> faults) {
      random = new Random(seed);
      store = new MemoryStore(time);
      for (int i = 0; i < 4; i++) {
        nodes.add(new Node(this, "n" + i + ":5060", faults));
      }
      for (int i = 0; i < 5; i++) {
        endpoints.add(new Endpoint("sip:u" + i + "@contoso.test", "d"));
      }
      time.advanceSeconds(1);
    }

    List<String> play() {
      for (int i = 0; i < STEPS; i++) {
        step();
        time.advance(random.nextInt(1_500) * MILLIS);
      }
      nodes.forEach(Node::heal);
      time.advanceSeconds(8L * LEASE);
      List<String> faults = new ArrayList<>(history.unsettled());
      for (Endpoint endpoint : endpoints) {
        for (Node node : nodes) {
          CompletableFuture<List<DirectoryEntry>> answer =
              node.node.lookup(endpoint.addressOfRecord());
          time.advance(500 * MILLIS);
          faults.addAll(
              history.misplaced(
                  endpoint,
                  answer.join().stream()
                      .map(entry -> new DirectoryHistory.Place(entry.node(), entry.flow()))
                      .toList()));
        }
      }
      faults.addAll(history.faults());
      return faults;
    }

    private void step() {
      Node node = nodes.get(random.nextInt(nodes.size()));
      Endpoint endpoint = endpoints.get(random.nextInt(endpoints.size()));
      switch (random.nextInt(12)) {
        case 0 -> node.cut();
        case 1 -> node.heal();
        case 2 -> node.link.losesHints(random.nextBoolean());
        case 3 -> node.link.delayNanos = (1 + random.nextInt(150)) * MILLIS;
        case 4 -> node.leave(endpoint);
        case 5 -> node.refresh(endpoint);
        case 6, 7, 8 -> node.look(endpoint);
        default -> node.come(endpoint);
      }
    }
  }

  private static final class Node implements DirectoryNode.Effects {
    final World world;
    final String name;
    final MemoryStore.Link link;
    final DirectoryNode node;
    final Map<Endpoint, String> held = new HashMap<>();
    boolean up = true;
    long cutNanos;

    Node(World world, String name, List<FaultyStore.Fault> faults) {
      this.world = world;
      this.name = name;
      link = world.store.link();
      node =
          new DirectoryNode(
              FaultyStore.of(link, faults),
              world.time,
              new DirectorySettings(name, LEASE, 1000),
              this);
      node.start();
    }

    void cut() {
      if (up) {
        up = false;
        cutNanos = world.time.nanoTime();
        link.cut();
      }
    }

    void heal() {
      link.losesHints(false);
      link.delayNanos = MILLIS;
      if (!up) {
        up = true;
        link.heal();
      }
    }

    /** Of two arrivals at once either may win, so an endpoint comes again only after a while. */
    void come(Endpoint endpoint) {
      Long before = world.cameNanos.put(endpoint, world.time.nanoTime());
      if (before != null && world.time.nanoTime() - before < 400 * MILLIS) {
        world.cameNanos.put(endpoint, before);
        return;
      }
      String flow = "f" + world.flows++;
      String older = held.put(endpoint, flow);
      world.history.came(endpoint, name, flow);
      node.claim(endpoint, flow, "sip:x@192.0.2.1", true, 3_600);
      if (older != null) {
        world.history.lost(endpoint, name, older);
      }
    }

    void refresh(Endpoint endpoint) {
      String flow = held.get(endpoint);
      if (flow != null) {
        node.claim(endpoint, flow, "sip:x@192.0.2.1", true, 3_600);
      }
    }

    /** The client ends its connection, if it is here that it came last. */
    void leave(Endpoint endpoint) {
      String flow = held.get(endpoint);
      if (flow != null && world.history.isLast(endpoint, name, flow)) {
        held.remove(endpoint);
        world.history.left(endpoint);
        node.release(endpoint, flow);
      }
    }

    void look(Endpoint endpoint) {
      long newest = world.history.newestSeen(endpoint);
      CompletableFuture<?> unused =
          node.lookup(endpoint.addressOfRecord())
              .thenAccept(
                  entries -> {
                    for (DirectoryEntry entry : entries) {
                      if (up && !entry.node().equals(name)) {
                        saw(entry, newest);
                      }
                    }
                  });
    }

    private void saw(DirectoryEntry entry, long newest) {
      Node holder =
          world.nodes.stream().filter(n -> n.name.equals(entry.node())).findAny().orElseThrow();
      long silent = holder.up ? 0 : world.time.nanoTime() - holder.cutNanos;
      // What is on its way when the lease lapses may still arrive.
      long bound = (LEASE + 1) * 1_000 * MILLIS;
      world.history.saw(entry.endpoint(), entry.node(), entry.epoch(), newest, silent, bound);
    }

    @Override
    public void displaced(DirectoryEntry lost, String newerNode) {
      held.remove(lost.endpoint(), lost.flow());
      world.history.lost(lost.endpoint(), name, lost.flow());
    }
  }

  @Test
  @Requirement({"CLU-1", "CLU-3", "CLU-4", "CLU-6"})
  void whateverFailsOneConnectionIsLeftAndNothingComesBackToLife() {
    for (long seed = 0; seed < SEEDS; seed++) {
      assertThat(new World(seed, List.of()).play()).as("seed %d", seed).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(FaultyStore.Fault.class)
  @Requirement("CLU-4")
  void aPlantedFaultIsFound(FaultyStore.Fault fault) {
    List<String> faults = List.of();
    for (long seed = 0; faults.isEmpty() && seed < SEEDS; seed++) {
      faults = new World(seed, List.of(fault)).play();
    }
    assertThat(faults).isNotEmpty();
  }
}
