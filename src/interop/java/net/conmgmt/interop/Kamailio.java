package net.conmgmt.interop;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestIdentity;

/**
 * Kamailio as outbound proxy and registrar on loopback. It answers an offer as its script says for
 * the user that registers, closes a connection that is silent for {@link #LIFETIME_SECONDS}, and
 * reaches a registered user on his own connection or not at all.
 */
final class Kamailio implements AutoCloseable {

  /** After this it closes a connection on which nothing came. */
  static final int LIFETIME_SECONDS = 6;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String SCRIPT =
      """
      debug=2
      log_stderror=yes
      fork=yes
      children=1
      tcp_children=2
      disable_core_dump=yes
      auto_aliases=no
      alias="contoso.test"
      listen=tcp:127.0.0.1:TCP_PORT
      listen=tls:127.0.0.1:TLS_PORT
      enable_tls=yes
      tcp_connection_lifetime=LIFETIME

      loadmodule "sl.so"
      loadmodule "tm.so"
      loadmodule "pv.so"
      loadmodule "textops.so"
      loadmodule "usrloc.so"
      loadmodule "registrar.so"
      loadmodule "nathelper.so"
      loadmodule "auth.so"
      loadmodule "siputils.so"
      loadmodule "tls.so"

      modparam("tls", "tls_method", "TLSv1.2+")
      modparam("tls", "connection_timeout", LIFETIME)
      modparam("tls", "certificate", "FOLDER/kamailio.pem")
      modparam("tls", "private_key", "FOLDER/kamailio.key")
      modparam("usrloc", "db_mode", 0)
      modparam("registrar|nathelper", "received_avp", "$avp(received)")

      request_route {
        force_rport();
        if (!is_method("REGISTER")) {
          if (!lookup("location")) {
            sl_send_reply("404", "Not registered");
            exit;
          }
          # Behind a NAT there is no way to a client but the connection that it made.
          set_forward_no_connect();
          t_relay();
          exit;
        }
        switch ($tU) {
          case "silent":
            break;
          case "twice":
            append_to_reply("ms-keep-alive: UAS;hop-hop=yes;timeout=LIFETIME\\r\\n");
            append_to_reply("ms-keep-alive: UAS;hop-hop=yes;timeout=LIFETIME\\r\\n");
            break;
          case "timeless":
            append_to_reply("ms-keep-alive: UAS;hop-hop=yes\\r\\n");
            break;
          case "mirrored":
            append_to_reply("ms-keep-alive: $hdr(Ms-Keep-Alive)\\r\\n");
            break;
          case "forbidden":
            append_to_reply("ms-keep-alive: UAS;hop-hop=yes;timeout=LIFETIME\\r\\n");
            sl_send_reply("403", "Forbidden");
            exit;
          case "challenged":
            append_to_reply("ms-keep-alive: UAS;hop-hop=yes;timeout=LIFETIME\\r\\n");
            if (!pv_www_authenticate("contoso.test", "secret", "0")) {
              www_challenge("contoso.test", "0");
              exit;
            }
            break;
          default:
            append_to_reply("ms-keep-alive: UAS;hop-hop=yes;timeout=LIFETIME\\r\\n");
        }
        fix_nated_register();
        save("location");
      }
      """;

  private final ExternalProcess process;
  private final int tcpPort;
  private final int tlsPort;

  private Kamailio(ExternalProcess process, int tcpPort, int tlsPort) {
    this.process = process;
    this.tcpPort = tcpPort;
    this.tlsPort = tlsPort;
  }

  /** Starts it with TCP and TLS; {@code identity} is what it shows. */
  static Kamailio start(Path folder, TestIdentity identity) throws Exception {
    return start(folder, identity, SCRIPT);
  }

  /**
   * The same with another script, in which TCP_PORT, TLS_PORT, LIFETIME and FOLDER stand for what
   * they say.
   */
  static Kamailio start(Path folder, TestIdentity identity, String text) throws Exception {
    int tcpPort = Stacks.freePort();
    int tlsPort = Stacks.freePort();
    Files.writeString(folder.resolve("kamailio.pem"), identity.chainPem());
    Files.writeString(folder.resolve("kamailio.key"), identity.keyPem());
    Path script = folder.resolve("kamailio.cfg");
    Files.writeString(
        script,
        text.replace("TCP_PORT", Integer.toString(tcpPort))
            .replace("TLS_PORT", Integer.toString(tlsPort))
            .replace("LIFETIME", Integer.toString(LIFETIME_SECONDS))
            .replace("FOLDER", folder.toString()));
    ExternalProcess process =
        ExternalProcess.start(
            "kamailio",
            folder,
            Map.of(),
            List.of(
                "kamailio",
                // Neither into the background nor out of reach of its own end.
                "-DD",
                "-E",
                "-Y",
                folder.toString(),
                "-f",
                script.toString()));
    Kamailio started = new Kamailio(process, tcpPort, tlsPort);
    try {
      await().atMost(PATIENCE).until(() -> accepts(tcpPort) && accepts(tlsPort));
    } catch (RuntimeException e) {
      started.close();
      throw new IOException("Kamailio does not listen; it printed: " + process.output(), e);
    }
    return started;
  }

  private static boolean accepts(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (ConnectException notYet) {
      return false;
    }
  }

  int tcpPort() {
    return tcpPort;
  }

  /** The port of {@code tcp} or {@code tls}. */
  int port(String transport) {
    return transport.equalsIgnoreCase("tls") ? tlsPort : tcpPort;
  }

  /** What it printed. */
  String output() {
    return process.output();
  }

  @Override
  public void close() {
    process.close();
  }
}
