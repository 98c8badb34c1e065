package net.conmgmt.interop;

import static net.conmgmt.interop.ClusterPhones.await;
import static net.conmgmt.interop.ClusterPhones.millisSince;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three proxies in processes of their own share their users through a real Redis server, while
 * phones move between them and proxies die or sleep. A bigger test with five proxies, which also
 * expects that no older connection stays for more than a second:
 *
 * <pre>
 * mvn -B -Pinterop -Dtest=ProxyClusterInteropTest -Dcluster.endpoints=10000 -Dcluster.proxies=5
 *     -Dcluster.comeback=2000 -Dcluster.sleep=20 -Dcluster.bound=1000 test
 * </pre>
 */
@RealPeers(packages = RedisServer.PACKAGE)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyClusterInteropTest {

  private static final int ENDPOINTS = Integer.getInteger("cluster.endpoints", 200);
  private static final int MOVES = Integer.getInteger("cluster.moves", 2 * ENDPOINTS);
  private static final int COMEBACK = Integer.getInteger("cluster.comeback", 200);
  private static final int LEASE_SECONDS = Integer.getInteger("cluster.lease", 4);
  private static final int SLEEP_SECONDS = Integer.getInteger("cluster.sleep", 0);

  /** How long an older connection may stay: much longer than a second on a machine with others. */
  private static final int BOUND_MILLIS = Integer.getInteger("cluster.bound", 30_000);

  private static final int NODES = Integer.getInteger("cluster.proxies", 3);

  /** The proxy that dies or sleeps. */
  private static final int LAST = NODES - 1;

  private static final int USERS = Math.max(ENDPOINTS, COMEBACK + 1);
  private static final int MOVES_AT_ONCE = 64;
  private static final int MESSAGES_AT_ONCE = 16;

  /** A phone stays that long, much longer than the proxies' clocks may differ. */
  private static final long STAY_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  private RedisServer redis;
  private ProxyCluster cluster;
  private ClusterPhones phones;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    redis = RedisServer.start(folder);
    cluster = ProxyCluster.start(folder, redis, NODES, USERS + NODES, LEASE_SECONDS);
  }

  @AfterAll
  void stop() {
    if (cluster != null) {
      cluster.close();
    }
    if (redis != null) {
      redis.close();
    }
  }

  @BeforeEach
  void phones() throws Exception {
    phones = new ClusterPhones(cluster.addresses(), USERS);
  }

  @AfterEach
  void hangUp() {
    phones.close();
  }

  /** Epoch, node, incarnation and flow of each user, as the directory has them. */
  private Map<String, String> entries(List<Swarm.Phone> of) throws IOException {
    Map<String, String> entries = new HashMap<>();
    for (Swarm.Phone phone : of) {
      String entry = redis.ask("hvals", "conmgmt:{sip:" + phone.user + "@contoso.test}");
      entries.put(phone.user, entry.replaceFirst("^((?:[^|]*\\|){4}).*", "$1"));
    }
    return entries;
  }

  private record Move(Swarm.Connection older, Swarm.Connection newer) {

    boolean isToAnotherProxy() {
      return !older.proxy.equals(newer.proxy);
    }

    long closedAfterMicros() {
      return TimeUnit.NANOSECONDS.toMicros(older.closedNanos - newer.registeredNanos);
    }
  }

  /** Many at once, but each phone has arrived and stayed before it moves again. */
  private List<Move> move(List<Swarm.Phone> all) throws Exception {
    List<Move> moves = new ArrayList<>();
    Map<Swarm.Phone, CompletableFuture<Swarm.Connection>> moving = new HashMap<>();
    Semaphore room = new Semaphore(MOVES_AT_ONCE);
    for (int i = 0; i < MOVES; i++) {
      Swarm.Phone phone = all.get(phones.random.nextInt(all.size()));
      CompletableFuture<Swarm.Connection> former = moving.remove(phone);
      if (former != null) {
        long since = ClusterPhones.moved(phone, former).registeredNanos;
        TimeUnit.NANOSECONDS.sleep(since + STAY_NANOS - System.nanoTime());
      }
      assertThat(room.tryAcquire(ClusterPhones.PATIENCE_SECONDS, TimeUnit.SECONDS))
          .as("one of %s moves ends", MOVES_AT_ONCE)
          .isTrue();
      Swarm.Connection older = phone.last();
      CompletableFuture<Swarm.Connection> move = phone.registerAt(cluster.port(phones.anyNode()));
      moving.put(phone, move.whenComplete((done, failure) -> room.release()));
      moves.add(new Move(older, phone.last()));
    }
    for (Map.Entry<Swarm.Phone, CompletableFuture<Swarm.Connection>> left : moving.entrySet()) {
      ClusterPhones.moved(left.getKey(), left.getValue());
    }
    return moves;
  }

  /** Messages to users at random, from all proxies, until it is ended. */
  private final class Load implements AutoCloseable {
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger delivered = new AtomicInteger();
    private final Thread thread = new Thread(this::send, "load");
    private volatile boolean ended;

    Load() {
      thread.setDaemon(true);
      thread.start();
    }

    private void send() {
      Semaphore room = new Semaphore(MESSAGES_AT_ONCE);
      try {
        for (int i = 0; !ended; i++) {
          room.acquire();
          CompletableFuture<?> unused =
              phones
                  .send(i % NODES, "u" + (i * 31L % ENDPOINTS), "load")
                  .whenComplete(
                      (status, failure) -> {
                        sent.incrementAndGet();
                        delivered.addAndGet(failure == null && status == 200 ? 1 : 0);
                        room.release();
                      });
        }
        room.acquire(MESSAGES_AT_ONCE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void close() {
      ended = true;
      try {
        thread.join(TimeUnit.SECONDS.toMillis(ClusterPhones.PATIENCE_SECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      Figures.show("%s of %s messages to phones on the move were delivered", delivered, sent);
    }
  }

  @Test
  @Requirement({"CLU-1", "CLU-2", "CLU-7"})
  void phonesThatMoveBetweenProxiesUnderLoadEndWithOneConnectionEachAndAreFoundThere()
      throws Exception {
    List<Swarm.Phone> all = phones.registered(0, ENDPOINTS, -1);
    List<Move> moves;
    long begin = System.nanoTime();
    long millis;
    try (Load load = new Load()) {
      moves = move(all);
      millis = millisSince(begin);
      assertThat(load.thread.isAlive()).isTrue();
    }
    phones.expectOneConnectionEach(all);
    List<Long> micros =
        moves.stream()
            .filter(Move::isToAnotherProxy)
            .map(Move::closedAfterMicros)
            .sorted()
            .toList();
    long longest = micros.get(micros.size() - 1);
    Figures.show(
        "%s endpoints, %s moves in %s ms, %s of them to another proxy: the older connection is"
            + " closed after %s us in the median, %s us (p99), %s us at most",
        ENDPOINTS,
        MOVES,
        millis,
        micros.size(),
        micros.get(micros.size() / 2),
        micros.get(micros.size() * 99 / 100),
        longest);
    assertThat(longest).isLessThan(TimeUnit.MILLISECONDS.toMicros(BOUND_MILLIS));
  }

  @Test
  @Requirement({"CLU-3", "CLU-4"})
  void whoWasAtAProxyThatDiedIsNotReachedAfterTheLeaseAndTheOthersAre() throws Exception {
    List<Swarm.Phone> lost = phones.registered(0, 10, LAST);
    List<Swarm.Phone> others = phones.registered(10, 10, 1);
    phones.expectOneConnectionEach(others);
    phones.awaitStatus(0, lost.get(0), 200);
    Map<String, String> before = entries(others);
    long killed = System.nanoTime();
    cluster.nodes.get(LAST).kill();
    try {
      phones.awaitStatus(0, lost.get(0), 480);
      long millis = millisSince(killed);
      Figures.show("A proxy that was killed is out of the directory after %s ms", millis);
      assertThat(millis).isLessThan(TimeUnit.SECONDS.toMillis(LEASE_SECONDS) + BOUND_MILLIS);
      expectGone(lost);
    } finally {
      cluster.nodes.get(LAST).startAgain();
    }
    // Its name lives again, but not what was entered under it before.
    expectGone(lost);
    assertThat(entries(others)).isEqualTo(before);
    for (Swarm.Phone phone : lost) {
      await(phone.registerAt(cluster.port(1)));
    }
    phones.expectOneConnectionEach(others, LAST);
    phones.expectOneConnectionEach(lost, LAST);
  }

  private void expectGone(List<Swarm.Phone> gone) throws Exception {
    for (Swarm.Phone phone : gone) {
      for (int node = 0; node < LAST; node++) {
        assertThat(phones.ask(node, phone)).as(phone.user).isEqualTo(480);
      }
    }
  }

  @Test
  @Requirement({"CLU-3", "CLU-4"})
  void aProxyThatSleptChangesNothingLateAndClosesWhatHasMoved() throws Exception {
    List<Swarm.Phone> moving = phones.registered(0, 20, LAST);
    phones.awaitStatus(0, moving.get(0), 200);
    Map<String, String> moved;
    long asleep = System.nanoTime();
    cluster.nodes.get(LAST).pause();
    try {
      phones.awaitStatus(0, moving.get(0), 480);
      for (Swarm.Phone phone : moving) {
        await(phone.registerAt(cluster.port(1)));
        assertThat(phone.open()).hasSize(2);
      }
      phones.expectFound(moving, LAST);
      moved = entries(moving);
      TimeUnit.MILLISECONDS.sleep(
          Math.max(0, TimeUnit.SECONDS.toMillis(SLEEP_SECONDS) - millisSince(asleep)));
    } finally {
      cluster.nodes.get(LAST).resume();
    }
    long awake = System.nanoTime();
    phones.expectOneConnectionEach(moving);
    Figures.show(
        "A proxy that slept for %s ms has closed what had moved, and all are found, after %s ms",
        TimeUnit.NANOSECONDS.toMillis(awake - asleep), millisSince(awake));
    assertThat(entries(moving)).isEqualTo(moved);
  }

  @Test
  @Requirement({"CLU-3", "CLU-5", "CLU-6"})
  void everybodyWhoWasAtAProxyThatDiedComesBackAtOnce() throws Exception {
    List<Swarm.Phone> back = phones.registered(0, COMEBACK, LAST);
    Swarm.Phone local = phones.registered(COMEBACK, 0);
    long killed = System.nanoTime();
    cluster.nodes.get(LAST).kill();
    try {
      for (Swarm.Phone phone : back) {
        await(phone.last().closed);
      }
      long begin = System.nanoTime();
      List<CompletableFuture<Swarm.Connection>> all = new ArrayList<>();
      for (int i = 0; i < COMEBACK; i++) {
        all.add(back.get(i).registerAt(cluster.port(i % LAST)));
      }
      ClusterPhones.Latency meanwhile = phones.latency(0, local, 20);
      List<Long> answered = new ArrayList<>();
      for (CompletableFuture<Swarm.Connection> each : all) {
        answered.add(TimeUnit.NANOSECONDS.toMillis(await(each).registeredNanos - begin));
      }
      Collections.sort(answered);
      phones.expectOneConnectionEach(back, LAST);
      Figures.show(
          "%s clients of a proxy that was killed come back at once: half of them are registered"
              + " after %s ms, all after %s ms, all found by the other proxies %s ms after the kill;"
              + " a local MESSAGE meanwhile takes %s",
          COMEBACK,
          answered.get(COMEBACK / 2),
          answered.get(COMEBACK - 1),
          millisSince(killed),
          meanwhile);
    } finally {
      cluster.nodes.get(LAST).startAgain();
    }
  }
}
