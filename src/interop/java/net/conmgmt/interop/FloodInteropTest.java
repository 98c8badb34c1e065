package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.TestCertificates;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Floods at the sample proxy in a process of its own, while a registered client goes on: it is
 * served within a bound, the heap stays within another, and the proxy's descriptors go back to
 * where they were. One flood at a time has the machine for itself; when it is at its height, and
 * all that is left is to wait for the proxy's time limits, the next one begins.
 */
@Tag("peers")
@Execution(ExecutionMode.CONCURRENT)
// start(kind) sets the fields.
@SuppressWarnings("NullAway.Init")
class FloodInteropTest {

  private static final Logger LOG = LogManager.getLogger(FloodInteropTest.class);

  /** A client notices when it has to wait longer; a quiet machine needs some milliseconds. */
  private static final long BOUND_MILLIS = 5_000;

  private static final int PER_ADDRESS = 400;
  private static final int HEAP_MEGABYTES = 256;

  /** What a flood of these sizes may cost in heap at its height. */
  private static final long HEAP_BYTES = 64L << 20;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int ENDPOINTS = 10_000;
  private static final int ENDPOINTS_AT_ONCE = 100;

  /** One flood rises at a time. */
  private static final Semaphore RISING = new Semaphore(1);

  @TempDir private Path folder;
  private ProxyProcess proxy;
  private RawPeer client;
  private final List<Socket> flood = new ArrayList<>();
  private ProcessFigures before;
  private SSLContext tls;
  private long slowestNanos;
  private boolean rises;

  private void start(String kind) throws Exception {
    rises = RISING.tryAcquire(5, TimeUnit.MINUTES);
    assertThat(rises).as("the floods of other tests have risen").isTrue();
    TestCertificates authority = new TestCertificates(folder);
    tls = authority.clientContext();
    proxy =
        ProxyProcess.start(
            folder,
            List.of("-Xmx" + HEAP_MEGABYTES + "m", "-XX:+ExitOnOutOfMemoryError"),
            authority,
            "--events",
            "-",
            "--set",
            "TRANSPORT=" + kind,
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
    before = ProcessFigures.of(proxy.process());
  }

  @AfterEach
  void stop() throws IOException {
    flooded();
    for (Socket socket : flood) {
      socket.close();
    }
    client.close();
    proxy.close();
  }

  /** All that is left of this test is to wait. */
  private void flooded() {
    if (rises) {
      rises = false;
      RISING.release();
    }
  }

  private int openDescriptors() throws IOException {
    return ProcessFigures.descriptors(proxy.process());
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

  /** At the height of a flood. */
  private void memoryIsBounded(String what) throws IOException {
    ProcessFigures height = ProcessFigures.of(proxy.process());
    LOG.info("{}: from {} to {}", what, before, height);
    assertThat(height.heapBytes()).isLessThan(before.heapBytes() + HEAP_BYTES);
  }

  /** Waits until the flood has gone; the client is served meanwhile. */
  private void nothingIsLeft() {
    flooded();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              clientIsServed();
              return openDescriptors() <= before.descriptors();
            });
  }

  private Socket open(String from, String transport) throws IOException {
    Socket socket = connect(from, transport);
    if (!transport.equals("tls")) {
      return socket;
    }
    SSLSocket secured =
        (SSLSocket)
            tls.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
    // One that nothing refers to is closed when the collector finds it.
    flood.add(secured);
    try {
      secured.startHandshake();
    } catch (IOException e) {
      LOG.debug("The proxy has refused a connection of the flood", e);
    }
    return secured;
  }

