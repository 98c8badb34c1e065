package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.TestCertificates;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many connections with mixed traffic and reconnects, half of them over TLS, at two sample proxies,
 * one of each kind of I/O: heap, threads and descriptors of each at the end are those before, each
 * time when everything has been done once on every connection and nothing of it lingers.
 *
 * <ul>
 *   <li>{@code -Dsoak.duration}: of the mixed traffic, default {@code PT3M30S}; with all before and
 *       after it the test then takes about seven minutes. {@code PT8H} for a night.
 *   <li>{@code -Dsoak.rate}: how many exchanges a second, default 150, which leaves the processors
 *       to the tests beside it. Their number is the product of both: on a machine that is too slow
 *       the test takes longer.
 *   <li>{@code -Dsoak.connections}: default 2000.
 * </ul>
 *
 * Its name is what makes it begin first, see pom.xml.
 */
@Tag("peers")
// The test sets the fields first.
@SuppressWarnings("NullAway.Init")
class ALongSoakInteropTest {

  private static final Logger LOG = LogManager.getLogger(ALongSoakInteropTest.class);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Longer than transactions stay in memory after their end (RFC 3261: 32 s). */
  private static final Duration LINGERING = Duration.ofSeconds(40);

  private static final long SEED = 4_711;
  private static final long SLACK_BYTES = 1L << 20;

  /** Of connecting, and of all that is done once before and after the traffic. */
  private static final int SETTLING_RATE = 300;

  private static final String OFFER = "Ms-Keep-Alive: UAC;hop-hop=yes";

  private enum Act {
    RESET,
    CLOSE,
    REGISTER,
    MESSAGE,
    KEEP_ALIVE
  }

  /** How often what is done. */
  private static final List<Act> MIX =
      List.of(
          Act.KEEP_ALIVE,
          Act.KEEP_ALIVE,
          Act.REGISTER,
          Act.REGISTER,
          Act.MESSAGE,
          Act.MESSAGE,
          Act.CLOSE,
          Act.RESET);

  private record Way(ProxyProcess proxy, String transport) {}

  @TempDir private Path folder;
  private SSLContext tls;
  private final List<Way> ways = new ArrayList<>();
  private final List<RawPeer> peers = new ArrayList<>();

  private static void exchange(RawPeer peer, String request) throws IOException {
    peer.send(request);
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
  }

  /** Over the proxy to itself, as everybody knows himself only. */
  private static void message(RawPeer peer, String user) throws IOException {
    peer.send(RawRequest.message(user, user, "m".repeat(500)));
    String received = peer.readMessage();
    assertThat(received).startsWith("MESSAGE");
    assertThat(peer.read(500)).startsWith("mm");
    exchange(peer, RawPeer.okTo(received, ""));
  }

  private void messageTo(RawPeer peer, int i) throws IOException {
    try {
      message(peer, "soak" + i);
    } catch (IOException e) {
      Way way = ways.get(i % ways.size());
      throw new IOException(
          "soak"
              + i
              + " over way "
              + i % ways.size()
              + " "
              + way.transport()
              + ": "
              + way.proxy().process().output(),
          e);
    }
  }

  private RawPeer connect(int user) throws Exception {
    Way way = ways.get(user % ways.size());
    int port = way.proxy().port(way.transport());
    RawPeer peer =
        way.transport().equals("tls") ? RawPeer.connectTls(port, tls) : RawPeer.connect(port);
    exchange(peer, RawRequest.register("soak" + user, OFFER));
    return peer;
  }

