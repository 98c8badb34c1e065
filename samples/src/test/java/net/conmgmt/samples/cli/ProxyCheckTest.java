package net.conmgmt.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.samples.testing.Certificates;
import net.conmgmt.samples.testing.Ports;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code proxy --check} says what is wrong, and that nothing is, without serving anybody. */
class ProxyCheckTest {

  private final PrintStream before = System.out;
  private final PrintStream errorsBefore = System.err;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private String port = "";

  @TempDir private Path folder;

  @BeforeEach
  void listenToWhatIsSaid() throws Exception {
    port = Integer.toString(Ports.free());
    PrintStream both = new PrintStream(said, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
  }

  @AfterEach
  void stopListening() {
    System.setOut(before);
    System.setErr(errorsBefore);
  }

  private int check(String... more) {
    List<String> all =
        new ArrayList<>(List.of("proxy", "--domain", "contoso.test", "--tcp", port, "--check"));
    // A proxy that serves instead of checking ends at once.
    all.addAll(List.of("--duration", "0"));
    all.addAll(List.of(more));
    return Main.commandLine(new Main()).execute(all.toArray(new String[0]));
  }

  private String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatIsInOrderIsGoodAndThePortIsFreeAgain() throws Exception {
    assertThat(check()).as(said()).isZero();
    assertThat(said()).contains("good tcp 127.0.0.1:" + port).doesNotContain("ready");
    new ServerSocket(Integer.parseInt(port), 1, InetAddress.getLoopbackAddress()).close();
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    try (ServerSocket taken =
        new ServerSocket(Integer.parseInt(port), 1, InetAddress.getLoopbackAddress())) {
      assertThat(check()).isNotZero();
      assertThat(said())
          .contains("Cannot listen on 127.0.0.1:" + taken.getLocalPort())
          .doesNotContain("good tcp");
    }
  }

  @Test
  void aCertificateForAnotherNameIsNamed() throws Exception {
    Certificates certificates = new Certificates(folder, "dns:other.contoso.test");
    int status =
        check(
            "--tls",
            Integer.toString(Ports.free()),
            "--keystore",
            certificates.keyStore().toString(),
            "--password",
            Certificates.PASSWORD,
            "--fqdn",
            "proxy.contoso.test");
    assertThat(status).isNotZero();
    assertThat(said())
        .contains("expected proxy.contoso.test, the certificate carries other.contoso.test");
  }

  @Test
  void aBadPropertyAndAUserFileThatIsNoneAreNamed() throws Exception {
    assertThat(check("--set", "KEEP_ALIVE_TIMEOUT=soon")).isNotZero();
    assertThat(said()).contains("net.conmgmt.sip.KEEP_ALIVE_TIMEOUT", "soon");
    Path users = Files.writeString(folder.resolve("users"), "no colon\n");
    assertThat(check("--users", users.toString())).isNotZero();
    assertThat(said()).contains(users.toString());
  }
}
