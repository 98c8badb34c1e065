package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hundreds of user agents that found their proxy through DNS, over TLS, and the proxy dies of kill
 * -9. They notice at once, and come back spread over the second after it.
 */
@Tag("peers")
@RealPeers(packages = "dnsmasq-base")
class ProxyKilledInteropTest {

  /** 500 of them: {@code -Dkilled.clients=500}. */
  private static final int CLIENTS = Integer.getInteger("killed.clients", 250);

  /** Of the proxy; a connection that carries keep-alives has lasted. */
  private static final int TIMEOUT_SECONDS = 48;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private Path keyStore;
  private Path trustStore;
  private int port;

  @BeforeEach
  void makeCertificates() throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    keyStore = authority.keyStore("proxy.contoso.test", "dns:proxy.contoso.test");
    trustStore = authority.trustStore();
    port = Stacks.freePort();
  }

  private ExternalProcess startProxy() throws IOException {
    return Samples.start(
            "proxy",
            folder,
            "proxy",
            "--domain",
            "contoso.test",
            "--tcp",
            "none",
            "--tls",
            Integer.toString(port),
            "--keystore",
            keyStore.toString(),
            "--password",
            TestCertificates.PASSWORD,
            "--set",
            "KEEP_ALIVE_TIMEOUT=" + TIMEOUT_SECONDS,
            "--events",
            "-")
        .ready("ready tls");
  }

  private ExternalProcess startClients(int dnsPort) throws IOException {
    return ExternalProcess.start(
        "clients",
        folder,
        Map.of(),
        Samples.command(
            List.of("-Xss256k"),
            ManyAgents.class,
            Integer.toString(CLIENTS),
            "ua",
            "--aor",
            "sip:user%d@contoso.test",
            "--dns",
            "127.0.0.1:" + dnsPort,
            "--trust",
            trustStore.toString(),
            "--set",
            "gov.nist.javax.sip.THREAD_POOL_SIZE=1",
            "--set",
            "REDISCOVERY=at-once",
            "--events",
            "-"));
  }

  @Test
  void allClientsNoticeAndComeBack() throws Exception {
    int dnsPort = Stacks.freePort();
    List<String> zone =
        List.of(
            "--port=" + dnsPort,
            "--listen-address=127.0.0.1",
            "--local=/test/",
            "--srv-host=_sipinternaltls._tcp.contoso.test,proxy.contoso.test," + port,
            "--host-record=proxy.contoso.test,127.0.0.1");
    try (ExternalProcess dnsmasq = Dnsmasq.start(null, folder, zone);
        ExternalProcess proxy = startProxy();
        ExternalProcess clients = startClients(dnsPort)) {
      proxy.awaitLine("\"event\":\"registered\"", CLIENTS);
      clients.awaitLine("\"event\":\"registered\"", CLIENTS);
      ProcessFigures before = ProcessFigures.of(clients);

      // Only who has lost a connection that lasted spreads his return over a second.
      clients.awaitLine("\"event\":\"keepalive.sent\"", CLIENTS);
      int connected = events(clients, "connection.connecting").size();

      proxy.kill();
      clients.awaitLine("\"event\":\"unregistered\"", CLIENTS);
      clients.awaitLine("\"event\":\"proxy.lost\"", CLIENTS);
      assertThat(events(clients, "proxy.lost"))
          .hasSize(CLIENTS)
          .allMatch(line -> line.matches(".*\"reason\":\"(PEER_CLOSED|IO_ERROR)\".*"));
      clients.awaitLine("\"event\":\"connection.connecting\"", connected + CLIENTS);
      int most = mostWithinAQuarter(events(clients, "connection.connecting"), connected);
      Figures.show("%s of the first %s attempts are within 250 ms", most, CLIENTS);
      // Of an even spread a fourth; without any three fourths, unless the machine is so busy with
      // other tests that nothing is done at once.
      assertThat(most).isLessThan(CLIENTS * 3 / 5);

      long begin = System.nanoTime();
      try (ExternalProcess again = startProxy()) {
        again.awaitLine("\"event\":\"registered\"", CLIENTS);
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        clients.awaitLine("\"event\":\"registered\"", 2 * CLIENTS);
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  ProcessFigures after = ProcessFigures.of(clients);
                  assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 10);
                  assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors());
                });
        Figures.show(
            "%s clients are back %s ms after the proxy began to start; before %s, after %s",
            CLIENTS, took.toMillis(), before, ProcessFigures.of(clients));
        assertThat(dnsmasq.output()).contains("started");
      }
    }
  }

  private static List<String> events(ExternalProcess process, String event) {
    return process
        .output()
        .lines()
        .filter(line -> line.contains("\"event\":\"" + event + "\""))
        .toList();
  }

  /** The most of the next {@link #CLIENTS} of these events that any 250 ms hold. */
  private static int mostWithinAQuarter(List<String> events, int first) {
    long[] millis =
        events.subList(first, first + CLIENTS).stream()
            .map(ProxyKilledInteropTest::time)
            .mapToLong(Instant::toEpochMilli)
            .sorted()
            .toArray();
    int most = 0;
    int begin = 0;
    for (int end = 0; end < millis.length; end++) {
      while (millis[end] - millis[begin] > 250) {
        begin++;
      }
      most = Math.max(most, end - begin + 1);
    }
    return most;
  }

  private static Instant time(String event) {
    return Instant.parse(event.replaceFirst(".*\"time\":\"([^\"]+)\".*", "$1"));
  }
}
