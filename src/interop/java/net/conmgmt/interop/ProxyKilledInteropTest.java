package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hundreds of user agents that found their proxy through DNS, over TLS, and the proxy dies of kill
 * -9.
 */
@Tag("peers")
@RealPeers(packages = "dnsmasq-base")
class ProxyKilledInteropTest {

  private static final Logger LOG = LogManager.getLogger(ProxyKilledInteropTest.class);

  private static final int CLIENTS = 500;
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
            "net.conmgmt.samples.ManyAgents",
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

      proxy.kill();
      clients.awaitLine("\"event\":\"unregistered\"", CLIENTS);
      clients.awaitLine("\"event\":\"proxy.lost\"", CLIENTS);
      assertThat(clients.output().lines().filter(l -> l.contains("\"event\":\"proxy.lost\"")))
          .hasSize(CLIENTS)
          .allMatch(line -> line.matches(".*\"reason\":\"(PEER_CLOSED|IO_ERROR)\".*"));

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
        LOG.info(
            "{} clients are back {} ms after the proxy began to start; before {}, after {}",
            CLIENTS,
            took.toMillis(),
            before,
            ProcessFigures.of(clients));
        assertThat(dnsmasq.output()).contains("started");
      }
    }
  }
}
