package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Telephones of others at the sample proxy, which offers them every dialect of keep-alive: they
 * know nothing of [MS-CONMGMT], and baresip does SIP outbound.
 */
@Tag("peers")
// It waits most of the time; others run meanwhile.
@Execution(ExecutionMode.CONCURRENT)
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
class PhonesInteropTest {

  private static final int TIMEOUT_SECONDS = 6;

  /** It takes a certificate for a name only, never for an address. */
  private static final String LINPHONE =
      """
      [sip]
      sip_port=-2
      sip_tcp_port=-2
      sip_tls_port=-2
      use_ipv6=0
      default_proxy=0
      keepalive_period=3000
      register_only_when_network_is_up=0
      root_ca=ROOT
      [proxy_0]
      reg_proxy=<sip:localhost:PORT;transport=TRANSPORT>
      reg_identity=sip:lin@contoso.test
      reg_expires=600
      reg_sendregister=1
      publish=0
      """;

  private static final String BARESIP =
      """
      poll_method epoll
      sip_listen 127.0.0.1:0
      sip_cafile ROOT
      module_path /usr/lib/baresip/modules
      module g711.so
      module_tmp uuid.so
      module_app account.so
      module_app menu.so
      """;

  private final String kind;
  private final String transport;
  @TempDir private Path folder;
  private Path root;
  private ProxyProcess proxy;

  PhonesInteropTest(String kind, String transport) {
    this.kind = kind;
    this.transport = transport;
  }

  @BeforeEach
  void start() throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    root = Files.writeString(folder.resolve("root.pem"), authority.rootPem());
    proxy =
        ProxyProcess.start(
            folder,
            authority,
            "--set",
            "KEEP_ALIVE_DIALECTS=ms,keep,outbound",
            "--set",
            "KEEP_ALIVE_TIMEOUT=" + TIMEOUT_SECONDS,
            "--set",
            "TRANSPORT=" + kind);
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private String filled(String text) {
    return text.replace("TRANSPORT", transport)
        .replace("ROOT", root.toString())
        .replace("PORT", Integer.toString(proxy.port(transport)));
  }

  private void isReachedOnItsConnection(String user) throws IOException {
    try (RawPeer caller = RawPeer.connect(proxy.port("tcp"))) {
      caller.send(RawRequest.message("carol", user, "hello phone"));
      assertThat(caller.readMessage()).startsWith("SIP/2.0 200");
    }
    assertThat(proxy.process().output()).doesNotContain("\"reason\":\"BAD_INPUT\"");
  }

  @Test
  @RealPeers(packages = "linphone-cli")
  void linphoneRegistersKeepsItsConnectionByItsOwnCrlfAndIsReached() throws Exception {
    Path home = folder.resolve("home");
    Files.createDirectories(home.resolve(".local/share/linphone"));
    Files.createDirectories(home.resolve(".config/linphone"));
    Path settings = Files.writeString(folder.resolve("linrc"), filled(LINPHONE));
    try (ExternalProcess phone =
        ExternalProcess.start(
            "linphonec",
            folder,
            Map.of("HOME", home.toString()),
            List.of("linphonec", "-c", settings.toString()))) {
      proxy.awaitRegistration("lin");
      proxy.awaitEvents("keepalive.received", 2);
      isReachedOnItsConnection("lin");
      phone.awaitLine("hello phone");
    }
  }

  @Test
  @RealPeers(packages = "baresip-core")
  void baresipRegistersAndIsReached() throws Exception {
    try (ExternalProcess phone = baresip("")) {
      proxy.awaitRegistration("bare");
      isReachedOnItsConnection("bare");
      phone.awaitLine("hello phone");
      assertThat(proxy.process().output()).doesNotContain("keepalive.negotiated");
    }
  }

  @Test
  @RealPeers(packages = "baresip-core")
  @Requirement({"DIA-5", "DIA-9"})
  void baresipRegistersAFlowPingsByItsFlowTimerAndIsReachedOnIt() throws Exception {
    try (ExternalProcess phone = baresip(";sipnat=outbound")) {
      proxy.awaitRegistration("bare");
      assertThat(proxy.awaitEvents("keepalive.negotiated", 1))
          .contains("\"dialect\":\"outbound\"", "\"timeoutSeconds\":" + TIMEOUT_SECONDS);
      proxy.awaitEvents("keepalive.received", 1);
      isReachedOnItsConnection("bare");
      phone.awaitLine("hello phone");
    }
  }

  private ExternalProcess baresip(String parameters) throws IOException {
    Path settings = Files.createDirectory(folder.resolve("baresip"));
    Files.writeString(settings.resolve("config"), filled(BARESIP));
    Files.writeString(settings.resolve("contacts"), "");
    Files.writeString(
        settings.resolve("accounts"),
        filled(
            "<sip:bare@contoso.test;transport=TRANSPORT>;regint=600;auth_pass=x"
                + ";outbound=\"sip:127.0.0.1:PORT;transport=TRANSPORT\""
                + parameters
                + "\n"));
    return ExternalProcess.start(
        "baresip", folder, Map.of(), List.of("baresip", "-4", "-f", settings.toString(), "-s"));
  }
}
