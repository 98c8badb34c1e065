package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * pidgin-sipe, a client of Microsoft's protocol by others, unmodified and without a window: it
 * registers at the sample proxy, takes over T, pings, gets a message and takes its binding back.
 */
@Tag("peers")
@RealPeers(packages = {"pidgin-sipe", "libpurple0", "python3-minimal"})
class PidginSipeInteropTest {

  /** It first looks after 60 s whether a keep-alive is due, whatever T is. */
  private static final List<String> TIMES =
      List.of("--set", "KEEP_ALIVE_TIMEOUT=20", "--set", "KEEP_ALIVE_GRACE=60");

  private static final Duration PATIENCE = Duration.ofSeconds(100);

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
        await()
            .atMost(PATIENCE)
            .until(() -> proxy.process().output().contains("\"event\":\"keepalive.received\""));
      }
      proxy.awaitEvents("unregistered", 1);
    }
  }

  private ExternalProcess start(TestCertificates authority, ProxyProcess proxy, String transport)
      throws Exception {
    Path home = Files.createDirectory(folder.resolve("purple"));
    trust(home, authority, proxy.port("tls"));
    return ExternalProcess.start(
        "pidgin-sipe",
        folder,
        Map.of(),
        List.of(
            "/usr/bin/python3",
            CLIENT.toAbsolutePath().toString(),
            home.toString(),
            "alice@contoso.test",
            "secret",
            "localhost:" + proxy.port(transport),
            transport));
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