  private Socket connect(String from, String transport) throws IOException {
    Socket socket = new Socket();
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket.bind(new InetSocketAddress(from, 0));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port(transport)));
    flood.add(socket);
    return socket;
  }

  private static void write(Socket socket, String text) throws IOException {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    } catch (java.net.SocketException | SSLException e) {
      LOG.debug("The proxy has closed a connection of the flood", e);
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void silentConnectionsOfManyAddresses(String kind, String transport) throws Exception {
    start(kind);
    // A handshake takes the flood's own time, too.
    int count = transport.equals("tls") ? 150 : 1_200;
    for (int i = 0; i < count; i++) {
      open("127.0.1." + (1 + i % 10), transport);
      if (i % 100 == 0) {
        clientIsServed();
      }
    }
    memoryIsBounded(count + " silent connections, " + kind + " " + transport);
    flooded();
    proxy.awaitEvents("connection.closed", count);
    nothingIsLeft();
    wasServedInTime("silent connections, " + kind + " " + transport);
    assertThat(proxy.process().output())
        .contains("\"reason\":\"CONNECTION_TIMER\"")
        .doesNotContain("\"reason\":\"IO_ERROR\"");
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void oneAddressThatTakesAllItCanGet(String kind, String transport) throws Exception {
    start(kind);
    for (int i = 0; i < 3 * PER_ADDRESS; i++) {
      connect("127.0.2.1", transport);
      if (i % 100 == 0) {
        clientIsServed();
      }
    }
    // What was refused is closed soon.
    await()
        .untilAsserted(
            () ->
                assertThat(openDescriptors()).isLessThan(before.descriptors() + PER_ADDRESS + 50));
    memoryIsBounded("one address, " + kind + " " + transport);
    // Another address still gets in.
    try (Socket other = open("127.0.2.2", transport)) {
      write(other, RawRequest.register("other"));
      assertThat(other.getInputStream().read()).isEqualTo('S');
    }
    nothingIsLeft();
    wasServedInTime("one address, " + kind + " " + transport);
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void halfHandshakes(String kind) throws Exception {
    start(kind);
    for (int i = 0; i < 600; i++) {
      // The head of a ClientHello that never comes.
      write(connect("127.0.3." + (1 + i % 10), "tls"), "\u0016\u0003\u0001\u0002\u0000");
      if (i % 100 == 0) {
        clientIsServed();
      }
    }
    memoryIsBounded("600 half handshakes, " + kind);
    nothingIsLeft();
    wasServedInTime("600 half handshakes, " + kind);
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
  void bombsOfHeadersAndBodies(String kind, String transport) throws Exception {
    start(kind);
    String header = "X-Bomb: " + "b".repeat(1_000) + "\r\n";
    int rounds = transport.equals("tls") ? 20 : 100;
    for (int i = 0; i < rounds; i++) {
      Socket headers = open("127.0.4." + (1 + i % 10), transport);
      write(headers, "OPTIONS sip:contoso.test SIP/2.0\r\n");
      write(headers, header.repeat(100));
      Socket body = open("127.0.4." + (1 + i % 10), transport);
      write(
          body,
          RawRequest.message("bomb", "good", "")
              .replace("Content-Length: 0", "Content-Length: 1000000000"));
      write(body, "b".repeat(10_000));
      Socket slow = open("127.0.4." + (1 + i % 10), transport);
      write(slow, "OPTIONS sip:contoso.test SIP/2.0\r\nVia");
      if (i % 10 == 0) {
        clientIsServed();
      }
    }
    memoryIsBounded(3 * rounds + " bombs, " + kind + " " + transport);
    nothingIsLeft();
    wasServedInTime(3 * rounds + " bombs, " + kind + " " + transport);
    assertThat(proxy.process().output())
        .contains("The header section is longer than", "Content-Length 1000000000 is above");
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void tenThousandEndpointsUnderOneAddressOfRecord(String kind) throws Exception {
    start(kind);
    int accepted = 0;
    try (RawPeer crowd = RawPeer.connect(proxy.port("tcp"))) {
      BufferedReader answers =
          new BufferedReader(
              new InputStreamReader(crowd.socket().getInputStream(), StandardCharsets.ISO_8859_1));
      for (int i = 0; i < ENDPOINTS; i += ENDPOINTS_AT_ONCE) {
        StringBuilder requests = new StringBuilder();
        for (int j = i; j < i + ENDPOINTS_AT_ONCE; j++) {
          requests.append(
              RawRequest.register("crowd")
                  .replace("tag=crowd", "tag=crowd;epid=" + Integer.toHexString(j))
                  .replace("sip:crowd@192.0.2.7:9", "sip:crowd@192.0.2.7:" + (10 + j)));
        }
        crowd.send(requests.toString());
        accepted += accepted(answers);
        if (i % 1_000 == 0) {
          clientIsServed();
        }
      }
      memoryIsBounded(ENDPOINTS + " endpoints, " + kind);
    }
    // So many devices nobody has.
    assertThat(accepted).isBetween(10, 100);
    nothingIsLeft();
    wasServedInTime(ENDPOINTS + " endpoints, " + kind);
  }

  /** How many of the requests that were sent at once have been accepted; all are answered. */
  private static int accepted(BufferedReader answers) throws IOException {
    int answered = 0;
    int accepted = 0;
    String line = answers.readLine();
    while (line != null) {
      accepted += line.startsWith("SIP/2.0 200") ? 1 : 0;
      answered += line.isEmpty() ? 1 : 0;
      if (answered == ENDPOINTS_AT_ONCE) {
        return accepted;
      }
      line = answers.readLine();
    }
    throw new IOException("Expected " + ENDPOINTS_AT_ONCE + " answers, found " + answered);
  }
}
