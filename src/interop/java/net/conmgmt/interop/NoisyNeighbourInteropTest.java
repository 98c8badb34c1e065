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
 * A client that pings and asks, one after the other, beside a neighbour that does its worst. All of
 * it is answered, and nearly all of it soon; what that is on a quiet machine is for the benchmark
 * to say, as here the neighbour takes the machine from the client too.
 */
@Tag("peers")
@ParameterizedClass(name = "{0} {1}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
// start(folder) sets the fields.
@SuppressWarnings("NullAway.Init")
class NoisyNeighbourInteropTest {

  private static final Logger LOG = LogManager.getLogger(NoisyNeighbourInteropTest.class);

  /** Fewer than the pings at once that are answered before a limit of their rate. */
  private static final int EXCHANGES = 80;

  /** Where somebody stopped others, they waited for seconds. */
  private static final long SOON_MILLIS = 1_000;

  private static final int BODY_BYTES = 16 * 1024 * 1024;
  private static final String PING = "\r\n\r\n";
  private static final String PONG = "\r\n";

  private static volatile KeyManager[] keys = {};
  private static volatile CountDownLatch release = new CountDownLatch(1);
  private static final AtomicLong CHECKS = new AtomicLong();

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
  private volatile boolean over;
  private TestCertificates authority;
  private PlainApplication server;

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

  /** Of the exchanges of one client, nine of ten are answered soon. */
  private void oneClientIsServedSoon(RawPeer client) throws Exception {
    long[] millis = new long[EXCHANGES];
    for (int i = 0; i < EXCHANGES; i++) {
      long start = System.nanoTime();
      client.send(PING);
      assertThat(client.read(2)).isEqualTo(PONG);
      client.send(request("OPTIONS", "quiet-" + i, 0));
      assertThat(client.readMessage()).startsWith("SIP/2.0 200");
      millis[i] = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }
    Arrays.sort(millis);
    LOG.info(
        "{} {}: median {} ms, 99 % {} ms, {} rounds of noise",
        io, transport, millis[EXCHANGES / 2], millis[EXCHANGES * 99 / 100], rounds);
    assertThat(millis[EXCHANGES * 9 / 10]).isLessThan(SOON_MILLIS);
  }

  private void besideNoise(Noise noise) throws Exception {
    try (RawPeer client = connect()) {
      makeNoise(noise);
      oneClientIsServedSoon(client);
    }
    assertThat(rounds.get()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void besideFloodsOfKeepAlives(int floods, @TempDir Path folder) throws Exception {
    start(folder);
    String pings = PING.repeat(4_000);
    try (RawPeer client = connect()) {
      List<RawPeer> peers = new ArrayList<>();
      for (int i = 0; i < floods; i++) {
        RawPeer neighbour = connect();
        peers.add(neighbour);
        makeNoise(() -> neighbour.send(pings));
      }
      oneClientIsServedSoon(client);
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
      besideNoise(() -> neighbour.send(request("OPTIONS", "noise-" + number.incrementAndGet(), 0)));
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
    try (RawPeer client = connect()) {
      for (int i = 0; i < neighbours; i++) {
        makeNoise(() -> connect().close());
      }
      oneClientIsServedSoon(client);
    }
    assertThat(rounds.get()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = 200)
  void besideRequestsToHopsThatDoNotAnswer(int requests, @TempDir Path folder) throws Exception {
    start(folder);
    try (SilentPort dead = new SilentPort();
        RawPeer client = connect()) {
      for (int i = 0; i < requests; i++) {
        Thread thread = new Thread(() -> sendTo(dead.port()));
        noises.add(thread);
        thread.start();
      }
      oneClientIsServedSoon(client);
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
    try (RawPeer before = connect()) {
      for (int i = 0; i < checks; i++) {
        Thread thread = new Thread(() -> shakeHands(withCertificate));
        noises.add(thread);
        thread.start();
      }
      while (CHECKS.get() == 0) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      oneClientIsServedSoon(before);
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
