package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Many connections with mixed traffic and reconnects for {@code -Dsoak.duration} (default {@code
 * PT40S}; {@code PT8H} for a night) and {@code -Dsoak.connections} (default 500): heap, threads and
 * descriptors at the end are those after the first round.
 */
@Tag("peers")
class SoakInteropTest {

  private static final Logger LOG = LogManager.getLogger(SoakInteropTest.class);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long SEED = 4_711;
  private static final long SLACK_BYTES = 16L << 20;

  private static final String NOISY = "net.conmgmt.sip";

  private record Figures(long heapBytes, int threads, long descriptors) {}

  private static Figures figures() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      System.gc();
      return new Figures(
          ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
          ManagementFactory.getThreadMXBean().getThreadCount(),
          open.count());
    }
  }

  private static void exchange(RawPeer peer, String request) throws IOException {
    peer.send(request);
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
  }

  private static RawPeer connect(int port, int user) throws IOException {
    RawPeer peer = RawPeer.connect(port);
    exchange(peer, RawRequest.register("soak" + user, "Ms-Keep-Alive: UAC;hop-hop=yes"));
    return peer;
  }

  @Test
  void heapThreadsAndDescriptorsAreFlatAtTheEnd() throws Exception {
    Duration duration = Duration.parse(System.getProperty("soak.duration", "PT40S"));
    int count = Integer.getInteger("soak.connections", 500);
    Random random = new Random(SEED);
    int port = Stacks.freePort();
    List<RawPeer> peers = new ArrayList<>();
    // A line for each connection is too much here.
    Level level = LogManager.getLogger(NOISY).getLevel();
    Configurator.setLevel(NOISY, Level.WARN);
    try (PlainApplication server = new PlainApplication(Stacks.managed(), "127.0.0.1", port)) {
      ConnectionManagement management = ConnectionManagement.of(server.stack());
      for (int i = 0; i < count; i++) {
        peers.add(connect(port, i));
      }
      Figures first = null;
      long end = System.nanoTime() + duration.toNanos();
      long warm = System.nanoTime() + duration.toNanos() / 4;
      long exchanges = 0;
      while (System.nanoTime() - end < 0) {
        if (first == null && System.nanoTime() - warm >= 0) {
          first = settled(management, count, server);
        }
        int i = random.nextInt(count);
        RawPeer peer = peers.get(i);
        exchanges++;
        switch (random.nextInt(5)) {
          case 0 -> {
            peer.send("\r\n\r\n");
            assertThat(peer.read(2)).isEqualTo("\r\n");
          }
          case 1 -> exchange(peer, RawRequest.register("soak" + i));
          case 2 -> exchange(peer, RawRequest.message("soak" + i, "soak", "m".repeat(500)));
          case 3 -> {
            peer.close();
            peers.set(i, connect(port, i));
          }
          default -> {
            peer.reset();
            peers.set(i, connect(port, i));
          }
        }
        server.requests.clear();
      }
      Figures last = settled(management, count, server);
      LOG.info("Soak: {} connections, {} exchanges, from {} to {}", count, exchanges, first, last);
      if (first == null) {
        throw new AssertionError("Expected a longer soak.duration than " + duration);
      }
      assertThat(last.threads()).isLessThanOrEqualTo(first.threads() + 3);
      assertThat(last.descriptors()).isLessThanOrEqualTo(first.descriptors() + 10);
      assertThat(last.heapBytes()).isLessThan(first.heapBytes() + SLACK_BYTES);
    } finally {
      Configurator.setLevel(NOISY, level);
      for (RawPeer peer : peers) {
        peer.close();
      }
    }
  }

  /** The figures once the connections that were left have been noticed. */
  private static Figures settled(
      ConnectionManagement management, int count, PlainApplication server) throws IOException {
    await().atMost(PATIENCE).until(() -> management.connections().size() == count);
    server.requests.clear();
    return figures();
  }
}
