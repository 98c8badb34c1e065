package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A user agent and a proxy whose clock somebody sets, by libfaketime: the time of day jumps, the
 * monotonic clock goes on.
 */
@Tag("peers")
// It waits most of the time; others run meanwhile.
@Execution(ExecutionMode.CONCURRENT)
@RealPeers(packages = "libfaketime")
class ClockJumpInteropTest {

  /** With this T keep-alives leave every 2 s, and 3 s of silence are too much. */
  private static final int TIMEOUT_SECONDS = 3;

  private static final int REFRESH_SECONDS = 2;
  private static final int KEEP_ALIVES = 3;

  @TempDir private Path folder;
  private Path offset;

  @BeforeEach
  void makeOffset() throws IOException {
    offset = Files.writeString(folder.resolve("offset"), "+0\n");
  }

  private Map<String, String> setClock() throws IOException {
    return Map.of(
        "LD_PRELOAD",
        FakeTime.library(),
        "FAKETIME_TIMESTAMP_FILE",
        offset.toString(),
        "FAKETIME_NO_CACHE",
        "1",
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1",
        // Else waiting with a time limit takes far longer than the limit.
        "FAKETIME_FORCE_MONOTONIC_FIX",
        "0");
  }

  private ExternalProcess start(String... arguments) throws IOException {
    return ExternalProcess.start(arguments[0], folder, setClock(), Samples.command(arguments));
  }

  private static Instant lastTime(ExternalProcess process, String event) throws IOException {
    String line =
        process
            .output()
            .lines()
            .filter(l -> l.contains("\"event\":\"" + event + "\""))
            .reduce((one, next) -> next)
            .orElseThrow();
    return Instant.parse(new ObjectMapper().readTree(line).get("time").asText());
  }

  private static int count(ExternalProcess process, String event) {
    return (int)
        process.output().lines().filter(l -> l.contains("\"event\":\"" + event + "\"")).count();
  }

  @Test
  @Requirement({"CLI-7", "SRV-6"})
  void neitherAKeepAliveNorAnExpiryComesAtTheWrongTime() throws Exception {
    int port = Stacks.freePort();
    try (ExternalProcess proxy =
            start(
                "proxy",
                "--domain",
                "contoso.test",
                "--tcp",
                Integer.toString(port),
                "--set",
                "KEEP_ALIVE_TIMEOUT=" + TIMEOUT_SECONDS,
                "--set",
                "KEEP_ALIVE_GRACE=1",
                "--set",
                "IDLE_TIMEOUT=30",
                "--events",
                "-");
        ExternalProcess agent = agentOf(proxy, port)) {
      agent.awaitLine("\"event\":\"keepalive.answered\"", 2);
      for (int hours : new int[] {1, -1}) {
        Files.writeString(offset, (hours > 0 ? "+" : "") + hours * 3600 + "\n");
        int before = count(agent, "keepalive.sent");
        long begin = System.nanoTime();
        agent.awaitLine("\"event\":\"keepalive.answered\"", before + KEEP_ALIVES);
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        // The clock has indeed jumped, for both.
        for (ExternalProcess process : List.of(agent, proxy)) {
          String event = process.equals(agent) ? "keepalive.sent" : "keepalive.received";
          assertThat(Duration.between(Instant.now(), lastTime(process, event)).toMinutes())
              .isBetween(hours * 60L - 2, hours * 60L + 2);
        }
        // The first of them may have been due already.
        assertThat(took)
            .isBetween(
                Duration.ofSeconds(REFRESH_SECONDS * (KEEP_ALIVES - 1L)).minusMillis(500),
                Duration.ofSeconds(REFRESH_SECONDS * (KEEP_ALIVES + 3L)));
      }
      for (ExternalProcess process : List.of(agent, proxy)) {
        assertThat(process.output())
            .doesNotContain("\"event\":\"connection.closed\"", "\"event\":\"unregistered\"");
        assertThat(count(process, "keepalive.negotiated")).isEqualTo(1);
      }
      // An expiry that is due comes as ever.
      ExternalProcess.run(List.of("kill", "-STOP", Long.toString(agent.pid())));
      try {
        assertThat(proxy.awaitLine("\"event\":\"connection.closed\""))
            .contains("\"reason\":\"EXPIRY_TIMER\"");
      } finally {
        ExternalProcess.run(List.of("kill", "-CONT", Long.toString(agent.pid())));
      }
    }
  }

  private ExternalProcess agentOf(ExternalProcess proxy, int port) throws IOException {
    proxy.awaitLine("ready tcp");
    return start(
        "ua",
        "--aor",
        "sip:alice@contoso.test",
        "--proxy",
        "127.0.0.1:" + port + "/TCP",
        "--events",
        "-");
  }
}
