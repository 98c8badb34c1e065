package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * pidgin-sipe, a client of Microsoft's protocol by others, unmodified and without a window: it
 * finds the sample proxy, registers, takes over T, pings, gets a message and takes its binding
 * back.
 */
@Tag("peers")
@RealPeers(
    packages = {
      "pidgin-sipe",
      "libpurple0",
      "python3-minimal",
      "iproute2",
      "dnsmasq-base",
      "libfaketime"
    },
    namespaces = true)
// It waits most of the time; others run meanwhile.
@Execution(ExecutionMode.CONCURRENT)
class PidginSipeInteropTest {

  /**
   * It first looks after 60 s whether a keep-alive is due, whatever T is. Its clock runs ten times
   * as fast, so that these are 6 s here.
   */
  private static final List<String> TIMES =
      List.of("--set", "KEEP_ALIVE_TIMEOUT=20", "--set", "KEEP_ALIVE_GRACE=60");

  private static final Path CLIENT = Path.of("src/interop/python/pidgin_sipe.py");

  private static final String MESSAGE =
      String.join(
          "\r\n",
          "MESSAGE sip:alice@contoso.test SIP/2.0",
          "Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKm",
          "From: <sip:bob@contoso.test>;tag=1",
          "To: <sip:alice@contoso.test>",
          "Max-Forwards: 70",
          "Call-ID: m",
          "CSeq: 1 MESSAGE",
          "Content-Type: text/plain;charset=UTF-8",
          "Content-Length: 5",
          "",
          "hello");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "tls"})
  void itRegistersKeepsItsConnectionAliveGetsAMessageAndLeaves(String transport) throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    try (ProxyProcess proxy = ProxyProcess.start(folder, authority, TIMES.toArray(new String[0]))) {
      try (ExternalProcess client = start(authority, proxy, transport)) {
        client.awaitLine("signed on");
        assertThat(proxy.awaitRegistration("alice")).contains("\"expires\":3600");
        assertThat(proxy.awaitEvents("keepalive.negotiated", 1)).contains("\"timeoutSeconds\":20");
        try (RawPeer bob = RawPeer.connect(proxy.port("tcp"))) {
          bob.send(MESSAGE);
          assertThat(bob.readMessage()).startsWith("SIP/2.0 200");
        }
        client.awaitLine("hello");
        proxy.awaitEvents("keepalive.received", 1);
      }
      proxy.awaitEvents("unregistered", 1);
    }
  }

  @Test
  void itFindsTheProxyThroughDns() throws Exception {
    try (NetworkNamespace office = NetworkNamespace.create()) {
      office.resolveAt("127.0.0.1");
      try (ExternalProcess dns =
              Dnsmasq.start(
                  office,
                  folder,
                  List.of(
                      "--listen-address=127.0.0.1",
                      "--host-record=proxy.contoso.test,127.0.0.1",
                      "--srv-host=_sipinternal._tcp.contoso.test,proxy.contoso.test,5070"));
          ExternalProcess proxy = proxyIn(office);
          ExternalProcess client =
              ExternalProcess.start("pidgin-sipe", folder, Map.of(), office.inside(client()))) {
        assertThat(dns.output()).contains("started");
        client.awaitLine("signed on");
        proxy.awaitLine("\"event\":\"registered\",\"aor\":\"sip:alice@contoso.test\"");
        proxy.awaitLine("\"event\":\"keepalive.negotiated\"");
      }
    }
  }

  private ExternalProcess proxyIn(NetworkNamespace office) throws IOException {
    List<String> command =
        Samples.command(
            "proxy",
            "--domain",
            "contoso.test",
            "--listen",
            "127.0.0.1",
            "--tcp",
            "5070",
            "--events",
            "-");
    return ExternalProcess.start("proxy", folder, Map.of(), office.inside(command))
        .ready("ready tcp ");
  }

  private List<String> client(String... server) throws IOException {
    Path home = Files.createDirectories(folder.resolve("purple"));
    List<String> command = new ArrayList<>(List.of("/usr/bin/python3"));
    command.add(CLIENT.toAbsolutePath().toString());
    command.addAll(List.of(home.toString(), "alice@contoso.test", "secret"));
    command.addAll(List.of(server));
    return command;
  }

  private ExternalProcess start(TestCertificates authority, ProxyProcess proxy, String transport)
      throws Exception {
    trust(folder.resolve("purple"), authority, proxy.port("tls"));
    return ExternalProcess.start(
        "pidgin-sipe",
        folder,
        Map.of("LD_PRELOAD", FakeTime.library(), "FAKETIME", "+0 x10"),
        client("localhost:" + proxy.port(transport), transport));
  }

  /** As if its user had accepted the certificate before. */
  private static void trust(Path home, TestCertificates authority, int port) throws Exception {
    Path peers = Files.createDirectories(home.resolve("certificates/x509/tls_peers"));
    try (RawPeer peer = RawPeer.connectTls(port, authority.clientContext())) {
      byte[] shown = ((SSLSocket) peer.socket()).getSession().getPeerCertificates()[0].getEncoded();
      String text = Base64.getMimeEncoder().encodeToString(shown);
      Files.writeString(
          peers.resolve("localhost"),
          "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n");
    }
  }
}
