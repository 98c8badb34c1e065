package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Three telephones of others call each other through the sample proxy, in a network of their own:
 * one watches another (SUBSCRIBE), calls it, holds the call (re-INVITE) and transfers it to the
 * third one (REFER).
 */
@RealPeers(
    packages = {"baresip-core", "iproute2"},
    namespaces = true)
@Tag("peers")
// It waits most of the time; others run meanwhile.
@Execution(ExecutionMode.CONCURRENT)
class PhoneCallsInteropTest {

  private static final String ADDRESS = "10.78.0.1";

  private static final String SETTINGS =
      """
      poll_method epoll
      sip_listen 10.78.0.1:0
      module_path /usr/lib/baresip/modules
      audio_source aubridge,x
      audio_player aubridge,x
      audio_alert aubridge,x
      cons_listen 127.0.0.1:CONSOLE
      rtp_ports FIRST-LAST
      module g711.so
      module aubridge.so
      module_tmp uuid.so
      module_app account.so
      module_app menu.so
      module_app contact.so
      module_app presence.so
      module_app cons.so
      """;

  private static final String LINPHONE =
      """
      [sip]
      sip_port=-2
      sip_tcp_port=-2
      sip_tls_port=-2
      use_ipv6=0
      default_proxy=0
      register_only_when_network_is_up=0
      [proxy_0]
      reg_proxy=<sip:10.78.0.1:5060;transport=tcp>
      reg_route=<sip:10.78.0.1:5060;transport=tcp;lr>
      reg_identity=sip:USER@contoso.test
      reg_expires=600
      reg_sendregister=1
      publish=0
      """;

  private static final int FIRST_CONSOLE = 5561;
  private static final int FIRST_RTP_PORT = 21_000;

  @TempDir private Path folder;
  private int phones;

  @Test
  void aCallIsWatchedHeldAndTransferred() throws Exception {
    try (NetworkNamespace office = NetworkNamespace.create()) {
      office.run("ip", "addr", "add", ADDRESS + "/24", "dev", "lo");
      try (ExternalProcess proxy = proxy(office);
          ExternalProcess bob = phone(office, "bob", "");
          ExternalProcess carol = phone(office, "carol", "");
          ExternalProcess alice =
              phone(office, "alice", "\"Bob\" <sip:bob@contoso.test>;presence=p2p\n")) {
        proxy.awaitLine("\"event\":\"registered\"", 3);
        bob.awaitLine("SUBSCRIBE sip:bob");
        alice.awaitLine("NOTIFY sip:alice");

        tell(office, 3, "/dial sip:bob@contoso.test");
        bob.awaitLine("Call established: sip:alice@contoso.test");
        alice.awaitLine("Call established");
        tell(office, 3, "/hold");
        bob.awaitLine("got re-INVITE", 1);
        alice.awaitLine("ACK sip:bob", 2);
        tell(office, 3, "/resume");
        bob.awaitLine("got re-INVITE", 2);
        alice.awaitLine("ACK sip:bob", 3);
        tell(office, 3, "/transfer sip:carol@contoso.test");
        carol.awaitLine("Call established: sip:bob@contoso.test");
        bob.awaitLine("Call established: sip:carol@contoso.test");
        bob.awaitLine("BYE sip:bob");
        tell(office, 2, "/hangup");
        bob.awaitLine("session closed");
        assertThat(proxy.output()).doesNotContain("\"reason\":\"BAD_INPUT\"");
      }
    }
  }

  /** 3xx of one telephone, which another acts on: the proxy only carries both. */
  @Test
  @RealPeers(packages = "linphone-cli")
  // What she does, she is told through her pipe.
  @SuppressWarnings("try")
  void aCallThatIsRedirectedIsMadeAnewByTheCaller() throws Exception {
    try (NetworkNamespace office = NetworkNamespace.create()) {
      office.run("ip", "addr", "add", ADDRESS + "/24", "dev", "lo");
      try (ExternalProcess proxy = proxy(office);
          ExternalProcess carol = phone(office, "carol", "");
          ExternalProcess bob = linphone(office, "bob");
          ExternalProcess alice = linphone(office, "alice")) {
        proxy.awaitLine("\"event\":\"registered\"", 3);
        type("alice", "call sip:bob@contoso.test");
        bob.awaitLine("Receiving new incoming call from");
        type("bob", "redirect all sip:carol@contoso.test");
        carol.awaitLine("Call established: sip:alice@contoso.test");
        bob.awaitLine("ended (Moved");
        type("alice", "terminate all");
        carol.awaitLine("session closed");
      }
    }
  }

  /** Its commands come through a pipe that never ends. */
  private ExternalProcess linphone(NetworkNamespace office, String user) throws IOException {
    Path home = Files.createDirectory(folder.resolve(user));
    Files.createDirectories(home.resolve(".local/share/linphone"));
    Files.createDirectories(home.resolve(".config/linphone"));
    Files.writeString(home.resolve("settings"), LINPHONE.replace("USER", user));
    ExternalProcess.run(List.of("mkfifo", home.resolve("commands").toString()));
    return ExternalProcess.start(
        user,
        home,
        Map.of("HOME", home.toString()),
        office.inside(List.of("bash", "-c", "exec linphonec -c settings <>commands")));
  }

  private void type(String user, String command) throws IOException {
    // Opened for reading too, it does not wait for a phone that has ended.
    try (RandomAccessFile pipe =
        new RandomAccessFile(folder.resolve(user).resolve("commands").toFile(), "rw")) {
      pipe.write((command + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private ExternalProcess proxy(NetworkNamespace office) throws IOException {
    List<String> command =
        Samples.command(
            "proxy",
            "--domain",
            "contoso.test",
            "--listen",
            ADDRESS,
            "--tcp",
            "5060",
            "--events",
            "-");
    return ExternalProcess.start("proxy", folder, Map.of(), office.inside(command))
        .ready("ready tcp ");
  }

  private ExternalProcess phone(NetworkNamespace office, String user, String contacts)
      throws IOException {
    Path settings = Files.createDirectory(folder.resolve(user));
    int port = FIRST_RTP_PORT + 1_000 * phones;
    phones++;
    Files.writeString(
        settings.resolve("config"),
        SETTINGS
            .replace("CONSOLE", Integer.toString(FIRST_CONSOLE + phones - 1))
            .replace("FIRST", Integer.toString(port))
            .replace("LAST", Integer.toString(port + 98)));
    Files.writeString(settings.resolve("contacts"), contacts);
    Files.writeString(
        settings.resolve("accounts"),
        "<sip:"
            + user
            + "@contoso.test;transport=tcp>;regint=600;auth_pass=x;answermode=auto;outbound=\"sip:"
            + ADDRESS
            + ":5060;transport=tcp\"\n");
    return ExternalProcess.start(
            user,
            folder,
            Map.of(),
            office.inside(List.of("baresip", "-4", "-f", settings.toString(), "-s")))
        .ready("200 OK");
  }

  /** Has a phone do what its user would type. */
  private static void tell(NetworkNamespace office, int phone, String command) throws IOException {
    office.run(
        "bash",
        "-c",
        "printf '%s\\n' '" + command + "' >/dev/udp/127.0.0.1/" + (FIRST_CONSOLE + phone - 1));
  }
}
