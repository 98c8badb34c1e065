package net.conmgmt.interop;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.core.net.SecurityManagerProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import javax.sip.message.Request;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.SilentPort;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A registered client pings and sends OPTIONS, one after the other, first alone and then beside a
 * neighbour that does its worst. All of it is answered, and nearly all of it soon. How soon is in
 * the table that it logs, a line a case; the test does not judge these times, as the neighbour
 * takes the machine from the client, too. {@code -Dnoise.exchanges=N} makes the figures steadier.
 */
@Tag("peers")
@ParameterizedClass(name = "{0} {1}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
// start(folder) sets the fields.
@SuppressWarnings("NullAway.Init")
class NoisyNeighbourInteropTest {

  private static final Logger LOG = LogManager.getLogger(NoisyNeighbourInteropTest.class);

  private static final int EXCHANGES = Integer.getInteger("noise.exchanges", 80);

  /** The rate of pings that is answered for good. */
  private static final long PING_MILLIS = 11;

  /** So many pings are answered whatever their rate. */
  private static final int PINGS_AT_ONCE = 80;

  /** So many connections come and go in a second. */
  private static final int VISITS = 1_000;

  /** Where somebody stopped others, they waited for seconds. */
  private static final long SOON_MILLIS = 1_000;

  private static final int BODY_BYTES = 16 * 1024 * 1024;
  private static final String PING = "\r\n\r\n";
  private static final String PONG = "\r\n";

  private static volatile KeyManager[] keys = {};
  private static volatile CountDownLatch release = new CountDownLatch(1);
  private static final AtomicLong CHECKS = new AtomicLong();
  private static final AtomicLong NUMBER = new AtomicLong();

  /** Checks the certificates of clients, which takes until {@link #release}. */
  public static final class SlowChecks implements SecurityManagerProvider, X509TrustManager {
    @Override
    public void init(Properties properties) {}

    @Override
    public KeyManager[] getKeyManagers(boolean client) {
      return keys;
    }

    @Override
    public TrustManager[] getTrustManagers(boolean client) {
      return new TrustManager[] {this};
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      CHECKS.incrementAndGet();
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** What a neighbour does again and again. */
  private interface Noise {
    void once() throws Exception;
  }

  private final String io;
  private final String transport;
  private final int port = Stacks.freePort();
  private final List<Thread> noises = new ArrayList<>();
  private final AtomicLong rounds = new AtomicLong();
  private final AtomicLong visits = new AtomicLong();
  private volatile boolean over;
  private TestCertificates authority;
  private PlainApplication server;
  private Times alone = new Times(1);

  NoisyNeighbourInteropTest(String io, String transport) throws IOException {
    this.io = io;
    this.transport = transport;
  }

  private void start(Path folder, String... more) throws Exception {
    authority = new TestCertificates(folder);
    TestIdentity identity = authority.issue().names("ip:127.0.0.1").make();
    Properties properties = authority.properties(authority.pkcs12(identity), more);
    properties.setProperty(IoKinds.PROPERTY, io);
    properties.setProperty("net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS", "10000");
    keys = keysOf(identity);
    server = new PlainApplication(properties, "127.0.0.1", port, transport);
  }

  private static KeyManager[] keysOf(TestIdentity identity) throws Exception {
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(identity.keyStore("PKCS12"), TestCertificates.PASSWORD.toCharArray());
    return factory.getKeyManagers();
  }

  @AfterEach
  void end() throws Exception {
    over = true;
    release.countDown();
    for (Thread noise : noises) {
      noise.join(TimeUnit.SECONDS.toMillis(20));
    }
    server.close();
  }

  private RawPeer connect() throws Exception {
    return transport.equals("tls")
        ? RawPeer.connectTls(port, authority.clientContext())
        : RawPeer.connect(port);
  }

  private void makeNoise(Noise noise) {
    Thread thread =
        new Thread(
            () -> {
              while (!over) {
                try {
                  noise.once();
                  rounds.incrementAndGet();
                } catch (Exception e) {
                  LOG.debug("The neighbour goes on", e);
                }
              }
            });
    noises.add(thread);
    thread.start();
  }

  private static String request(String method, String call, int bodyBytes) {
    return method
        + " sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5999;branch=z9hG4bK-"
        + call
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: "
        + call
        + "\r\nCSeq: 1 "
        + method
        + "\r\nContent-Length: "
        + bodyBytes
        + "\r\n\r\n";
  }

  private static void register(RawPeer client) throws IOException {
    client.send(RawRequest.register("quiet", "Ms-Keep-Alive: UAC;hop-hop=yes"));
    assertThat(client.readMessage()).contains("SIP/2.0 200", "Ms-Keep-Alive: UAS");
  }

  /** What two kinds of questions took, in nanoseconds, sorted. */
  private static final class Times {
    private final long[] pings;
    private final long[] requests;

    Times(int count) {
      pings = new long[count];
      requests = new long[count];
    }

    @Override
    public String toString() {
      return text(pings) + ", " + text(requests);
    }

    private static String text(long[] sorted) {
      return String.format(
          Locale.ROOT,
          "%.1f/%.1f/%.1f ms",
          sorted[sorted.length / 2] / 1e6,
          sorted[sorted.length * 99 / 100] / 1e6,
          sorted[sorted.length - 1] / 1e6);
    }
  }

  private static Times exchanges(RawPeer client, int count) throws Exception {
    Times times = new Times(count);
    for (int i = 0; i < count; i++) {
      if (count > PINGS_AT_ONCE) {
        TimeUnit.MILLISECONDS.sleep(PING_MILLIS);
      }
      long begin = System.nanoTime();
      client.send(PING);
      assertThat(client.read(2)).isEqualTo(PONG);
      long between = System.nanoTime();
      client.send(request("OPTIONS", "quiet-" + NUMBER.incrementAndGet(), 0));
      assertThat(client.readMessage()).startsWith("SIP/2.0 200");
      times.pings[i] = between - begin;
      times.requests[i] = System.nanoTime() - between;
    }
    Arrays.sort(times.pings);
    Arrays.sort(times.requests);
    return times;
  }

  /** Of the exchanges of one client, nine of ten are answered soon. */
  private void oneClientIsServedSoon(String noise, RawPeer client) throws Exception {
    Times beside = exchanges(client, EXCHANGES);
    LOG.info("| {} {} | {} | {} | {} | {} |", io, transport, noise, alone, beside, rounds);
    int most = EXCHANGES * 9 / 10;
    assertThat(TimeUnit.NANOSECONDS.toMillis(beside.pings[most])).isLessThan(SOON_MILLIS);
    assertThat(TimeUnit.NANOSECONDS.toMillis(beside.requests[most])).isLessThan(SOON_MILLIS);
  }

  /** The client, connected and registered, with its times while it is alone. */
  private RawPeer client() throws Exception {
    RawPeer client = connect();
    register(client);
    exchanges(client, PINGS_AT_ONCE / 4);
    alone = exchanges(client, EXCHANGES == 80 ? PINGS_AT_ONCE / 2 : EXCHANGES);
    return client;
  }

  private void besideNoise(String name, Noise noise) throws Exception {
    try (RawPeer client = client()) {
      makeNoise(noise);
      oneClientIsServedSoon(name, client);
    }
    assertThat(rounds.get()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void besideFloodsOfKeepAlives(int floods, @TempDir Path folder) throws Exception {
    start(folder);
    String pings = PING.repeat(4_000);
    try (RawPeer client = client()) {
      List<RawPeer> peers = new ArrayList<>();
      for (int i = 0; i < floods; i++) {
        RawPeer neighbour = connect();
        peers.add(neighbour);
        makeNoise(() -> neighbour.send(pings));
      }
      oneClientIsServedSoon(floods + " floods of CR LF", client);
      for (RawPeer peer : peers) {
        peer.reset();
      }
    }
    assertThat(rounds.get()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void besideAFloodOfRequests(boolean reentrant, @TempDir Path folder) throws Exception {
    start(folder, "gov.nist.javax.sip.REENTRANT_LISTENER", Boolean.toString(reentrant));
    try (RawPeer neighbour = connect()) {
      Thread reader = new Thread(() -> readAll(neighbour));
      reader.setDaemon(true);
      reader.start();
      AtomicLong number = new AtomicLong();
      besideNoise(
          "a flood of OPTIONS" + (reentrant ? ", listener reentrant" : ""),
          () -> neighbour.send(request("OPTIONS", "noise-" + number.incrementAndGet(), 0)));
      neighbour.reset();
    }
  }

  private static void readAll(RawPeer peer) {
    try {
      byte[] buffer = new byte[64 * 1024];
      while (peer.socket().getInputStream().read(buffer) >= 0) {
        LOG.trace("read");
      }
    } catch (IOException e) {
      LOG.debug("The neighbour has gone", e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = "MESSAGE")
  void besideBodiesOfSixteenMegabytes(String method, @TempDir Path folder) throws Exception {
    start(folder, "net.conmgmt.sip.MAX_BODY_BYTES", Integer.toString(BODY_BYTES));
    byte[] body = "x".repeat(64 * 1024).getBytes(StandardCharsets.US_ASCII);
    try (RawPeer neighbour = connect()) {
      AtomicLong number = new AtomicLong();
      besideNoise(
          "bodies of 16 MB",
          () -> {
            neighbour.send(request(method, "noise-" + number.incrementAndGet(), BODY_BYTES));
            for (int sent = 0; sent < BODY_BYTES; sent += body.length) {
              neighbour.socket().getOutputStream().write(body);
              rounds.incrementAndGet();
            }
            neighbour.readMessage();
          });
      neighbour.reset();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = 4)
  void besideConnectionsThatComeAndGo(int neighbours, @TempDir Path folder) throws Exception {
    start(folder);
    long begin = System.nanoTime();
    try (RawPeer client = client()) {
      for (int i = 0; i < neighbours; i++) {
        makeNoise(() -> visit(begin));
      }
      oneClientIsServedSoon("1,000 connections a second that come and go", client);
    }
    assertThat(rounds.get()).isPositive();
  }

  private void visit(long begin) throws Exception {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin) + 1;
    if (visits.incrementAndGet() < seconds * VISITS) {
      connect().close();
    } else {
      visits.decrementAndGet();
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = 200)
  void besideRequestsToHopsThatDoNotAnswer(int requests, @TempDir Path folder) throws Exception {
    start(folder);
    try (SilentPort dead = new SilentPort();
        RawPeer client = client()) {
      for (int i = 0; i < requests; i++) {
        Thread thread = new Thread(() -> sendTo(dead.port()));
        noises.add(thread);
        thread.start();
      }
      oneClientIsServedSoon(requests + " requests to a dead hop", client);
    }
  }

  private void sendTo(int peerPort) {
    try {
      server.sendTo(Request.OPTIONS, "127.0.0.1", peerPort);
    } catch (Exception e) {
      LOG.debug("Nobody is there", e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = 20)
  void besideCertificateChecksThatTakeLong(int checks, @TempDir Path folder) throws Exception {
    if (transport.equals("tcp")) {
      start(folder);
      return;
    }
    release = new CountDownLatch(1);
    CHECKS.set(0);
    start(
        folder,
        "gov.nist.javax.sip.SECURITY_MANAGER_PROVIDER",
        SlowChecks.class.getName(),
        "gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE",
        "Want");
    SSLContext withCertificate = SSLContext.getInstance("TLS");
    withCertificate.init(
        keysOf(authority.issue().names("ip:127.0.0.1").make()),
        new TrustManager[] {new SlowChecks()},
        null);
    try (RawPeer before = client()) {
      for (int i = 0; i < checks; i++) {
        Thread thread = new Thread(() -> shakeHands(withCertificate));
        noises.add(thread);
        thread.start();
      }
      while (CHECKS.get() == 0) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      oneClientIsServedSoon(checks + " certificate checks without an end", before);
      // Their own handshakes go on as well.
      for (int i = 0; i < 5; i++) {
        try (RawPeer meanwhile = connect()) {
          meanwhile.send(PING);
          assertThat(meanwhile.read(2)).isEqualTo(PONG);
        }
      }
      assertThat(release.getCount()).isEqualTo(1);
    }
  }

  private void shakeHands(SSLContext context) {
    try (Socket socket =
        context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      ((SSLSocket) socket).setEnabledProtocols(new String[] {"TLSv1.2"});
      ((SSLSocket) socket).startHandshake();
    } catch (IOException e) {
      LOG.debug("The neighbour was refused", e);
    }
  }
}
