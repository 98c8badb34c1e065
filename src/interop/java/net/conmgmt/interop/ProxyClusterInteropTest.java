package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.conmgmt.sip.testing.Requirement;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three proxies in processes of their own share their users through a real Redis server, while
 * phones move between them and parts of it fail. A bigger one:
 *
 * <pre>
 * mvn -B -Pinterop -Dtest=ProxyClusterInteropTest -Dcluster.phones=10000 -Dcluster.lease=10 verify
 * </pre>
 */
@RealPeers(packages = RedisServer.PACKAGE)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyClusterInteropTest {

  private static final Logger LOG = LogManager.getLogger(ProxyClusterInteropTest.class);

  private static final int PHONES = Integer.getInteger("cluster.phones", 200);
  private static final int MOVES = Integer.getInteger("cluster.moves", 2 * PHONES);
  private static final int LEASE_SECONDS = Integer.getInteger("cluster.lease", 4);
  private static final int NODES = 3;
  private static final long PATIENCE_SECONDS = 60;

  private final Random random = new Random(1);
  private RedisServer redis;
  private ProxyCluster cluster;
  private Swarm swarm;
  private Swarm.Connection asking;
  private Swarm.Phone asker;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    redis = RedisServer.start(folder);
    cluster = ProxyCluster.start(folder, redis, NODES, PHONES + 10, LEASE_SECONDS);
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
    swarm = new Swarm();
    asker = swarm.phone("u" + PHONES);
    asking = await(asker.registerAt(cluster.port(0)));
  }

  @AfterEach
  void hangUp() {
    swarm.close();
  }

  private static <T> T await(java.util.concurrent.CompletableFuture<T> answer) throws Exception {
    return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private List<Swarm.Phone> registered(int count, int node) throws Exception {
    List<Swarm.Phone> phones = new ArrayList<>();
    List<java.util.concurrent.CompletableFuture<Swarm.Connection>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Swarm.Phone phone = swarm.phone("u" + i);
      phones.add(phone);
      all.add(phone.registerAt(cluster.port(node < 0 ? random.nextInt(NODES) : node)));
    }
    for (var each : all) {
      await(each);
    }
    return phones;
  }

  private int ask(String user, String text) throws Exception {
    return await(asking.message(user, text));
  }

  /** Waits until a message to that user is answered so; gives the milliseconds. */
  private long awaitStatus(String user, int status) throws Exception {
    return awaitStatus(user, "are you there?", status);
  }

  private long awaitStatus(String user, String text, int status) throws Exception {
    long begin = System.nanoTime();
    while (millisSince(begin) < TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS)) {
      try {
        // What goes to a proxy that sleeps is answered when that proxy is awake.
        if (asking.message(user, text).get(1, TimeUnit.SECONDS) == status) {
          return millisSince(begin);
        }
      } catch (TimeoutException e) {
        LOG.debug("No answer from {} yet", user, e);
      }
    }
    throw new AssertionError(
        "Expected " + status + " to a message to " + user + " within " + PATIENCE_SECONDS + " s");
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  /** Each phone has one connection, the last one, and is found there from any proxy. */
  private void expectOneConnectionEach(List<Swarm.Phone> phones) throws Exception {
    for (Swarm.Phone phone : phones) {
      for (Swarm.Connection older : List.copyOf(phone.connections)) {
        if (older != phone.last()) {
          await(older.closed);
        }
      }
      assertThat(phone.open()).as(phone.user).containsExactly(phone.last());
      String text = "to " + phone.user + " " + random.nextInt();
      // A success is sent without waiting for the directory, which hears of it right after.
      awaitStatus(phone.user, text, 200);
      assertThat(phone.last().texts()).as(phone.user).contains(text);
    }
  }

  @Test
  @Requirement({"CLU-1", "CLU-2", "CLU-7"})
  void phonesThatMoveBetweenProxiesEndWithOneConnectionEachAndAreFoundThere() throws Exception {
    List<Swarm.Phone> phones = registered(PHONES, -1);
    List<Swarm.Connection[]> moves = new ArrayList<>();
    for (int i = 0; i < MOVES; i++) {
      Swarm.Phone phone = phones.get(random.nextInt(PHONES));
      Swarm.Connection older = phone.last();
      int port = cluster.port(random.nextInt(NODES));
      try {
        moves.add(new Swarm.Connection[] {older, await(phone.registerAt(port))});
      } catch (ExecutionException e) {
        throw new AssertionError("Move " + i + " of " + phone.user + " to " + port, e);
      }
    }
    expectOneConnectionEach(phones);
    List<Long> micros = new ArrayList<>();
    for (Swarm.Connection[] move : moves) {
      if (!move[0].proxy.equals(move[1].proxy)) {
        micros.add(TimeUnit.NANOSECONDS.toMicros(move[0].closedNanos - move[1].registeredNanos));
      }
    }
    micros.sort(null);
    long longest = micros.get(micros.size() - 1);
    LOG.info(
        "{} phones, {} moves to another proxy: the older connection is closed after {} us in the"
            + " median, {} us (p99), {} us at most",
        PHONES,
        micros.size(),
        micros.get(micros.size() / 2),
        micros.get(micros.size() * 99 / 100),
        longest);
    assertThat(micros.get(micros.size() * 99 / 100)).isLessThan(TimeUnit.SECONDS.toMicros(1));
  }

  @Test
  @Requirement("CLU-3")
  void whoWasAtAProxyThatDiedIsNotReachedAfterTheLeaseAndTheOthersAre() throws Exception {
    List<Swarm.Phone> lost = registered(10, 2);
    List<Swarm.Phone> others = new ArrayList<>();
    for (int i = 10; i < 20; i++) {
      Swarm.Phone phone = swarm.phone("u" + i);
      await(phone.registerAt(cluster.port(1)));
      others.add(phone);
    }
    assertThat(ask("u0", "x")).isEqualTo(200);
    long killed = System.nanoTime();
    long millis;
    cluster.nodes.get(2).kill();
    try {
      awaitStatus("u0", 480);
      millis = millisSince(killed);
      expectGone(lost);
    } finally {
      cluster.nodes.get(2).startAgain();
    }
    LOG.info("A proxy that was killed is out of the directory after {} ms", millis);
    assertThat(millis).isLessThan(TimeUnit.SECONDS.toMillis(LEASE_SECONDS) + 5_000);
    expectOneConnectionEach(others);
    for (Swarm.Phone phone : lost) {
      await(phone.registerAt(cluster.port(1)));
    }
    expectOneConnectionEach(lost);
  }

  private void expectGone(List<Swarm.Phone> phones) throws Exception {
    for (Swarm.Phone phone : phones) {
      assertThat(ask(phone.user, "x")).as(phone.user).isEqualTo(480);
    }
  }

  @Test
  @Requirement({"CLU-3", "CLU-4"})
  void aProxyThatSleptChangesNothingLateAndClosesWhatHasMoved() throws Exception {
    List<Swarm.Phone> phones = registered(20, 2);
    cluster.nodes.get(2).pause();
    try {
      awaitStatus("u0", 480);
      for (Swarm.Phone phone : phones) {
        await(phone.registerAt(cluster.port(1)));
        assertThat(phone.open()).hasSize(2);
      }
    } finally {
      cluster.nodes.get(2).resume();
    }
    expectOneConnectionEach(phones);
  }

  @Test
  @Requirement("CLU-6")
  void withRedisGoneClientsOfAProxyAreServedAndWithoutItsDataAllIsThereAgain() throws Exception {
    List<Swarm.Phone> here = registered(20, 0);
    Swarm.Phone elsewhere = swarm.phone("u30");
    await(elsewhere.registerAt(cluster.port(1)));
    long before = longestMicrosOfMessages("u0");
    redis.kill();
    long during = longestMicrosOfMessages("u0");
    Swarm.Phone late = swarm.phone("u31");
    await(late.registerAt(cluster.port(0)));
    assertThat(ask("u31", "x")).isEqualTo(200);
    redis.startAgain();
    long back = System.nanoTime();
    awaitStatus("u30", 200);
    LOG.info(
        "A local MESSAGE takes at most {} us with Redis and {} us without; all is found again {} ms"
            + " after it is back without data",
        before,
        during,
        millisSince(back));
    Swarm.Connection far = await(swarm.phone("u32").registerAt(cluster.port(2)));
    for (Swarm.Phone phone : here) {
      long since = System.nanoTime();
      while (await(far.message(phone.user, "x")) != 200) {
        assertThat(millisSince(since)).isLessThan(15_000);
      }
    }
    here.add(elsewhere);
    here.add(late);
    expectOneConnectionEach(here);
  }

  @Test
  @Requirement({"CLU-5", "CLU-6"})
  void withRedisHangingNoMessageWaitsLongerThanTheBound() throws Exception {
    registered(1, 0);
    redis.pause();
    long longest;
    try {
      longest = longestMicrosOfMessages("u0");
    } finally {
      redis.resume();
    }
    LOG.info("With a Redis that hangs a local MESSAGE takes at most {} us", longest);
    assertThat(longest).isLessThan(TimeUnit.SECONDS.toMicros(5));
    awaitStatus("u0", 200);
  }

  private long longestMicrosOfMessages(String user) throws Exception {
    long longest = 0;
    for (int i = 0; i < 50; i++) {
      long begin = System.nanoTime();
      assertThat(ask(user, "m" + i)).isEqualTo(200);
      longest = Math.max(longest, TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - begin));
    }
    return longest;
  }
}
