package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.internal.directory.DirectoryStore;
import net.conmgmt.sip.internal.directory.DirectoryStoreContract;
import net.conmgmt.sip.internal.redis.RedisStore;
import net.conmgmt.sip.internal.time.SystemScheduler;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The directory on a real Redis server does what the contract says. */
@RealPeers(packages = RedisServer.PACKAGE)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisStoreInteropTest extends DirectoryStoreContract {

  private static final long PATIENCE_SECONDS = 20;

  private final SystemScheduler scheduler = new SystemScheduler("redis-test");
  private final Map<String, DirectoryStore> stores = new HashMap<>();
  private final AtomicInteger connects = new AtomicInteger();
  private final Map<String, BlockingQueue<String>> heard = new HashMap<>();
  private @Nullable AutoCloseable server;
  private String uri = "";

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    server = startServer(folder);
    uri = uri();
    for (String node : List.of(A, B)) {
      BlockingQueue<String> hints = new LinkedBlockingQueue<>();
      CountDownLatch connected = new CountDownLatch(1);
      DirectoryStore store = new RedisStore(uri, 5, scheduler);
      stores.put(node, store);
      heard.put(node, hints);
      store.start(
          node,
          new DirectoryStore.Events() {
            @Override
            public void connected() {
              connected.countDown();
              connects.incrementAndGet();
            }

            @Override
            public void disconnected(String why) {}

            @Override
            public void displaced(Endpoint endpoint, long epoch, String newer) {
              hints.add(endpoint + " " + epoch + " " + newer);
            }
          });
      if (!connected.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("Expected a connection to " + uri);
      }
    }
  }

  /** What has to be closed in the end. */
  AutoCloseable startServer(Path folder) throws Exception {
    return RedisServer.start(folder);
  }

  /** The property's value. */
  String uri() {
    return ((RedisServer) Objects.requireNonNull(server)).uri();
  }

  /** How often connections have been made so far, by all nodes. */
  int connects() {
    return connects.get();
  }

  void awaitConnects(int count) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3 * PATIENCE_SECONDS);
    while (connects() < count) {
      if (System.nanoTime() > end) {
        throw new IOException("Expected " + count + " connections, found " + connects());
      }
      Thread.sleep(5);
    }
  }

  @AfterAll
  void stop() throws Exception {
    for (DirectoryStore store : stores.values()) {
      store.close();
    }
    scheduler.close();
    if (server != null) {
      server.close();
    }
  }

  @Override
  protected DirectoryStore store(String node) {
    return Objects.requireNonNull(stores.get(node));
  }

  @Override
  protected <T> T await(CompletableFuture<T> answer) throws Exception {
    return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  protected String hint(String node, Endpoint endpoint) throws Exception {
    String about = endpoint + " ";
    String hint;
    do {
      hint =
          String.valueOf(
              Objects.requireNonNull(heard.get(node)).poll(PATIENCE_SECONDS, TimeUnit.SECONDS));
    } while (!hint.startsWith(about) && !hint.equals("null"));
    return hint.substring(Math.min(hint.length(), about.length()));
  }
}
