package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.core.net.SecurityManagerProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.internal.connection.StackScheduler;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.EventRecorder;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TlsPeer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A check of a certificate that takes long, as one that asks other servers may. */
class SlowCertificateCheckTest {

  private static volatile CountDownLatch asked = new CountDownLatch(1);
  private static volatile CountDownLatch release = new CountDownLatch(1);

  /** Trusts everybody, after a while. */
  public static final class Slow implements SecurityManagerProvider, X509TrustManager {
    @Override
    public void init(Properties properties) {}

    @Override
    public KeyManager[] getKeyManagers(boolean client) {
      return new KeyManager[0];
    }

    @Override
    public TrustManager[] getTrustManagers(boolean client) {
      return new TrustManager[] {this};
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      asked.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @AfterEach
  void letItGo() {
    release.countDown();
  }

  @ParameterizedTest
  @CsvSource({"nio, TLSv1.2", "nio, TLSv1.3", "blocking, TLSv1.2", "blocking, TLSv1.3"})
  void endsByItsTimeOutAndStopsNoTimer(String io, String version, @TempDir Path folder)
      throws Exception {
    asked = new CountDownLatch(1);
    release = new CountDownLatch(1);
    TestCertificates authority = new TestCertificates(folder);
    EventRecorder events = new EventRecorder();
    Properties properties =
        Stacks.managed(
            IoKinds.PROPERTY,
            io,
            "gov.nist.javax.sip.SECURITY_MANAGER_PROVIDER",
            Slow.class.getName(),
            "gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS",
            version,
            "net.conmgmt.sip.TLS_HANDSHAKE_TIMEOUT",
            "1");
    try (TlsPeer peer = new TlsPeer();
        PlainApplication client =
            new PlainApplication(properties, "127.0.0.1", Stacks.freePort(), "tls")) {
      peer.show(authority.issue().commonName("x").names("ip:127.0.0.1").make());
      ConnectionManagement.of(client.stack()).addListener(events);
      StackScope scope = StackScope.of(client.stack());
      CompletableFuture<ManagedConnection> outcome =
          Objects.requireNonNull(scope.find(Connector.class))
              .connect(
                  new ConnectionTarget(
                      new InetSocketAddress(InetAddress.getLoopbackAddress(), peer.port()),
                      "TLS",
                      null));
      assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
      events.await("closed CLIENT TLS_FAILED the TLS handshake was not done within 1 s");
      CountDownLatch ticked = new CountDownLatch(1);
      StackScheduler.of(scope).schedule(ticked::countDown, 1);
      assertThat(ticked.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(outcome).isCompletedExceptionally();
      assertThat(release.getCount()).as("the check goes on still").isEqualTo(1);
    }
  }
}