  @Test
  void heapThreadsAndDescriptorsAreFlatAtTheEnd() throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    tls = authority.clientContext();
    try (ProxyProcess nio = start("nio", authority);
        ProxyProcess blocking = start("blocking", authority)) {
      Map<String, ProxyProcess> proxies = new LinkedHashMap<>();
      proxies.put("nio", nio);
      proxies.put("blocking", blocking);
      assertThat(proxies.keySet()).containsExactlyElementsOf(IoKinds.all());
      for (ProxyProcess proxy : proxies.values()) {
        ways.add(new Way(proxy, "tcp"));
        ways.add(new Way(proxy, "tls"));
      }
      run(proxies);
    } finally {
      for (RawPeer peer : peers) {
        peer.close();
      }
    }
  }

  private ProxyProcess start(String kind, TestCertificates authority) throws Exception {
    // So that what is counted lives: no soft references, no gaps that a collection leaves for
    // later.
    List<String> options =
        List.of("-Xmx512m", "-XX:SoftRefLRUPolicyMSPerMB=0", "-XX:MarkSweepAlwaysCompactCount=1");
    return ProxyProcess.start(folder, options, authority, "--set", "TRANSPORT=" + kind);
  }

  private void run(Map<String, ProxyProcess> proxies) throws Exception {
    Duration duration = Duration.parse(System.getProperty("soak.duration", "PT3M30S"));
    int rate = Integer.getInteger("soak.rate", 150);
    int count = Integer.getInteger("soak.connections", 2_000);
    long begin = System.nanoTime();
    connectAll(count);
    settle(rate);
    Map<String, ProcessFigures> first = new LinkedHashMap<>();
    for (Map.Entry<String, ProxyProcess> proxy : proxies.entrySet()) {
      first.put(proxy.getKey(), ProcessFigures.of(proxy.getValue().process()));
    }
    long mixedBegin = System.nanoTime();
    long exchanges = traffic(MIX, rate, duration);
    long mixedEnd = System.nanoTime();
    settle(rate);
    for (Map.Entry<String, ProcessFigures> figures : first.entrySet()) {
      ProxyProcess proxy = Objects.requireNonNull(proxies.get(figures.getKey()));
      flatSince(figures.getValue(), figures.getKey(), proxy);
    }
    LOG.info(
        "Soak: {} connections, {} exchanges in {} s, all in {} s",
        count,
        exchanges,
        TimeUnit.NANOSECONDS.toSeconds(mixedEnd - mixedBegin),
        TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin));
  }

  private void connectAll(int count) throws Exception {
    Pace pace = new Pace(SETTLING_RATE);
    for (int i = 0; i < count; i++) {
      pace.await();
      peers.add(connect(i));
    }
  }

  /**
   * Does everything once on every connection and lets nothing of it linger: what is made at first
   * use is there, and what a connection keeps of its last messages is the same each time.
   */
  private void settle(int rate) throws Exception {
    Pace pace = new Pace(SETTLING_RATE);
    for (int i = 0; i < peers.size(); i++) {
      for (Act act : Act.values()) {
        pace.await();
        act(act, i);
      }
    }
    traffic(List.of(Act.KEEP_ALIVE), rate, LINGERING);
  }

  /** Does one thing after the other, for so long at that rate; gives how many. */
  private long traffic(List<Act> acts, int rate, Duration duration) throws Exception {
    Random random = new Random(SEED);
    Pace pace = new Pace(rate);
    long exchanges = rate * duration.toSeconds();
    for (long i = 0; i < exchanges; i++) {
      pace.await();
      act(acts.get(random.nextInt(acts.size())), random.nextInt(peers.size()));
    }
    return exchanges;
  }

  private void act(Act act, int i) throws Exception {
    RawPeer peer = peers.get(i);
    switch (act) {
      case RESET -> {
        peer.reset();
        peers.set(i, connect(i));
      }
      case CLOSE -> {
        peer.close();
        peers.set(i, connect(i));
      }
      case REGISTER -> exchange(peer, RawRequest.register("soak" + i, OFFER));
      case MESSAGE -> messageTo(peer, i);
      case KEEP_ALIVE -> {
        peer.send("\r\n\r\n");
        assertThat(peer.read(2)).isEqualTo("\r\n");
      }
    }
  }

  /** What ended last takes a moment, and threads without work some seconds. */
  private static void flatSince(ProcessFigures first, String kind, ProxyProcess proxy) {
    await()
        .pollInterval(Duration.ofSeconds(2))
        .pollDelay(Duration.ZERO)
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              ProcessFigures last = ProcessFigures.of(proxy.process());
              LOG.info("Soak of {}: from {} to {}", kind, first, last);
              assertThat(last.threads()).isLessThanOrEqualTo(first.threads() + 10);
              assertThat(last.descriptors()).isLessThanOrEqualTo(first.descriptors() + 10);
              assertThat(last.heapBytes()).isLessThan(first.heapBytes() + SLACK_BYTES);
            });
  }
}
