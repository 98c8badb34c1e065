package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A user agent on a machine that loses its address and gets another, as on a change of network. */
@RealPeers(packages = "iproute2", namespaces = true)
@Tag("peers")
// It waits most of the time; others run meanwhile.
@Execution(ExecutionMode.CONCURRENT)
class AddressChangeInteropTest {

  @TempDir private Path folder;
  private NetworkNamespace device;
  private NetworkNamespace outside;
  private ExternalProcess proxy;

  @BeforeEach
  void start() throws Exception {
    device = NetworkNamespace.create();
    outside = NetworkNamespace.create();
    device.link("wlan0", "10.78.1.2/24", outside, "out0", "10.78.1.1/24");
    proxy =
        sample(
            outside,
            "proxy",
            "proxy",
            "--domain",
            "contoso.test",
            "--listen",
            "10.78.1.1",
            "--set",
            "KEEP_ALIVE_TIMEOUT=3",
            "--events",
            "-");
    proxy.awaitLine("ready");
  }

  @AfterEach
  void stop() {
    try (NetworkNamespace first = device;
        NetworkNamespace second = outside;
        ExternalProcess running = proxy) {
      assertThat(Arrays.asList(first, second, running)).doesNotContainNull();
    }
  }

  private ExternalProcess sample(NetworkNamespace place, String name, String... arguments)
      throws IOException {
    return ExternalProcess.start(name, folder, Map.of(), place.inside(Samples.command(arguments)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nio", "blocking"})
  @Requirement("CLI-9")
  void theClientConnectsFromTheNewAddressAndTheUserAgentRegistersItsNewContact(String kind)
      throws Exception {
    try (ExternalProcess alice =
        sample(
            device,
            "alice",
            "ua",
            "--aor",
            "sip:alice@contoso.test",
            "--listen",
            "10.78.1.2",
            "--proxy",
            "10.78.1.1:5060/TCP",
            "--set",
            "TRANSPORT=" + kind,
            "--set",
            "PONG_TIMEOUT=2",
            "--events",
            "-")) {
      alice.awaitLine("\"event\":\"registered\"");
      alice.awaitLine("\"event\":\"keepalive.answered\"");

      device.run("ip", "addr", "del", "10.78.1.2/24", "dev", "wlan0");
      device.run("ip", "addr", "add", "10.78.1.3/24", "dev", "wlan0");

      assertThat(alice.awaitLine("no longer the address 10.78.1.2"))
          .contains("leaves from 10.78.1.3", "register again");
      alice.awaitLine("sip:alice@10.78.1.3:");
      try (ExternalProcess bob =
          sample(
              outside,
              "bob",
              "ua",
              "--aor",
              "sip:bob@contoso.test",
              "--listen",
              "10.78.1.1",
              "--proxy",
              "10.78.1.1:5060/TCP",
              "--message",
              "sip:alice@contoso.test",
              "still there?")) {
        alice.awaitLine("\"text\":\"still there?\"");
        bob.awaitLine("message to sip:alice@contoso.test accepted: 200");
      }
    }
  }
}
