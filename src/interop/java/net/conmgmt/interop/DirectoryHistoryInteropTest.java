package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.directory.DirectoryStatus;
import net.conmgmt.sip.internal.directory.DirectoryHistory;
import net.conmgmt.sip.internal.directory.DirectoryNode;
import net.conmgmt.sip.internal.directory.DirectorySettings;
import net.conmgmt.sip.internal.directory.FaultyStore;
import net.conmgmt.sip.internal.redis.RedisStore;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.testing.Requirement;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Histories over a real Redis server: every claim, release and look-up of three nodes is recorded
 * while their ways to it are cut, and the record has to be one that may happen. A longer one:
 *
 * <pre>
 * mvn -B -Pinterop -Dtest=DirectoryHistoryInteropTest -Dhistory.seconds=600 -Dhistory.seed=7 test
 * </pre>
 */
@RealPeers(packages = RedisServer.PACKAGE)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DirectoryHistoryInteropTest {

  private static final int SECONDS = Integer.getInteger("history.seconds", 5);
  private static final long SEED = Long.getLong("history.seed", 1);
  private static final long PATIENCE_SECONDS = 60;

  /** Short, as a fault of the lease shows only after it. */
  private static final int LEASE_SECONDS = 1;

  /** What was said before a cut may be on its way that long. */
  private static final int ON_THE_WAY_SECONDS = 2;

  private static final int NODES = 3;
  private static final int ENDPOINTS = 20;

  /** An endpoint does not come twice within what the clocks of the nodes leave in doubt. */
  private static final long GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  private final SystemScheduler scheduler = new SystemScheduler("history");
  private final List<Node> nodes = new ArrayList<>();
  private DirectoryHistory history = new DirectoryHistory();
  private RedisServer redis;
  private int flows;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    redis = RedisServer.start(folder);
  }

  @AfterEach
  void end() throws IOException {
    for (Node node : nodes) {
      node.node.close();
      node.way.close();
    }
    nodes.clear();
  }

  @AfterAll
  void stop() {
    scheduler.close();
    if (redis != null) {
      redis.close();
    }
  }

  private void begin(List<FaultyStore.Fault> faults) throws Exception {
    redis.ask("flushall");
    history = new DirectoryHistory();
    for (int i = 0; i < NODES; i++) {
      nodes.add(new Node("n" + i + ":5060", faults));
    }
    for (Node node : nodes) {
      await(node::isUpToDate, node.name + " has a lease");
      // So that it knows the time of the server well.
      for (int i = 0; i < 50; i++) {
        int claims = i + 1;
        node.node.claim(endpoint(-1 - i), node.name, "", true, 60);
        await(() -> node.node.status().claims() >= claims, "the claim is granted");
        node.node.release(endpoint(-1 - i), node.name);
      }
    }
  }

  private static void await(BooleanSupplier condition, String what) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("Expected within " + PATIENCE_SECONDS + " s that " + what);
      }
      Thread.sleep(2);
    }
  }

  private static Endpoint endpoint(int number) {
    return new Endpoint("sip:u" + number + "@contoso.test", "d");
  }

  private final class Node implements DirectoryNode.Effects {
    final String name;
    final CuttableRelay way;
    final DirectoryNode node;
    final Map<Endpoint, String> held = new HashMap<>();
    private long cutNanos;
    private boolean up = true;

    Node(String name, List<FaultyStore.Fault> faults) throws IOException {
      this.name = name;
      way = new CuttableRelay(redis.port());
      node =
          new DirectoryNode(
              FaultyStore.of(
                  new RedisStore("redis://127.0.0.1:" + way.port(), 1, scheduler), faults),
              scheduler,
              new DirectorySettings(name, LEASE_SECONDS, 2_000),
              this);
      node.start();
    }

    boolean isUpToDate() {
      DirectoryStatus status = node.status();
      return status.connected() && status.leaseMillis() > 0 && status.behind() == 0;
    }

    synchronized void cut() {
      if (up) {
        up = false;
        way.cut();
        cutNanos = System.nanoTime();
      }
    }

    synchronized void heal() {
      up = true;
      way.heal();
    }

    private synchronized long silentNanos() {
      return up ? 0 : System.nanoTime() - cutNanos;
    }

    void come(Endpoint endpoint) {
      String flow = "f" + flows++;
      String older;
      synchronized (this) {
        older = held.put(endpoint, flow);
      }
      history.came(endpoint, name, flow);
      node.claim(endpoint, flow, "sip:x@192.0.2.1", true, 3_600);
      if (older != null) {
        history.lost(endpoint, name, older);
      }
    }

    void refresh(Endpoint endpoint) {
      String flow = flowOf(endpoint);
      if (flow != null) {
        node.claim(endpoint, flow, "sip:x@192.0.2.1", true, 3_600);
      }
    }

    private synchronized @Nullable String flowOf(Endpoint endpoint) {
      return held.get(endpoint);
    }

    /** The client ends its connection, if it is here that it came last. */
    void leave(Endpoint endpoint) {
      String flow = flowOf(endpoint);
      if (flow != null && history.isLast(endpoint, name, flow)) {
        synchronized (this) {
          held.remove(endpoint);
        }
        history.left(endpoint);
        node.release(endpoint, flow);
      }
    }

    CompletableFuture<List<DirectoryEntry>> look(Endpoint endpoint) {
      long newest = history.newestSeen(endpoint);
      Map<String, Long> silent = new HashMap<>();
      for (Node other : nodes) {
        silent.put(other.name, other.silentNanos());
      }
      return node.lookup(endpoint.addressOfRecord())
          .whenComplete(
              (entries, failure) -> {
                for (DirectoryEntry entry : entries == null ? List.<DirectoryEntry>of() : entries) {
                  if (!entry.node().equals(name)) {
                    history.saw(
                        entry.endpoint(),
                        entry.node(),
                        entry.epoch(),
                        newest,
                        silent.getOrDefault(entry.node(), 0L),
                        TimeUnit.SECONDS.toNanos(LEASE_SECONDS + ON_THE_WAY_SECONDS));
                  }
                }
              });
    }

    private List<DirectoryHistory.Place> places(Endpoint endpoint) throws Exception {
      return look(endpoint).get(PATIENCE_SECONDS, TimeUnit.SECONDS).stream()
          .map(entry -> new DirectoryHistory.Place(entry.node(), entry.flow()))
          .toList();
    }

    @Override
    public void displaced(DirectoryEntry lost, String newerNode) {
      synchronized (this) {
        held.remove(lost.endpoint(), lost.flow());
      }
      history.lost(lost.endpoint(), name, lost.flow());
    }
  }

  /** What is not yet as it has to be in the end. */
  private List<String> unsettled(int endpoints) throws Exception {
    List<String> wrong = new ArrayList<>(history.unsettled());
    for (int i = 0; i < endpoints; i++) {
      for (Node node : nodes) {
        wrong.addAll(history.misplaced(endpoint(i), node.places(endpoint(i))));
      }
    }
    return wrong;
  }

  private void expectSettled(int endpoints) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    List<String> wrong = unsettled(endpoints);
    while (!wrong.isEmpty() && System.nanoTime() < end) {
      wrong = unsettled(endpoints);
    }
    assertThat(wrong).isEmpty();
    assertThat(history.faults()).isEmpty();
  }

  private void step(Random random, Map<Endpoint, Long> came) {
    Node node = nodes.get(random.nextInt(NODES));
    Endpoint endpoint = endpoint(random.nextInt(ENDPOINTS));
    int what = random.nextInt(200);
    if (what == 0) {
      node.cut();
    } else if (what < 3) {
      node.heal();
    } else if (what < 20) {
      node.leave(endpoint);
    } else if (what < 50) {
      node.refresh(endpoint);
    } else if (what < 130) {
      CompletableFuture<?> unused = node.look(endpoint);
    } else {
      long now = System.nanoTime();
      Long before = came.get(endpoint);
      if (before == null || now - before > GAP_NANOS) {
        came.put(endpoint, now);
        node.come(endpoint);
      }
    }
  }

  @Test
  @Requirement({"CLU-1", "CLU-3", "CLU-4", "CLU-6"})
  void whateverIsCutOneConnectionIsLeftAndNothingComesBackToLife() throws Exception {
    begin(List.of());
    Random random = new Random(SEED);
    Map<Endpoint, Long> came = new HashMap<>();
    int steps = 0;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (System.nanoTime() < end) {
      step(random, came);
      steps++;
      Thread.sleep(random.nextInt(3));
    }
    nodes.forEach(Node::heal);
    expectSettled(ENDPOINTS);
    Figures.show(
        "%s steps, %s arrivals, %s look-ups that found an entry elsewhere: the history may happen",
        steps, flows, history.lookups());
  }

  /** An endpoint moves away from a node that is cut off, another one stays there. */
  private void moveAwayWhileCut() throws Exception {
    Node first = nodes.get(0);
    Node second = nodes.get(1);
    Node third = nodes.get(2);
    first.come(endpoint(0));
    first.come(endpoint(1));
    await(first::isUpToDate, "both are entered");
    assertThat(third.places(endpoint(0))).hasSize(1);
    first.cut();
    Thread.sleep(TimeUnit.NANOSECONDS.toMillis(GAP_NANOS));
    second.come(endpoint(0));
    await(second::isUpToDate, "the move is entered");
    third.places(endpoint(0));
    await(
        () -> first.silentNanos() > TimeUnit.SECONDS.toNanos(LEASE_SECONDS + ON_THE_WAY_SECONDS),
        "the lease has lapsed");
    third.places(endpoint(1));
    first.heal();
    await(first::isUpToDate, "all is said again");
  }

  @Test
  @Requirement({"CLU-1", "CLU-3", "CLU-4", "CLU-6"})
  void whatMovesAwayFromANodeThatIsCutOffStaysWhereItCameLast() throws Exception {
    begin(List.of());
    moveAwayWhileCut();
    expectSettled(2);
  }

  @ParameterizedTest
  @EnumSource(FaultyStore.Fault.class)
  @Requirement("CLU-4")
  void aPlantedFaultIsFound(FaultyStore.Fault fault) throws Exception {
    begin(List.of(fault));
    moveAwayWhileCut();
    List<String> wrong = new ArrayList<>(history.faults());
    wrong.addAll(unsettled(2));
    Figures.show("%s is found: %s", fault, wrong);
    assertThat(wrong).isNotEmpty();
  }
}
