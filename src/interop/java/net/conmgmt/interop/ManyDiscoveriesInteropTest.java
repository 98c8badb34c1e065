package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.Stacks;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many domains, BIND that knows them, and one stack that looks for all their proxies at once. */
@Tag("peers")
@RealPeers(packages = "bind9")
class ManyDiscoveriesInteropTest {

  private static final Logger LOG = LogManager.getLogger(ManyDiscoveriesInteropTest.class);

  /** What the protocol demands of TCP records that come late, which the load decides. */
  private static final String LATE = "complete after both TLS queries";

  private static final int DOMAINS = 100;
  private static final int PORTS = 10;
  private static final int PATIENCE_SECONDS = 60;

  @TempDir private Path folder;
  private final List<ServerSocket> proxies = new ArrayList<>();
  private int port;

  @AfterEach
  void noThreadIsLeft() throws Exception {
    for (ServerSocket proxy : proxies) {
      proxy.close();
    }
    await().until(() -> threads(port).isEmpty());
  }

  /** Every fifth domain has no service at all, every fifth one whose first entry is dead. */
  private Map<String, String> zones(int deadPort) {
    Map<String, String> zones = new LinkedHashMap<>();
    for (int i = 0; i < DOMAINS; i++) {
      String dead = i % 5 == 1 ? "_sipinternal._tcp SRV 1 0 " + deadPort + " proxy\n" : "";
      String good = "_sipinternal._tcp SRV 9 0 " + port(i) + " proxy\nproxy A 127.0.0.1\n";
      zones.put("d" + i + ".test", i % 5 == 0 ? "other A 127.0.0.1\n" : dead + good);
    }
    return zones;
  }

  private int port(int domain) {
    return proxies.get(domain % PORTS).getLocalPort();
  }

  private static List<String> threads(int port) {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("conmgmt") && name.contains("-" + port))
        .toList();
  }

  @Test
  void aHundredDomainsAreDiscoveredAtOnceAndEachEndsRight() throws Exception {
    for (int i = 0; i < PORTS; i++) {
      proxies.add(new ServerSocket(0, DOMAINS, InetAddress.getLoopbackAddress()));
    }
    int dnsPort = Stacks.freePort();
    port = Stacks.freePort();
    try (ExternalProcess named = Bind9.start(folder, dnsPort, zones(Stacks.freePort()));
        PlainApplication agent =
            new PlainApplication(
                Stacks.managed(
                    "javax.sip.ROUTER_PATH",
                    "net.conmgmt.sip.discovery.DiscoveryRouter",
                    "net.conmgmt.sip.DNS_SERVERS",
                    "127.0.0.1:" + dnsPort),
                "127.0.0.1",
                port)) {
      ConnectionManagement management = ConnectionManagement.of(agent.stack());
      long begin = System.nanoTime();
      List<CompletableFuture<DiscoveryReport>> discoveries = new ArrayList<>();
      for (int i = 0; i < DOMAINS; i++) {
        discoveries.add(management.discover("sip:alice@d" + i + ".test"));
      }
      int most = 0;
      CompletableFuture<Void> all =
          CompletableFuture.allOf(discoveries.toArray(new CompletableFuture<?>[0]));
      while (!all.isDone()) {
        most = Math.max(most, threads(port).size());
        assertThat(System.nanoTime() - begin)
            .isLessThan(TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));
      }
      LOG.info(
          "{} discoveries took {} ms with at most {} threads",
          DOMAINS,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin),
          most);
      int late = 0;
      for (int i = 0; i < DOMAINS; i++) {
        DiscoveryReport report = discoveries.get(i).join();
        if (report.toString().contains(LATE)) {
          late++;
          report =
              management
                  .discover("sip:alice@d" + i + ".test")
                  .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        endedRight(i, report);
      }
      LOG.info("{} TCP answers came after both of TLS: found on the second attempt", late);
      assertThat(most).isLessThan(40);
      // One connection for each destination, as many domains as have it.
      assertThat(management.connections()).hasSize(PORTS - PORTS / 5);
      assertThat(named.output()).contains("running");
    }
  }

  private void endedRight(int domain, DiscoveryReport report) {
    assertThat(report.domain()).isEqualTo("d" + domain + ".test");
    assertThat(report.queries()).hasSize(5);
    if (domain % 5 == 0) {
      assertThat(report.succeeded()).isFalse();
      assertThat(report.failure())
          .contains("DNS has no SRV record for SIP in d" + domain + ".test");
    } else {
      assertThat(report.succeeded()).as(report.toString()).isTrue();
      assertThat(String.valueOf(report.chosen())).isEqualTo("127.0.0.1:" + port(domain) + "/TCP");
      assertThat(report.attempts()).hasSize(domain % 5 == 1 ? 2 : 1);
    }
  }
}
