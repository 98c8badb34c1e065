package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Stacks;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A user agent that has to find its proxy anew while DNS is gone, refused or slow. */
@Tag("peers")
// It waits most of the time; others run meanwhile.
@Execution(ExecutionMode.CONCURRENT)
@RealPeers(packages = "dnsmasq-base")
class DnsFaultsInteropTest {

  private static final int DNS_TIMEOUT_SECONDS = 1;

  /** The services, and then each of the fall-back names. */
  private static final int LOOK_UPS = 7;

  /** More than the library waits before it asks again. */
  private static final long SLOW_MILLIS = 1_500;

  private static final String DROPPED =
      """
      table ip nodns {
        chain in {
          type filter hook input priority filter
          udp dport %d drop
        }
      }
      """;

  @TempDir private Path folder;
  private final int port = freePort();
  private final int dnsPort = freePort();

  private static int freePort() {
    try {
      return Stacks.freePort();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private ExternalProcess start(@Nullable NetworkNamespace place, String... arguments)
      throws IOException {
    List<String> command = Samples.command(arguments);
    return ExternalProcess.start(
        arguments[0], folder, Map.of(), place == null ? command : place.inside(command));
  }

  private ExternalProcess startDns(@Nullable NetworkNamespace place) throws IOException {
    return Dnsmasq.start(
        place,
        folder,
        List.of(
            "--port=" + dnsPort,
            "--listen-address=127.0.0.1",
            "--local=/test/",
            "--srv-host=_sipinternal._tcp.contoso.test,proxy.contoso.test," + port,
            "--host-record=proxy.contoso.test,127.0.0.1"));
  }

  private ExternalProcess startProxy(@Nullable NetworkNamespace place) throws IOException {
    return start(
            place,
            "proxy",
            "--domain",
            "contoso.test",
            "--tcp",
            Integer.toString(port),
            "--events",
            "-")
        .ready("ready tcp");
  }

  private ExternalProcess startAgent(
      @Nullable NetworkNamespace place, int askedPort, int dnsTimeoutSeconds) throws IOException {
    return start(
        place,
        "ua",
        "--aor",
        "sip:alice@contoso.test",
        "--dns",
        "127.0.0.1:" + askedPort,
        "--set",
        "DNS_TIMEOUT=" + dnsTimeoutSeconds,
        "--set",
        "REDISCOVERY=at-once",
        "--events",
        "-");
  }

  private static List<JsonNode> events(ExternalProcess process, String name) throws IOException {
    List<JsonNode> found = new ArrayList<>();
    for (String line : process.output().lines().toList()) {
      if (line.contains("\"event\":\"" + name + "\"")) {
        found.add(new ObjectMapper().readTree(line));
      }
    }
    return found;
  }

  private static void isRegisteredAgain(ExternalProcess agent) throws IOException {
    agent.awaitLine("\"event\":\"registered\"", 2);
    agent.awaitLine("\"event\":\"keepalive.negotiated\"", 2);
    List<JsonNode> done = events(agent, "discovery.done");
    assertThat(done.get(done.size() - 1).get("succeeded").asBoolean()).isTrue();
    assertThat(events(agent, "connection.established")).hasSize(2);
  }

  @Test
  @RealPeers(packages = "nftables", namespaces = true)
  void aServerThatIsSilentForAWhileDelaysAndDoesNotEndIt() throws Exception {
    try (NetworkNamespace place = NetworkNamespace.create();
        ExternalProcess dns = startDns(place);
        ExternalProcess proxy = startProxy(place);
        ExternalProcess agent = startAgent(place, dnsPort, DNS_TIMEOUT_SECONDS)) {
      agent.awaitLine("\"event\":\"keepalive.negotiated\"");
      ProcessFigures before = ProcessFigures.of(agent);
      Path rules = Files.writeString(folder.resolve("dns.nft"), DROPPED.formatted(dnsPort));
      place.run("nft", "-f", rules.toString());
      proxy.kill();
      agent.awaitLine("\"event\":\"proxy.lost\"");
      try (ExternalProcess again = startProxy(place)) {
        agent.awaitLine("\"succeeded\":false");
        JsonNode failed = events(agent, "discovery.done").get(1);
        assertThat(failed.get("failure").asText())
            .contains("no answer within " + DNS_TIMEOUT_SECONDS + " s from [127.0.0.1:" + dnsPort);
        assertThat(failed.get("millis").asLong())
            .isBetween(
                DNS_TIMEOUT_SECONDS * 1_000L - 50,
                LOOK_UPS * DNS_TIMEOUT_SECONDS * 1_000L + 10_000);
        assertThat(again.output()).doesNotContain("connection.established");
        place.run("nft", "delete", "table", "ip", "nodns");
        isRegisteredAgain(agent);
        nothingIsLeft(before, agent);
        assertThat(dns.output()).contains("started");
      }
    }
  }

  @Test
  void aServerThatIsKilledIsAskedAgainWhenItIsBack() throws Exception {
    try (ExternalProcess dns = startDns(null);
        ExternalProcess proxy = startProxy(null);
        ExternalProcess agent = startAgent(null, dnsPort, DNS_TIMEOUT_SECONDS)) {
      agent.awaitLine("\"event\":\"keepalive.negotiated\"");
      ProcessFigures before = ProcessFigures.of(agent);
      dns.kill();
      proxy.kill();
      agent.awaitLine("\"event\":\"proxy.lost\"");
      try (ExternalProcess again = startProxy(null)) {
        agent.awaitLine("\"succeeded\":false");
        assertThat(events(agent, "discovery.done").get(1).get("failure").asText())
            .startsWith("DNS gave no good answer to any query: ")
            .contains("127.0.0.1:" + dnsPort);
        assertThat(again.output()).doesNotContain("connection.established");
        try (ExternalProcess back = startDns(null)) {
          isRegisteredAgain(agent);
          nothingIsLeft(before, agent);
          assertThat(back.output()).contains("started");
        }
      }
    }
  }

  @Test
  void aServerThatIsSlowIsWaitedFor() throws Exception {
    try (ExternalProcess dns = startDns(null);
        ExternalProcess proxy = startProxy(null);
        DelayingRelay relay = new DelayingRelay(dnsPort, SLOW_MILLIS);
        ExternalProcess agent = startAgent(null, relay.port(), 5)) {
      agent.awaitLine("\"event\":\"keepalive.negotiated\"");
      ProcessFigures before = ProcessFigures.of(agent);
      proxy.kill();
      agent.awaitLine("\"event\":\"proxy.lost\"");
      try (ExternalProcess again = startProxy(null)) {
        isRegisteredAgain(agent);
        assertThat(events(agent, "discovery.done").get(0).get("millis").asLong())
            // Services, then the address.
            .isGreaterThanOrEqualTo(2 * SLOW_MILLIS);
        assertThat(events(agent, "discovery.query"))
            .noneMatch(query -> query.get("result").asText().equals("FAILED"));
        nothingIsLeft(before, agent);
        assertThat(again.output()).contains("\"event\":\"registered\"");
        assertThat(dns.output()).contains("started");
      }
    }
  }

  private static void nothingIsLeft(ProcessFigures before, ExternalProcess agent)
      throws IOException {
    ProcessFigures after = ProcessFigures.of(agent);
    assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + 1);
    assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + 4);
  }
}
