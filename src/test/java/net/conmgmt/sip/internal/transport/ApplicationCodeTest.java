package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.sip.SipFactory;
import javax.sip.SipStack;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.keepalive.AuthenticationRule;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.plain.StackStop;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;
import net.conmgmt.sip.testing.TlsStack;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the application is asked and told while connections come, and what it reads from files. */
class ApplicationCodeTest {

  private static final String PING = "\r\n\r\n";
  private static final String PONG = "\r\n";

  private static final AtomicReference<Thread> RULE_MAKER = new AtomicReference<>();

  /** Takes nobody for authenticated. */
  public static final class Rule implements AuthenticationRule {
    /** For the stack. */
    public Rule() {
      RULE_MAKER.set(Thread.currentThread());
    }

    @Override
    public Watch watch(ManagedConnection connection) {
      return request -> null;
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void theRuleIsMadeByTheThreadThatMakesTheListeningPoint(String io) throws Exception {
    RULE_MAKER.set(null);
    int port = Stacks.freePort();
    try (PlainApplication server =
            new PlainApplication(
                Stacks.managed(
                    IoKinds.PROPERTY,
                    io,
                    "net.conmgmt.sip.AUTHENTICATION_RULE",
                    Rule.class.getName()),
                "127.0.0.1",
                port);
        RawPeer peer = RawPeer.connect(port)) {
      peer.send(PING);
      assertThat(peer.read(2)).isEqualTo(PONG);
      assertThat(RULE_MAKER).as("of %s", server).hasValue(Thread.currentThread());
    }
  }

  /** Cannot be made. */
  public static final class BrokenRule implements AuthenticationRule {
    /** For the stack. */
    public BrokenRule() {
      throw new IllegalStateException("no users");
    }

    @Override
    public Watch watch(ManagedConnection connection) {
      return request -> null;
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void aRuleThatCannotBeMadeIsToldEachTimeAndLeavesNeitherPortNorThread(String io)
      throws Exception {
    Properties properties =
        Stacks.managed(
            IoKinds.PROPERTY,
            io,
            "net.conmgmt.sip.AUTHENTICATION_RULE",
            BrokenRule.class.getName());
    int port = Stacks.freePort();
    properties.setProperty("javax.sip.STACK_NAME", "broken-rule-" + port);
    SipFactory factory = SipFactory.getInstance();
    factory.setPathName("gov.nist");
    SipStack stack = factory.createSipStack(properties);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> stack.createListeningPoint("127.0.0.1", port, "tcp"))
          .hasMessageContaining("net.conmgmt.sip.AUTHENTICATION_RULE");
      new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.getName().matches("conmgmt-(io|worker)-" + port + "\\b.*"));
    }
    StackStop.of(stack);
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void aListenerThatTakesItsTimeOverARefusalHoldsUpNobody(String io) throws Exception {
    int port = Stacks.freePort();
    CountDownLatch told = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (PlainApplication server =
            new PlainApplication(
                Stacks.managed(
                    IoKinds.PROPERTY, io, "net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS", "1"),
                "127.0.0.1",
                port);
        RawPeer peer = RawPeer.connect(port)) {
      peer.send(PING);
      assertThat(peer.read(2)).isEqualTo(PONG);
      ConnectionManagement.of(server.stack())
          .addListener(
              new ConnectionManagementListener() {
                @Override
                public void connectionRefused(InetSocketAddress refused, String detail) {
                  told.countDown();
                  awaitQuietly(release);
                }
              });
      for (int i = 0; i < 20; i++) {
        try (RawPeer refused = RawPeer.connect(port)) {
          assertThat(refused.readsEnd()).isTrue();
        }
      }
      assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
      peer.send(PING);
      assertThat(peer.read(2)).isEqualTo(PONG);
    } finally {
      release.countDown();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @ParameterizedTest
  @MethodSource("net.conmgmt.sip.testing.IoKinds#all")
  void aKeyFileThatIsSlowToReadHoldsUpNoOpenConnection(String io, @TempDir Path folder)
      throws Exception {
    TestCertificates authority = new TestCertificates(folder);
    TestIdentity identity = authority.issue().names("ip:127.0.0.1").make();
    Path chain = Files.writeString(folder.resolve("chain.pem"), identity.chainPem());
    Path key = Files.writeString(folder.resolve("key.pem"), identity.keyPem());
    try (TlsStack proxy =
            new TlsStack(
                Stacks.managed(
                    IoKinds.PROPERTY,
                    io,
                    "net.conmgmt.sip.TLS_CERTIFICATE_FILE",
                    chain.toString(),
                    "net.conmgmt.sip.TLS_KEY_FILE",
                    key.toString()));
        RawPeer open = RawPeer.connectTls(proxy.port(), authority.clientContext())) {
      open.send(PING);
      assertThat(open.read(2)).isEqualTo(PONG);
      Files.delete(key);
      // Whoever reads it waits until somebody writes.
      assertThat(new ProcessBuilder("mkfifo", key.toString()).start().waitFor()).isZero();
      proxy.putForward(Duration.ofSeconds(2));
      try (RawPeer slow = RawPeer.connect(proxy.port())) {
        // The head of a ClientHello is enough to ask for the certificate.
        slow.send("\u0016\u0003\u0001\u0000d\u0001");
        try {
          for (int i = 0; i < 20; i++) {
            open.send(PING);
            assertThat(open.read(2)).isEqualTo(PONG);
          }
        } finally {
          // Waits for the reader, who only comes as long as the peer is there.
          CompletableFuture.runAsync(() -> write(key, identity.keyPem())).get(30, TimeUnit.SECONDS);
        }
      }
    }
  }

  private static void write(Path file, String content) {
    try {
      Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
