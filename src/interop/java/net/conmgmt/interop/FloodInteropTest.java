package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.TestCertificates;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Floods at the sample proxy in a process of its own, while a registered client goes on: it is
 * served within a bound, and the proxy's descriptors go back to where they were.
 */
@Tag("peers")
class FloodInteropTest {

  private static final Logger LOG = LogManager.getLogger(FloodInteropTest.class);

  /** A client notices when it has to wait longer; a quiet machine needs some milliseconds. */
  private static final long BOUND_MILLIS = 5_000;

  private static final int PER_ADDRESS = 400;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private ProxyProcess proxy;
  private RawPeer client;
  private final List<Socket> flood = new ArrayList<>();
  private long descriptors;
  private long slowestNanos;

  @BeforeEach
  void start() throws Exception {
    proxy =
        ProxyProcess.start(
            folder,
            new TestCertificates(folder),
            "--set",
            "MAX_CONNECTIONS_PER_ADDRESS=" + PER_ADDRESS,
            "--set",
            "CONNECTION_TIMEOUT=4",
            "--set",
            "TLS_HANDSHAKE_TIMEOUT=4",
            "--set",
            "MESSAGE_TIMEOUT=4");
    client = RawPeer.connect(proxy.port("tcp"));
    client.send(RawRequest.register("good", "Ms-Keep-Alive: UAC;hop-hop=yes"));
    assertThat(client.readMessage()).startsWith("SIP/2.0 200");
    descriptors = openDescriptors();
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : flood) {
      socket.close();
    }
    client.close();
    proxy.close();
  }

  private long openDescriptors() throws IOException {
    try (Stream<Path> open =
        Files.list(Path.of("/proc", Long.toString(proxy.process().pid()), "fd"))) {
      return open.count();
    }
  }

  /** The registered client sends itself a message: in at the proxy, and out on its connection. */
  private void clientIsServed() throws IOException {
    long begin = System.nanoTime();
    client.send(RawRequest.message("good", "good", ""));
    String request = client.readMessage();
    assertThat(request).startsWith("MESSAGE");
    client.send(RawPeer.okTo(request, ""));
    assertThat(client.readMessage()).startsWith("SIP/2.0 200");
    slowestNanos = Math.max(slowestNanos, System.nanoTime() - begin);
  }

  private void wasServedInTime(String what) {
    long millis = TimeUnit.NANOSECONDS.toMillis(slowestNanos);
    LOG.info("{}: the slowest message of the registered client took {} ms", what, millis);
    assertThat(millis).isLessThan(BOUND_MILLIS);
  }

  private void nothingIsLeft() {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              clientIsServed();
              return openDescriptors() <= descriptors;
            });
  }

  private Socket open(String from, int port) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(from, 0));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    flood.add(socket);
    return socket;
  }

  private static void write(Socket socket, String text) throws IOException {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    } catch (java.net.SocketException e) {
      LOG.debug("The proxy has closed a connection of the flood", e);
    }
  }

  @Test
  void silentConnectionsOfManyAddresses() throws Exception {
    for (int i = 0; i < 1_200; i++) {
      open("127.0.1." + (1 + i % 10), proxy.port("tcp"));
      if (i % 100 == 0) {
        clientIsServed();
      }
    }
    proxy.awaitEvents("connection.closed", 1_200);
    nothingIsLeft();
    wasServedInTime("1200 silent connections");
    assertThat(proxy.process().output())
        .contains("\"reason\":\"CONNECTION_TIMER\"")
        .doesNotContain("\"reason\":\"IO_ERROR\"");
  }

  @Test
  void oneAddressThatTakesAllItCanGet() throws Exception {
    for (int i = 0; i < 3 * PER_ADDRESS; i++) {
      open("127.0.2.1", proxy.port("tcp"));
      if (i % 100 == 0) {
        clientIsServed();
      }
    }
    assertThat(openDescriptors()).isLessThan(descriptors + PER_ADDRESS + 50);
    // Another address still gets in.
    try (Socket other = open("127.0.2.2", proxy.port("tcp"))) {
      write(other, RawRequest.register("other"));
      assertThat(other.getInputStream().read()).isEqualTo('S');
    }
    nothingIsLeft();
    wasServedInTime("one address");
  }

  @Test
  void halfHandshakes() throws Exception {
    for (int i = 0; i < 600; i++) {
      // The head of a ClientHello that never comes.
      write(open("127.0.3." + (1 + i % 10), proxy.port("tls")), "\u0016\u0003\u0001\u0002\u0000");
      if (i % 100 == 0) {
        clientIsServed();
      }
    }
    nothingIsLeft();
    wasServedInTime("600 half handshakes");
  }

  @Test
  void bombsOfHeadersAndBodies() throws Exception {
    String header = "X-Bomb: " + "b".repeat(1_000) + "\r\n";
    for (int i = 0; i < 100; i++) {
      Socket headers = open("127.0.4." + (1 + i % 10), proxy.port("tcp"));
      write(headers, "OPTIONS sip:contoso.test SIP/2.0\r\n");
      write(headers, header.repeat(100));
      Socket body = open("127.0.4." + (1 + i % 10), proxy.port("tcp"));
      write(
          body,
          RawRequest.message("bomb", "good", "")
              .replace("Content-Length: 0", "Content-Length: 1000000000"));
      write(body, "b".repeat(10_000));
      Socket slow = open("127.0.4." + (1 + i % 10), proxy.port("tcp"));
      write(slow, "OPTIONS sip:contoso.test SIP/2.0\r\nVia");
      if (i % 10 == 0) {
        clientIsServed();
      }
    }
    nothingIsLeft();
    wasServedInTime("300 bombs");
    assertThat(proxy.process().output())
        .contains("The header section is longer than", "Content-Length 1000000000 is above");
  }

  @Test
  void tenThousandEndpointsUnderOneAddressOfRecord() throws Exception {
    int accepted = 0;
    int refused = 0;
    try (RawPeer crowd = RawPeer.connect(proxy.port("tcp"))) {
      for (int i = 0; i < 10_000; i++) {
        crowd.send(
            RawRequest.register("crowd")
                .replace("tag=crowd", "tag=crowd;epid=" + Integer.toHexString(i))
                .replace("sip:crowd@192.0.2.7:9", "sip:crowd@192.0.2.7:" + (10 + i)));
        if (crowd.readMessage().startsWith("SIP/2.0 200")) {
          accepted++;
        } else {
          refused++;
        }
        if (i % 1_000 == 0) {
          clientIsServed();
        }
      }
    }
    // So many devices nobody has.
    assertThat(accepted).isBetween(10, 100);
    assertThat(accepted + refused).isEqualTo(10_000);
    nothingIsLeft();
    wasServedInTime("10000 endpoints");
  }
}
