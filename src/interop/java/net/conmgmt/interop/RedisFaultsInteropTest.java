package net.conmgmt.interop;

import static net.conmgmt.interop.ClusterPhones.await;
import static net.conmgmt.interop.ClusterPhones.millisSince;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three proxies in processes of their own and a real Redis server, which dies or hangs. Local
 * service goes on, and afterwards all proxies agree. A longer test:
 *
 * <pre>
 * mvn -B -Pinterop -Dtest=RedisFaultsInteropTest -Dredis.away=15 -Dredis.bound=15000 test
 * </pre>
 */
@RealPeers(packages = RedisServer.PACKAGE)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisFaultsInteropTest {

  private static final int AWAY_SECONDS = Integer.getInteger("redis.away", 2);

  /** How long they may take to agree: longer than 15 s on a machine with others. */
  private static final int BOUND_MILLIS = Integer.getInteger("redis.bound", 60_000);

  private static final int LEASE_SECONDS = 4;
  private static final int NODES = 3;
  private static final int USERS = 40;
  private static final int MESSAGES = 50;

  private RedisServer redis;
  private ProxyCluster cluster;
  private ClusterPhones phones;

  /** They are registered at the first proxy, where another one asks for them. */
  private List<Swarm.Phone> here;

  private List<Swarm.Phone> all;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    redis = RedisServer.start(folder, "--appendonly", "yes", "--appendfsync", "always");
    cluster = ProxyCluster.start(folder, redis, NODES, USERS + NODES, LEASE_SECONDS);
  }

  @AfterAll
  void stop() throws Exception {
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
    here = phones.registered(0, 10, 0);
    all = new ArrayList<>(here);
    all.addAll(phones.registered(10, 10, 1));
    all.addAll(phones.registered(20, 10, 2));
    phones.expectOneConnectionEach(all);
  }

  @AfterEach
  void hangUp() {
    phones.close();
  }

  /** Clients of the first proxy are served as before, and one more registers there. */
  private void expectLocalService(String what, ClusterPhones.Latency before) throws Exception {
    long begin = System.nanoTime();
    ClusterPhones.Latency during = phones.latency(0, here.get(0), MESSAGES);
    Swarm.Phone late = phones.registered(30, 0);
    all.add(late);
    assertThat(phones.ask(0, late)).isEqualTo(200);
    TimeUnit.MILLISECONDS.sleep(
        Math.max(0, TimeUnit.SECONDS.toMillis(AWAY_SECONDS) - millisSince(begin)));
    Figures.show("%s: a local MESSAGE takes %s; before, %s", what, during, before);
  }

  private void expectAgreement(String what) throws Exception {
    long millis = phones.expectOneConnectionEach(all, NODES);
    Figures.show("%s: all proxies agree %s ms after it is over", what, millis);
    assertThat(millis).isLessThan(BOUND_MILLIS);
  }

  private ClusterPhones.Latency before() throws Exception {
    return phones.latency(0, here.get(0), MESSAGES);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Requirement({"CLU-5", "CLU-6"})
  void withRedisKilledLocalServiceGoesOnAndAfterItsRestartAllAgree(boolean keepsData)
      throws Exception {
    String what = "Redis killed and restarted " + (keepsData ? "with" : "without") + " its data";
    ClusterPhones.Latency before = before();
    redis.kill();
    expectLocalService(what, before);
    // Meanwhile these move, and nobody can be told.
    await(here.get(1).registerAt(cluster.port(1)));
    await(all.get(11).registerAt(cluster.port(0)));
    if (!keepsData) {
      redis.loseData();
    }
    redis.startAgain();
    expectAgreement(what);
  }

  @Test
  @Requirement({"CLU-5", "CLU-6"})
  void withRedisHangingLocalServiceGoesOnAndNoMessageWaitsLongerThanTheBound() throws Exception {
    ClusterPhones.Latency before = before();
    redis.pause();
    try {
      expectLocalService("Redis hangs", before);
    } finally {
      redis.resume();
    }
    expectAgreement("Redis hangs");
  }
}
