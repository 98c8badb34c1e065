package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.directory.DirectoryStore;
import net.conmgmt.sip.internal.redis.RedisStore;
import net.conmgmt.sip.internal.time.SystemScheduler;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What one Redis server on this machine carries, asked by the library's own store:
 *
 * <pre>
 * mvn -B -Pinterop -Dtest=DirectoryCapacityInteropTest -Dcapacity.endpoints=100000 test
 * </pre>
 */
@RealPeers(packages = RedisServer.PACKAGE)
class DirectoryCapacityInteropTest {

  private static final int ENDPOINTS = Integer.getInteger("capacity.endpoints", 5_000);
  private static final int AT_ONCE = 64;
  private static final long PATIENCE_SECONDS = 60;
  private static final long HOUR = TimeUnit.HOURS.toMicros(1);

  private static Endpoint endpoint(int number) {
    return new Endpoint(
        "sip:user" + number + "@contoso.test", "urn:uuid:3e334e85-9879-3f25-ad38-27d651b7804a");
  }

  /** Asks for each endpoint, 64 at once; gives how many a second were answered. */
  private static long perSecond(IntFunction<CompletableFuture<Boolean>> question)
      throws InterruptedException {
    Semaphore room = new Semaphore(AT_ONCE);
    AtomicInteger good = new AtomicInteger();
    long begin = System.nanoTime();
    for (int i = 0; i < ENDPOINTS; i++) {
      acquire(room, 1);
      CompletableFuture<?> unused =
          question
              .apply(i)
              .whenComplete(
                  (answer, failure) -> {
                    good.addAndGet(Boolean.TRUE.equals(answer) ? 1 : 0);
                    room.release();
                  });
    }
    acquire(room, AT_ONCE);
    long nanos = System.nanoTime() - begin;
    assertThat(good).hasValue(ENDPOINTS);
    return TimeUnit.SECONDS.toNanos(ENDPOINTS) / nanos;
  }

  private static void acquire(Semaphore room, int count) throws InterruptedException {
    assertThat(room.tryAcquire(count, PATIENCE_SECONDS, TimeUnit.SECONDS))
        .as("%s of %s questions are answered", count, AT_ONCE)
        .isTrue();
  }

  private static CompletableFuture<Boolean> claim(DirectoryStore store, String node, int number) {
    return store
        .claim(
            new DirectoryStore.Claim(
                endpoint(number),
                node,
                1_800_000_000_000_000L,
                "Uyi17TDoKnsAAAAAAAAAEIr3GZg10Qng5TNR1os4NeU",
                true,
                "sip:user" + number + "@192.0.2.77:50123;transport=tls",
                HOUR,
                false,
                Long.MAX_VALUE / 4,
                0,
                0))
        .thenApply(answer -> answer.verdict() == DirectoryStore.Verdict.GRANTED);
  }

  @Test
  @Requirement("CLU-5")
  void everyClaimAndLookUpIsAnsweredWithManyAtOnce(@TempDir Path folder) throws Exception {
    try (RedisServer redis = RedisServer.start(folder);
        SystemScheduler scheduler = new SystemScheduler("capacity");
        RedisStore store = new RedisStore(redis.uri(), 30, scheduler)) {
      CountDownLatch connected = new CountDownLatch(1);
      store.start(
          "192.0.2.1:5061",
          new DirectoryStore.Events() {
            @Override
            public void connected() {
              connected.countDown();
            }

            @Override
            public void disconnected(String why) {}

            @Override
            public void displaced(Endpoint endpoint, long epoch, String node) {}
          });
      assertThat(connected.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      long before = usedBytes(redis);
      long claims = perSecond(i -> claim(store, "192.0.2.1:5061", i));
      long bytes = (usedBytes(redis) - before) / ENDPOINTS;
      long refreshes = perSecond(i -> claim(store, "192.0.2.1:5061", i));
      long moves = perSecond(i -> claim(store, "192.0.2.2:5061", i));
      long lookups =
          perSecond(
              i ->
                  store
                      .lookup(endpoint(i).addressOfRecord())
                      .thenApply(found -> found.size() == 1));
      Figures.show(
          "%s endpoints: %s claims/s, %s refreshes/s, %s moves/s, %s look-ups/s, %s bytes an"
              + " endpoint",
          ENDPOINTS, claims, refreshes, moves, lookups, bytes);
    }
  }

  private static long usedBytes(RedisServer redis) throws Exception {
    return redis
        .ask("info", "memory")
        .lines()
        .filter(line -> line.startsWith("used_memory:"))
        .mapToLong(line -> Long.parseLong(line.substring(12).strip()))
        .findFirst()
        .orElseThrow();
  }
}
