package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A user agent and a proxy, each in a network of its own, and what happens to them: each end tells
 * the reason, the binding goes, and the user agent is registered again once it can be.
 */
@RealPeers(
    packages = {"iproute2", "nftables"},
    namespaces = true)
@Tag("peers")
class FaultsInteropTest {

  /** With this T keep-alives leave every 2 s. */
  private static final int TIMEOUT_SECONDS = 3;

  private static final int GRACE_SECONDS = 2;
  private static final int PONG_SECONDS = 2;

  private static final String CUT =
      """
      table ip cable {
        chain in {
          type filter hook input priority filter
          iifname proxy0 drop
        }
        chain out {
          type filter hook output priority filter
          oifname proxy0 drop
        }
      }
      """;

  @TempDir private Path folder;
  private NetworkNamespace home;
  private NetworkNamespace office;
  private ExternalProcess proxy;

  @BeforeEach
  void start() throws Exception {
    home = NetworkNamespace.create();
    office = NetworkNamespace.create();
    home.link("home0", "10.78.1.2/24", office, "proxy0", "10.78.1.1/24");
    proxy = startProxy();
  }

  @AfterEach
  void stop() {
    try (NetworkNamespace first = home;
        NetworkNamespace second = office;
        ExternalProcess running = proxy) {
      assertThat(Arrays.asList(first, second, running)).doesNotContainNull();
    }
  }

  private ExternalProcess startProxy() throws IOException {
    List<String> command =
        Samples.command(
            "proxy",
            "--domain",
            "contoso.test",
            "--listen",
            "10.78.1.1",
            "--set",
            "KEEP_ALIVE_TIMEOUT=" + TIMEOUT_SECONDS,
            "--set",
            "KEEP_ALIVE_GRACE=" + GRACE_SECONDS,
            "--events",
            "-");
    return ExternalProcess.start("proxy", folder, Map.of(), office.inside(command))
        .ready("ready tcp");
  }

  private ExternalProcess agent(int pongSeconds) throws IOException {
    List<String> command =
        Samples.command(
            "ua",
            "--aor",
            "sip:alice@contoso.test",
            "--listen",
            "10.78.1.2",
            "--proxy",
            "10.78.1.1:5060/TCP",
            "--set",
            "PONG_TIMEOUT=" + pongSeconds,
            "--set",
            "CONNECT_TIMEOUT=2",
            "--events",
            "-");
    ExternalProcess agent = ExternalProcess.start("ua", folder, Map.of(), home.inside(command));
    try {
      // From the second keep-alive on it knows that the proxy answers.
      agent.awaitLine("\"event\":\"keepalive.answered\"");
      return agent;
    } catch (IOException e) {
      agent.close();
      throw e;
    }
  }

  private void cut() throws IOException {
    office.run("nft", "-f", Files.writeString(folder.resolve("cut.nft"), CUT).toString());
  }

  private void mend() throws IOException {
    office.run("nft", "delete", "table", "ip", "cable");
  }

  private static Instant time(String event) throws IOException {
    return Instant.parse(new ObjectMapper().readTree(event).get("time").asText());
  }

  private static String last(ExternalProcess process, String event, Instant before)
      throws IOException {
    String found = "";
    for (String line : process.output().lines().toList()) {
      if (line.contains("\"event\":\"" + event + "\"") && time(line).isBefore(before)) {
        found = line;
      }
    }
    assertThat(found).as(event).isNotEmpty();
    return found;
  }

  @Test
  @Requirement({"SRV-6", "SRV-7", "CLI-8"})
  void aCableThatIsCutIsNoticedAtBothEndsAndMended() throws Exception {
    try (ExternalProcess agent = agent(PONG_SECONDS)) {
      cut();
      String closed = agent.awaitLine("\"event\":\"connection.closed\"");
      assertThat(closed).contains("\"reason\":\"PONG_TIMER\"");
      String answered = last(agent, "keepalive.answered", time(closed));
      // The next keep-alive leaves 2 s later.
      assertThat(Duration.between(time(answered), time(closed)).toSeconds())
          .isBetween(2L + PONG_SECONDS - 1, 2L + PONG_SECONDS + 3);

      String ended = proxy.awaitLine("\"event\":\"connection.closed\"");
      assertThat(ended).contains("\"reason\":\"EXPIRY_TIMER\"");
      assertThat(proxy.awaitLine("\"event\":\"endpoint.removed\""))
          .contains("sip:alice@contoso.test", "\"reason\":\"EXPIRY_TIMER\"");
      proxy.awaitLine("\"event\":\"unregistered\"");
      String heard = last(proxy, "keepalive.received", time(ended));
      assertThat(Duration.between(time(heard), time(ended)).toSeconds())
          .isBetween(
              (long) TIMEOUT_SECONDS + GRACE_SECONDS - 1, 3L + TIMEOUT_SECONDS + GRACE_SECONDS);

      mend();
      agent.awaitLine("\"event\":\"registered\"", 2);
      agent.awaitLine("\"event\":\"keepalive.negotiated\"", 2);
      proxy.awaitLine("\"event\":\"registered\"", 2);
    }
  }

  @Test
  void aProxyThatIsKilledIsNoticedAtOnceAndFoundAgain() throws Exception {
    try (ExternalProcess agent = agent(PONG_SECONDS)) {
      proxy.kill();
      assertThat(agent.awaitLine("\"event\":\"connection.closed\""))
          .containsAnyOf("\"reason\":\"PEER_CLOSED\"", "\"reason\":\"IO_ERROR\"");
      agent.awaitLine("\"event\":\"unregistered\"");
      proxy = startProxy();
      agent.awaitLine("\"event\":\"registered\"", 2);
      agent.awaitLine("\"event\":\"keepalive.negotiated\"", 2);
    }
  }

  @Test
  void aConnectionThatTheProxyHasForgottenInARestartEndsWithTheNextKeepAlive() throws Exception {
    // No answer to wait for: only the RST to the keep-alive can tell.
    try (ExternalProcess agent = agent(0)) {
      cut();
      proxy.kill();
      // The kernel would end the stream for the dead process; after a power cut nobody does.
      office.run("ss", "-K", "dst", "10.78.1.2");
      proxy = startProxy();
      assertThat(agent.output()).doesNotContain("\"event\":\"connection.closed\"");
      mend();
      assertThat(agent.awaitLine("\"event\":\"connection.closed\""))
          .contains("\"reason\":\"IO_ERROR\"");
      agent.awaitLine("\"event\":\"registered\"", 2);
      agent.awaitLine("\"event\":\"keepalive.negotiated\"", 2);
    }
  }
}
