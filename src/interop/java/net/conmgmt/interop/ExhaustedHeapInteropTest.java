package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An application that takes all the heap of its process for a while, {@code -Dheap.seconds=N}, as
 * registered peers ping, ask and come and go. Each connection works afterwards or has ended, and no
 * thread of the library has.
 */
@Tag("peers")
@ParameterizedClass(name = "{0} {1}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
// start() sets the fields.
@SuppressWarnings("NullAway.Init")
class ExhaustedHeapInteropTest {

  private static final Logger LOG = LogManager.getLogger(ExhaustedHeapInteropTest.class);
  private static final int PEERS = 6;
  private static final int VISITORS = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private final String io;
  private final String transport;
  private final List<Peer> peers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean over;
  private TestCertificates authority;
  private int port;
  private ExternalProcess server;

  ExhaustedHeapInteropTest(String io, String transport) {
    this.io = io;
    this.transport = transport;
  }

  /** A client that keeps one connection as long as the server does. */
  private final class Peer {
    private final RawPeer connection = connect();
    private volatile String last = "";
    private volatile boolean ended;

    Peer() throws Exception {
      connection.socket().setSoTimeout(0);
      go(this::read);
    }

    void send(String text) {
      try {
        connection.send(text);
      } catch (IOException e) {
        LOG.debug("The server has closed it", e);
        ended = true;
      }
    }

    private void read() {
      byte[] buffer = new byte[8 * 1024];
      try {
        InputStream in = connection.socket().getInputStream();
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          String all = last + new String(buffer, 0, n, StandardCharsets.UTF_8);
          last = all.substring(Math.max(0, all.length() - buffer.length));
        }
      } catch (IOException e) {
        LOG.debug("The server has closed it", e);
      }
      ended = true;
    }

    void askAndPing() {
      while (!over && !ended) {
        send("\r\n\r\n" + RawRequest.of("OPTIONS", "sip:contoso.test", "a", "a", ""));
        sleep();
      }
    }

    /** Whether the answer to that has come. */
    boolean has(String callId) {
      return last.contains("Call-ID: " + callId);
    }
  }

  private RawPeer connect() throws Exception {
    return transport.equals("tls")
        ? RawPeer.connectTls(port, authority.clientContext())
        : RawPeer.connect(port);
  }

  private void go(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private static void sleep() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @BeforeEach
  void start() throws Exception {
    authority = new TestCertificates(folder);
    port = Stacks.freePort();
    Properties properties = authority.properties(authority.keyStore("localhost", "ip:127.0.0.1"));
    properties.setProperty(IoKinds.PROPERTY, io);
    // The RI's own thread for events and its own timer end with the first Error.
    properties.setProperty("gov.nist.javax.sip.REENTRANT_LISTENER", "true");
    properties.setProperty(
        "gov.nist.javax.sip.TIMER_CLASS_NAME",
        "gov.nist.javax.sip.stack.timers.ScheduledExecutorSipTimer");
    Path file = folder.resolve("server.properties");
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    server =
        ExternalProcess.start(
                "server",
                folder,
                Map.of(),
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx64m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Dlog4j2.configurationFile="
                        + Path.of("jain-sip-config/log4j2.xml").toAbsolutePath(),
                    "-cp",
                    absolute(System.getProperty("java.class.path")),
                    SmallHeapServer.class.getName(),
                    file.toString(),
                    Integer.toString(port),
                    transport,
                    System.getProperty("heap.seconds", "2")))
            .ready("ready");
  }

  private static String absolute(String classPath) {
    return String.join(
        File.pathSeparator,
        List.of(classPath.split(File.pathSeparator, -1)).stream()
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .toList());
  }

  @AfterEach
  void end() throws Exception {
    over = true;
    server.close();
    for (Peer peer : peers) {
      peer.connection.close();
    }
    for (Thread thread : threads) {
      thread.join(PATIENCE.toMillis());
    }
  }

  private void visit() {
    while (!over) {
      try (RawPeer visitor = connect()) {
        visitor.send("\r\n\r\n");
        visitor.read(2);
      } catch (Exception e) {
        LOG.debug("The server has closed it", e);
      }
    }
  }

  private void askForAnswer(Peer peer, String callId) {
    peer.send(
        RawRequest.of("OPTIONS", "sip:contoso.test", "a", "a", "")
            .replaceFirst("Call-ID: [^\r]*", "Call-ID: " + callId));
  }

  @Test
  void whatSurvivesWorksAndTheRestIsClosed() throws Exception {
    for (int i = 0; i < PEERS; i++) {
      Peer peer = new Peer();
      peers.add(peer);
      peer.send(RawRequest.register("user" + i, "Ms-Keep-Alive: UAC;hop-hop=yes"));
      await().atMost(PATIENCE).until(() -> peer.last.contains("Ms-Keep-Alive: UAS"));
      go(peer::askAndPing);
    }
    for (int i = 0; i < VISITORS; i++) {
      go(this::visit);
    }
    peers.get(0).send(RawRequest.message("user0", "user0", ""));
    server.awaitLine("the heap is free again");
    over = true;
    int works = 0;
    for (int i = 0; i < PEERS; i++) {
      String callId = "after-the-shortage-" + i;
      Peer peer = peers.get(i);
      askForAnswer(peer, callId);
      try {
        await().atMost(PATIENCE).until(() -> peer.ended || peer.has(callId));
      } catch (ConditionTimeoutException e) {
        throw new AssertionError(
            "Connection "
                + i
                + " is open and mute; the server printed: "
                + server.output()
                + threads(),
            e);
      }
      works += peer.ended ? 0 : 1;
    }
    LOG.info("{} {}: {} of {} connections have survived", io, transport, works, PEERS);
    // Who comes anew is served, and a connection that has ended is in no table any more.
    try (RawPeer another = connect()) {
      another.send(RawRequest.register("another"));
      assertThat(another.readMessage()).startsWith("SIP/2.0 200");
      server.awaitLine("open: " + (works + 1) + ";");
    }
    assertThat(threads()).contains("\"conmgmt-timer", "\"conmgmt-io-");
  }

  private String threads() throws IOException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    return ExternalProcess.run(List.of(jcmd, Long.toString(server.pid()), "Thread.print"));
  }
}
