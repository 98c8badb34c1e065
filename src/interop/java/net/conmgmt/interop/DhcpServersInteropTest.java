package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Option 120 as real servers send it. In the namespace of the servers run a DNS server, a proxy for
 * TCP and, for each test, a DHCP server; {@code discover} runs in a namespace of its own and asks
 * from port 68.
 */
@RealPeers(
    packages = {"dnsmasq-base", "isc-dhcp-server", "kea-dhcp4-server", "iproute2"},
    namespaces = true)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DhcpServersInteropTest {

  private static final String ONE = "sip1.contoso.test";
  private static final String TWO = "sip2.contoso.test";

  private final List<AutoCloseable> opened = new ArrayList<>();
  private NetworkNamespace servers;
  private NetworkNamespace clients;

  @BeforeAll
  void startServers(@TempDir Path common) throws IOException {
    servers = open(NetworkNamespace.create());
    clients = open(NetworkNamespace.create());
    servers.link("s0", "192.0.2.1/24", clients, "c0", "192.0.2.10/24");
    open(dns(servers, common));
    open(
        ExternalProcess.start(
                "proxy",
                common,
                Map.of(),
                servers.inside(
                    Samples.command("proxy", "--domain", "contoso.test", "--listen", "192.0.2.1")))
            .ready("ready "));
  }

  @AfterAll
  void endAll() throws Exception {
    for (int i = opened.size() - 1; i >= 0; i--) {
      opened.get(i).close();
    }
  }

  private <T extends AutoCloseable> T open(T closeable) {
    opened.add(closeable);
    return closeable;
  }

  private static ExternalProcess dns(NetworkNamespace network, Path folder) throws IOException {
    return Dnsmasq.start(
        network,
        folder,
        List.of(
            "--listen-address=192.0.2.1",
            "--local=/test/",
            "--host-record=" + ONE + ",192.0.2.1",
            "--host-record=" + TWO + ",192.0.2.1"));
  }

  @Requirement({"DISC-4", "DISC-6"})
  @ParameterizedTest
  @EnumSource
  void theNamesOfTheServerLeadToTheProxy(DhcpServers server, @TempDir Path folder)
      throws Exception {
    try (ExternalProcess dhcp = server.start(servers, folder, "s0", true, List.of(ONE, TWO))) {
      Samples.Discovered found = discover(folder);
      assertThat(found.status()).as(found.report() + dhcp.output()).isZero();
      JsonNode query = found.query("DHCP");
      assertThat(query.get("result").asText()).isEqualTo("RECORDS");
      assertThat(texts(query.get("records"))).containsExactlyInAnyOrder(ONE, TWO);
      assertThat(query.get("detail").asText()).isEqualTo("DHCPACK on c0");
      JsonNode chosen = found.report().get("chosenCandidate");
      assertThat(chosen.get("source").asText()).isEqualTo("DHCP_TCP");
      assertThat(found.report().get("chosen").asText()).isEqualTo("192.0.2.1:5060/TCP");
    }
  }

  @Requirement("DISC-4")
  @ParameterizedTest
  @EnumSource
  void addressesOfTheServerAreReportedAndNotUsed(DhcpServers server, @TempDir Path folder)
      throws Exception {
    List<String> addresses = List.of("192.0.2.1", "192.0.2.2");
    try (ExternalProcess dhcp = server.start(servers, folder, "s0", false, addresses)) {
      Samples.Discovered found = discover(folder);
      assertThat(found.status()).as(dhcp.output()).isEqualTo(1);
      JsonNode query = found.query("DHCP");
      assertThat(query.get("result").asText()).isEqualTo("NO_SUCH_SERVICE");
      assertThat(query.get("records")).isEmpty();
      assertThat(texts(query.get("rejected")))
          .containsExactly(
              "192.0.2.1: an address, only names are used ([MS-CONMGMT] 3.1.5)",
              "192.0.2.2: an address, only names are used ([MS-CONMGMT] 3.1.5)");
      assertThat(query.get("millis").asLong()).isGreaterThanOrEqualTo(5_000);
    }
  }

  @Requirement("DISC-4")
  @Test
  void twoProcessesThatAskAtOnceBothGetTheirAnswer(@TempDir Path folder) throws Exception {
    List<String> names = List.of(ONE, TWO);
    try (ExternalProcess dhcp = DhcpServers.ISC_DHCPD.start(servers, folder, "s0", true, names);
        ExternalProcess first =
            ExternalProcess.start("first", folder, Map.of(), clients.inside(command()));
        ExternalProcess second =
            ExternalProcess.start("second", folder, Map.of(), clients.inside(command()))) {
      assertThat(Samples.discovered(first).status()).as(dhcp.output()).isZero();
      assertThat(Samples.discovered(second).status()).as(dhcp.output()).isZero();
    }
  }

  @Requirement("DISC-4")
  @Test
  void everyInterfaceIsAskedUnlessThePropertyNamesSome(@TempDir Path folder) throws Exception {
    try (NetworkNamespace silent = NetworkNamespace.create();
        NetworkNamespace answering = NetworkNamespace.create();
        NetworkNamespace client = NetworkNamespace.create()) {
      silent.link("s0", "198.51.100.1/24", client, "e0", "198.51.100.10/24");
      answering.link("s1", "192.0.2.1/24", client, "e1", "192.0.2.10/24");
      try (ExternalProcess dns = dns(answering, folder);
          ExternalProcess dhcp =
              DhcpServers.KEA.start(answering, folder, "s1", true, List.of(ONE, TWO))) {
        JsonNode all = Samples.discover(folder, client.inside(command())).query("DHCP");
        assertThat(all.get("detail").asText())
            .as(dns.output() + dhcp.output())
            .isEqualTo("DHCPACK on e1");
        JsonNode named =
            Samples.discover(folder, client.inside(command("--set", "DHCP_INTERFACES=e0")))
                .query("DHCP");
        assertThat(named.get("records")).isEmpty();
        assertThat(named.get("detail").asText()).endsWith("asked on e0");
      }
    }
  }

  @Requirement("DISC-5")
  @Test
  void withoutPermissionForPort68DhcpIsCompleteAtOnce(@TempDir Path folder) throws Exception {
    List<String> command = new ArrayList<>(List.of("setpriv", "--bounding-set=-net_bind_service"));
    command.addAll(command());
    JsonNode query = Samples.discover(folder, clients.inside(command)).query("DHCP");
    assertThat(query.get("result").asText()).isEqualTo("NOT_ASKED");
    assertThat(query.get("detail").asText())
        .contains("c0: port 68: Permission denied")
        .contains("Port 68 needs root or CAP_NET_BIND_SERVICE");
    assertThat(query.get("millis").asLong()).isLessThan(5_000);
  }

  private Samples.Discovered discover(Path folder) throws IOException {
    return Samples.discover(folder, clients.inside(command()));
  }

  private static List<String> command(String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of("discover", "--json", "sip:alice@contoso.test", "--dns", "192.0.2.1:53"));
    arguments.addAll(List.of("--dhcp", "on", "--listen", "192.0.2.10"));
    arguments.addAll(List.of(more));
    return Samples.command(arguments.toArray(new String[0]));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(node -> texts.add(node.asText()));
    return texts;
  }
}
