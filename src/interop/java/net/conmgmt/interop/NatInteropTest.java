package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * User agents behind a NAT of the Linux kernel that forgets a connection which is silent for 15 s,
 * and a proxy on the other side.
 */
@RealPeers(
    packages = {"iproute2", "nftables", "conntrack"},
    namespaces = true)
@Tag("peers")
// It waits most of the time; others run meanwhile.
@Execution(ExecutionMode.CONCURRENT)
class NatInteropTest {

  /** The proxy's T makes keep-alives leave every 8 s; five of them are 40 s. */
  private static final int TIMEOUT_SECONDS = 12;

  private static final int KEEP_ALIVES = 5;

  /** What the router has forgotten it refuses, so that nobody has to wait for a time-out. */
  private static final String RULES =
      """
      table ip home {
        chain out {
          type nat hook postrouting priority srcnat
          oifname outer0 masquerade
        }
        chain in {
          type filter hook input priority filter
          iifname outer0 meta l4proto tcp reject with tcp reset
        }
        chain through {
          type filter hook forward priority filter; policy drop
          iifname inner0 accept
          ct state established accept
        }
      }
      """;

  @TempDir private Path folder;
  private TestCertificates authority;
  private NetworkNamespace home;
  private NetworkNamespace router;
  private NetworkNamespace outside;
  private ExternalProcess proxy;

  @BeforeEach
  void start() throws Exception {
    home = NetworkNamespace.create();
    router = NetworkNamespace.create();
    outside = NetworkNamespace.create();
    home.link("home0", "10.77.1.2/24", router, "inner0", "10.77.1.1/24");
    outside.link("out0", "10.77.2.2/24", router, "outer0", "10.77.2.1/24");
    home.run("ip", "route", "add", "default", "via", "10.77.1.1");
    router.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
    router.run("nft", "-f", Files.writeString(folder.resolve("nat.nft"), RULES).toString());
    router.run("sysctl", "-q", "-w", "net.netfilter.nf_conntrack_tcp_timeout_established=15");
    authority = new TestCertificates(folder);
    proxy =
        sample(
            outside,
            "proxy",
            "proxy",
            "--tls",
            "5061",
            "--keystore",
            authority.keyStore("proxy", "ip:10.77.2.2").toString(),
            "--password",
            TestCertificates.PASSWORD,
            "--domain",
            "contoso.test",
            "--listen",
            "10.77.2.2",
            "--set",
            "KEEP_ALIVE_TIMEOUT=" + TIMEOUT_SECONDS,
            "--set",
            "KEEP_ALIVE_DIALECTS=ms,keep",
            "--events",
            "-");
    proxy.awaitLine("ready");
  }

  @AfterEach
  void stop() {
    try (NetworkNamespace first = home;
        NetworkNamespace second = router;
        NetworkNamespace third = outside;
        ExternalProcess running = proxy) {
      assertThat(Arrays.asList(first, second, third, running)).doesNotContainNull();
    }
  }

  private ExternalProcess sample(NetworkNamespace place, String name, String... arguments)
      throws IOException {
    return ExternalProcess.start(name, folder, Map.of(), place.inside(Samples.command(arguments)));
  }

  private ExternalProcess agent(String user, String proxyAt, String... settings) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("ua", "--aor", "sip:" + user + "@contoso.test"));
    arguments.addAll(List.of("--listen", "10.77.1.2", "--proxy", "10.77.2.2:" + proxyAt));
    arguments.addAll(List.of("--trust", authority.trustStore().toString(), "--events", "-"));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    return sample(home, user, arguments.toArray(new String[0]));
  }

  private ExternalProcess caller(String user, String to) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("ua", "--aor", "sip:" + user));
    arguments.addAll(List.of("--listen", "10.77.2.2", "--proxy", "10.77.2.2:5060/TCP"));
    arguments.addAll(List.of("--message", "sip:" + to + "@contoso.test", "hello inside"));
    return sample(outside, user, arguments.toArray(new String[0]));
  }

  @Test
  @Requirement({"CLI-7", "DIA-2", "MSG-1"})
  void anIdleConnectionCarriesAMessageInwardsOnlyWithTheKeepAlive() throws Exception {
    try (ExternalProcess kept = agent("kept", "5060/TCP", "KEEP_ALIVE_DIALECTS=ms");
        ExternalProcess keep = agent("keep", "5060/TCP", "KEEP_ALIVE_DIALECTS=keep");
        ExternalProcess keepTls =
            agent("tls", "5061/TLS", "KEEP_ALIVE_DIALECTS=keep", "TRANSPORT=blocking");
        ExternalProcess idle = agent("idle", "5060/TCP", "KEEP_ALIVE=off")) {
      List<ExternalProcess> lasting = List.of(kept, keep, keepTls);
      kept.awaitLine("\"dialect\":\"ms\"");
      keep.awaitLine("\"dialect\":\"keep\"");
      keepTls.awaitLine("\"dialect\":\"keep\"");
      idle.awaitLine("\"event\":\"registered\"");
      assertThat(entries()).isEqualTo(4);

      kept.awaitLine("\"event\":\"keepalive.sent\"", KEEP_ALIVES);

      assertThat(entries()).isEqualTo(3);
      try (ExternalProcess toKept = caller("carol@contoso.test", "kept");
          ExternalProcess toKeep = caller("erin@contoso.test", "keep");
          ExternalProcess toTls = caller("frank@contoso.test", "tls");
          ExternalProcess toIdle = caller("dave@contoso.test", "idle")) {
        for (ExternalProcess agent : lasting) {
          agent.awaitLine("\"text\":\"hello inside\"");
        }
        toKept.awaitLine("message to sip:kept@contoso.test accepted: 200");
        toKeep.awaitLine("message to sip:keep@contoso.test accepted: 200");
        toTls.awaitLine("message to sip:tls@contoso.test accepted: 200");
        assertThat(proxy.awaitLine("\"event\":\"connection.closed\""))
            .contains(connectionOf("idle"), "\"reason\":\"IO_ERROR\"");
        assertThat(toIdle.output()).doesNotContain("accepted: 200");
      }
      assertThat(idle.output()).doesNotContain("message.received");
      for (ExternalProcess agent : lasting) {
        assertThat(agent.output())
            .containsOnlyOnce("\"event\":\"connection.established\"")
            .doesNotContain("\"event\":\"connection.closed\"");
      }
    }
  }

  /** How the proxy's events name the connection of that user. */
  private String connectionOf(String user) throws IOException {
    JsonNode registered =
        new ObjectMapper().readTree(proxy.awaitLine("\"aor\":\"sip:" + user + "@contoso.test\""));
    return "\"connection\":" + registered.get("connection") + ",";
  }

  /** How many TCP connections the router knows. */
  private long entries() throws IOException {
    return router
        .run("conntrack", "-L", "-p", "tcp", "--state", "ESTABLISHED")
        .lines()
        .filter(line -> line.contains("dport=506"))
        .count();
  }
}
