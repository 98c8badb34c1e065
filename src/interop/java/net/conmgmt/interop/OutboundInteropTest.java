package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SIP outbound (RFC 5626) between ours and Kamailio, as registrar and as edge, both ways round. */
@Tag("peers")
// It waits most of the time; others run meanwhile.
@Execution(ExecutionMode.CONCURRENT)
@RealPeers(packages = {"kamailio", "kamailio-tls-modules", "kamailio-outbound-modules"})
class OutboundInteropTest {

  /**
   * Three keep-alives take longer than the time after which Kamailio closes a silent connection.
   */
  private static final int KEEP_ALIVES = 4;

  private static final String COMMON =
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
      loadmodule "siputils.so"
      loadmodule "stun.so"
      loadmodule "outbound.so"
      loadmodule "path.so"
      loadmodule "rr.so"
      loadmodule "usrloc.so"
      loadmodule "registrar.so"
      loadmodule "nathelper.so"
      loadmodule "tls.so"

      modparam("tls", "tls_method", "TLSv1.2+")
      modparam("tls", "connection_timeout", LIFETIME)
      modparam("tls", "certificate", "FOLDER/kamailio.pem")
      modparam("tls", "private_key", "FOLDER/kamailio.key")
      modparam("outbound", "flow_token_secret", "!!! a key for this test !!!")
      modparam("usrloc", "db_mode", 0)
      modparam("registrar", "outbound_mode", 1)
      modparam("registrar", "regid_mode", 1)
      modparam("registrar", "use_path", 1)
      modparam("registrar", "path_mode", 1)
      modparam("registrar", "flow_timer", LIFETIME)
      modparam("registrar|nathelper", "received_avp", "$avp(received)")
      """;

  private static final String REGISTRAR =
      COMMON
          + """

          request_route {
            force_rport();
            if (is_method("REGISTER")) {
              # Of its own clients it needs the way back, of those behind an edge the Path.
              if (!is_present_hf("Path")) {
                fix_nated_register();
              }
              save("location");
              exit;
            }
            if (!lookup("location")) {
              sl_send_reply("404", "Not registered");
              exit;
            }
            t_relay();
          }
          """;

  /** As the documentation of its outbound module has it. */
  private static final String EDGE =
      COMMON
          + """

          request_route {
            if (is_method("REGISTER")) {
              remove_hf("Route");
              add_path();
              $du = "sip:127.0.0.1:NEXT_PORT;transport=tcp";
              t_relay();
              exit;
            }
            if (loose_route()) {
              t_on_failure("FLOW");
              t_relay();
              exit;
            }
            $du = "sip:127.0.0.1:NEXT_PORT;transport=tcp";
            t_relay();
          }
          failure_route[FLOW] {
            if (t_branch_timeout() || !t_branch_replied()) {
              send_reply("430", "Flow Failed");
            }
          }
          """;

  @TempDir private Path folder;
  private TestCertificates authority;

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = new TestCertificates(folder);
  }

  private Kamailio kamailio(String script) throws Exception {
    return Kamailio.start(
        folder, authority.issue().commonName("x").names("ip:127.0.0.1").make(), script);
  }

  private ExternalProcess agent(String kind, String proxy) throws Exception {
    Path trust = folder.resolve("root.pem");
    Files.writeString(trust, authority.rootPem());
    return Samples.start(
        "bob",
        folder,
        "ua",
        "--aor",
        "sip:bob@contoso.test",
        "--proxy",
        proxy,
        "--trust",
        trust.toString(),
        "--set",
        "KEEP_ALIVE_DIALECTS=ms,keep,outbound",
        "--set",
        "TRANSPORT=" + kind,
        "--events",
        "-");
  }

  private ProxyProcess proxy(String kind, String... more) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--set", "KEEP_ALIVE_DIALECTS=ms,outbound"));
    arguments.addAll(List.of("--set", "TRANSPORT=" + kind));
    arguments.addAll(List.of("--set", "KEEP_ALIVE_TIMEOUT=6"));
    arguments.addAll(List.of(more));
    return ProxyProcess.start(folder, authority, arguments.toArray(new String[0]));
  }

  private static void isReached(ExternalProcess agent, int port) throws IOException {
    try (RawPeer caller = RawPeer.connect(port)) {
      caller.send(RawRequest.message("carol", "bob", "along the flow"));
      assertThat(caller.readMessage().lines().findFirst().orElseThrow()).contains(" 200 ");
    }
    agent.awaitLine("\"text\":\"along the flow\"");
  }

  private static String at(int port, String transport) {
    return "127.0.0.1:" + port + "/" + transport;
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  @Requirement({"DIA-1", "DIA-4", "DIA-7", "DIA-8"})
  void ourFlowAtKamailioLivesByItsFlowTimerAlone(String kind, String transport) throws Exception {
    try (Kamailio kamailio = kamailio(REGISTRAR);
        ExternalProcess agent = agent(kind, at(kamailio.port(transport), transport))) {
      assertThat(agent.awaitLine("\"event\":\"keepalive.negotiated\""))
          .contains("\"dialect\":\"outbound\"", "\"timeoutSeconds\":" + Kamailio.LIFETIME_SECONDS);
      agent.awaitLine("\"event\":\"keepalive.answered\"", KEEP_ALIVES);
      isReached(agent, kamailio.tcpPort());
      assertThat(agent.output())
          .containsOnlyOnce("\"event\":\"keepalive.negotiated\"")
          .doesNotContain("\"event\":\"connection.closed\"");
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  @Requirement({"DIA-4", "DIA-5"})
  void throughKamailiosEdgeOurRegistrarReachesOurAgentOnItsFlow(String kind, String transport)
      throws Exception {
    try (ProxyProcess registrar = proxy(kind);
        Kamailio edge =
            kamailio(EDGE.replace("NEXT_PORT", Integer.toString(registrar.port("tcp"))));
        ExternalProcess agent = agent(kind, at(edge.port(transport), transport))) {
      registrar.awaitRegistration("bob");
      agent.awaitLine("\"dialect\":\"outbound\",\"timeoutSeconds\":");
      isReached(agent, registrar.port("tcp"));
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  @Requirement({"DIA-4", "DIA-5"})
  void throughOurEdgeKamailioReachesOurAgentOnItsFlow(String kind, String transport)
      throws Exception {
    try (Kamailio registrar = kamailio(REGISTRAR);
        ProxyProcess edge = proxy(kind, "--next-hop", at(registrar.tcpPort(), "TCP"));
        ExternalProcess agent = agent(kind, at(edge.port(transport), transport))) {
      agent.awaitLine("\"event\":\"registered\"");
      agent.awaitLine("\"dialect\":\"outbound\",\"timeoutSeconds\":");
      agent.awaitLine("\"event\":\"keepalive.answered\"", 2);
      isReached(agent, registrar.tcpPort());
    }
  }
}
