package net.conmgmt.sip.bench;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import net.conmgmt.sip.testing.Stacks;
import org.jspecify.annotations.Nullable;

/**
 * Kamailio as registrar and stateful proxy of one domain, over TCP or TLS, with a process that
 * reads for each of two cores.
 */
final class Kamailio {

  private static final int PATIENCE_SECONDS = 20;

  private static final String SCRIPT =
      """
      debug=-1
      log_stderror=yes
      fork=yes
      children=1
      tcp_children=2
      tcp_max_connections=40000
      tcp_connection_lifetime=3600
      disable_core_dump=yes
      auto_aliases=no
      alias="contoso.test"
      listen=TRANSPORT:127.0.0.1:PORT
      TLS_ONLY enable_tls=yes
      TLS_ONLY tls_max_connections=40000

      loadmodule "sl.so"
      loadmodule "tm.so"
      loadmodule "pv.so"
      loadmodule "maxfwd.so"
      loadmodule "textops.so"
      loadmodule "usrloc.so"
      loadmodule "registrar.so"
      loadmodule "nathelper.so"
      loadmodule "siputils.so"
      TLS_ONLY loadmodule "tls.so"

      TLS_ONLY modparam("tls", "tls_method", "TLSv1.2")
      TLS_ONLY modparam("tls", "certificate", "FOLDER/certificates.pem")
      TLS_ONLY modparam("tls", "private_key", "FOLDER/key.pem")
      modparam("usrloc", "db_mode", 0)
      modparam("registrar|nathelper", "received_avp", "$avp(received)")

      request_route {
        if (!mf_process_maxfwd_header("70")) {
          sl_send_reply("483", "Too Many Hops");
          exit;
        }
        force_rport();
        if (is_method("REGISTER")) {
          fix_nated_register();
          save("location");
          exit;
        }
        if (!lookup("location")) {
          sl_send_reply("404", "Not Found");
          exit;
        }
        # Behind a NAT there is no way to a client but the connection that it made.
        set_forward_no_connect();
        t_relay();
      }
      """;

  private Kamailio() {}

  /** Why there is none here, or nothing where there is. */
  static Optional<String> missing() {
    boolean there =
        Stream.of(System.getenv("PATH").split(":", -1))
            .anyMatch(directory -> Files.isExecutable(Path.of(directory, "kamailio")));
    return there
        ? Optional.empty()
        : Optional.of("Kamailio is not installed; .ci/install-interop installs it");
  }

  /**
   * Starts it.
   *
   * @param tls null for TCP
   */
  static ServerProcess start(@Nullable TlsFixture tls) throws IOException {
    int port = Stacks.freePort();
    Path folder = Files.createTempDirectory("bench-kamailio");
    if (tls != null) {
      Files.writeString(folder.resolve("certificates.pem"), tls.certificatesPem());
      Files.writeString(folder.resolve("key.pem"), tls.keyPem());
    }
    Path script = folder.resolve("kamailio.cfg");
    Files.writeString(
        script,
        SCRIPT
            .replace("TRANSPORT", tls == null ? "tcp" : "tls")
            .replace("PORT", Integer.toString(port))
            .replace("TLS_ONLY ", tls == null ? "# " : "")
            .replace("FOLDER", folder.toString()));
    ProcessBuilder command =
        new ProcessBuilder(
            "kamailio",
            // Neither into the background nor out of reach of its own end.
            "-DD",
            "-E",
            // Megabytes that its processes share, and that each has of its own. With 512 it had no
            // room for transactions, which it keeps for seconds, and closed connections.
            "-m",
            "2048",
            "-M",
            "16",
            "-Y",
            folder.toString(),
            "-f",
            script.toString());
    return new ExternalServer(
        folder, command, PATIENCE_SECONDS, printed -> accepts(port) ? port : 0);
  }

  private static boolean accepts(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (ConnectException notYet) {
      return false;
    }
  }
}
