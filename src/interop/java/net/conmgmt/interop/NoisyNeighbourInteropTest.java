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
import java.util.List;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A registered client pings and sends OPTIONS, one after the other, beside a neighbour that does
 * its worst. All of it is answered, and nine of ten answers come soon; a neighbour takes the
 * processor from the client, too, so no more is asked of a busy machine.
 *
 * <p>With {@code -Dneighbours.measure=true} it measures: 300 exchanges a case ({@code
 * -Dneighbours.exchanges=N}) at a rate that a client might have, first alone and then beside the
 * neighbour, TLS 1.2 and 1.3 apart. The table of all cases is printed and kept as {@code
 * target/noisy-neighbours.md}. Nothing takes longer than its limit, whatever happens.
 */
@Tag("peers")
@ParameterizedClass(name = "{0} {1}")
@MethodSource("kinds")
@Timeout(value = 100, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
// start(folder) sets the fields.
@SuppressWarnings("NullAway.Init")
class NoisyNeighbourInteropTest {

  private static final Logger LOG = LogManager.getLogger(NoisyNeighbourInteropTest.class);

  private static final boolean MEASURES = Boolean.getBoolean("neighbours.measure");

  /** The pings at once that are answered whatever their rate are more than 80. */
  private static final int EXCHANGES =
      MEASURES ? Integer.getInteger("neighbours.exchanges", 300) : 80;

  private static final int EXCHANGES_ALONE = 100;

  /** The time from one exchange to the next; pings that come faster for long are not answered. */
  private static final long PACE_MILLIS = 11;

  /** What is not measured by then is left out. */
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** So many connections come and go in a second. */
  private static final int VISITS = 1_000;

  private static final NeighbourTable TABLE = new NeighbourTable();

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
  private final List<RawPeer> neighbours = new ArrayList<>();
  private final AtomicLong rounds = new AtomicLong();
  private final AtomicLong visits = new AtomicLong();
  private volatile boolean over;
  private TestCertificates authority;
  private PlainApplication server;

  /** TLS in both versions where it is measured. */
  static List<Arguments> kinds() {
    if (!MEASURES) {
      return IoKinds.withTransports();
    }
    List<Arguments> kinds = new ArrayList<>();
    for (String io : IoKinds.all()) {
      for (String transport : List.of("tcp", "TLSv1.2", "TLSv1.3")) {
        kinds.add(Arguments.of(io, transport));
      }
    }
    return kinds;
  }

  NoisyNeighbourInteropTest(String io, String transport) throws IOException {
    this.io = io;
    this.transport = transport;
  }

  private boolean isTls() {
    return !transport.equals("tcp");
  }

  private void start(Path folder, String... more) throws Exception {
    authority = new TestCertificates(folder);
    TestIdentity identity = authority.issue().names("ip:127.0.0.1").make();
    Properties properties = authority.properties(authority.pkcs12(identity), more);
    properties.setProperty(IoKinds.PROPERTY, io);
    properties.setProperty("net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS", "10000");
    if (transport.startsWith("TLSv")) {
      properties.setProperty("gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS", transport);
    }
    keys = keysOf(identity);
    server = new PlainApplication(properties, "127.0.0.1", port, isTls() ? "tls" : "tcp");
    // It remembers all requests: those of a flood fill the heap, and its collection takes seconds.
    server.beforeAnswers(server.requests::clear);
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
    // A peer that is not read holds who writes to it, and over TLS who closes it.
    for (RawPeer neighbour : neighbours) {
      neighbour.reset();
    }
    server.close();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    for (Thread noise : noises) {
      noise.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime())));
    }
  }

  @AfterAll
  static void printTable() throws IOException {
    TABLE.print(MEASURES);
  }

  private RawPeer connect() throws Exception {
    return isTls() ? RawPeer.connectTls(port, authority.clientContext()) : RawPeer.connect(port);
  }

  private RawPeer neighbour() throws Exception {
    RawPeer neighbour = connect();
    neighbours.add(neighbour);
    return neighbour;
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
    start(thread);
  }

  private void start(Thread noise) {
    noise.setDaemon(true);
    noises.add(noise);
    noise.start();
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

  private static NeighbourTable.Times exchanges(RawPeer client, int most) throws Exception {
    NeighbourTable.Times times = new NeighbourTable.Times();
    long begin = System.nanoTime();
    for (int i = 0; i < most && System.nanoTime() - begin < MOST_NANOS; i++) {
      if (MEASURES) {
        TimeUnit.MILLISECONDS.sleep(PACE_MILLIS);
      }
      long start = System.nanoTime();
      client.send(PING);
      assertThat(client.read(2)).isEqualTo(PONG);
      long between = System.nanoTime();
      client.send(request("OPTIONS", "quiet-" + NUMBER.incrementAndGet(), 0));
      assertThat(client.readMessage()).startsWith("SIP/2.0 200");
      times.add(between - start, System.nanoTime() - between);
    }
    return times;
  }

  /** A registered client, whose times alone are known where it is measured. */
  private RawPeer client() throws Exception {
    RawPeer client = connect();
    neighbours.add(client);
    client.send(RawRequest.register("quiet", "Ms-Keep-Alive: UAC;hop-hop=yes"));
    assertThat(client.readMessage()).contains("SIP/2.0 200");
    if (MEASURES) {
      exchanges(client, EXCHANGES_ALONE);
      TABLE.add(io + " " + transport, "nobody", exchanges(client, EXCHANGES_ALONE));
    }
    return client;
  }

  /** Nine of ten exchanges of a client are answered soon. */
  private void isServedSoon(RawPeer client, String noise) throws Exception {
    NeighbourTable.Times beside = exchanges(client, EXCHANGES);
    TABLE.add(io + " " + transport, noise, beside);
    assertThat(beside.millisOfNineInTen()).isLessThan(SOON_MILLIS);
  }

  private void besideNoise(String name, Noise noise) throws Exception {
    RawPeer client = client();
    makeNoise(noise);
    isServedSoon(client, name);
    assertThat(rounds.get()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void besideFloodsOfKeepAlives(int floods, @TempDir Path folder) throws Exception {
    start(folder);
    String pings = PING.repeat(4_000);
    RawPeer client = client();
    for (int i = 0; i < floods; i++) {
      RawPeer neighbour = neighbour();
      makeNoise(() -> neighbour.send(pings));
    }
    isServedSoon(client, floods + (floods == 1 ? " flood" : " floods") + " of CR LF");
    assertThat(rounds.get()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void besideAFloodOfRequests(boolean reentrant, @TempDir Path folder) throws Exception {
    start(folder, "gov.nist.javax.sip.REENTRANT_LISTENER", Boolean.toString(reentrant));
    RawPeer neighbour = neighbour();
    start(new Thread(() -> readAll(neighbour)));
    besideNoise(
        "a flood of OPTIONS" + (reentrant ? ", reentrant listener" : ""),
        () -> neighbour.send(request("OPTIONS", "noise-" + NUMBER.incrementAndGet(), 0)));
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
    RawPeer neighbour = neighbour();
    besideNoise(
        "bodies of 16 MB",
        () -> {
          neighbour.send(request(method, "noise-" + NUMBER.incrementAndGet(), BODY_BYTES));
          for (int sent = 0; sent < BODY_BYTES; sent += body.length) {
            neighbour.socket().getOutputStream().write(body);
            rounds.incrementAndGet();
          }
          neighbour.readMessage();
        });
  }

  @ParameterizedTest
  @ValueSource(ints = 4)
  void besideConnectionsThatComeAndGo(int visitors, @TempDir Path folder) throws Exception {
    start(folder);
    RawPeer client = client();
    long begin = System.nanoTime();
    for (int i = 0; i < visitors; i++) {
      makeNoise(() -> visit(begin));
    }
    isServedSoon(client, "up to 1,000 connections a second that come and go");
    assertThat(rounds.get()).isPositive();
  }

  private void visit(long begin) throws Exception {
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin) + 1;
    if (visits.incrementAndGet() <= 1 + millis * VISITS / 1_000) {
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
    try (SilentPort dead = new SilentPort()) {
      RawPeer client = client();
      for (int i = 0; i < requests; i++) {
        start(new Thread(() -> sendTo(dead.port())));
      }
      isServedSoon(client, requests + " requests to a dead hop");
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
    if (!isTls()) {
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
    RawPeer before = client();
    for (int i = 0; i < checks; i++) {
      start(new Thread(() -> shakeHands(withCertificate)));
    }
    while (CHECKS.get() == 0) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    isServedSoon(before, checks + " certificate checks that do not end");
    // Their own handshakes go on as well.
    for (int i = 0; i < 5; i++) {
      RawPeer meanwhile = neighbour();
      meanwhile.send(PING);
      assertThat(meanwhile.read(2)).isEqualTo(PONG);
    }
    assertThat(release.getCount()).isEqualTo(1);
  }

  private void shakeHands(SSLContext context) {
    try (Socket socket =
        context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      if (!MEASURES) {
        ((SSLSocket) socket).setEnabledProtocols(new String[] {"TLSv1.2"});
      }
      ((SSLSocket) socket).startHandshake();
      // With TLS 1.3 the client is done before the server has looked at its certificate.
      release.await();
    } catch (IOException e) {
      LOG.debug("The neighbour was refused", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
