package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sip.IOExceptionEvent;
import javax.sip.SipException;
import javax.sip.message.Request;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.plain.PlainApplication;
import net.conmgmt.sip.testing.IoKinds;
import net.conmgmt.sip.testing.RawPeer;
import net.conmgmt.sip.testing.SilentPort;
import net.conmgmt.sip.testing.Stacks;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Hops that do not answer, or do not shake hands: only who asked to wait waits for them. */
@ParameterizedClass(name = "{0} {1}")
@MethodSource("net.conmgmt.sip.testing.IoKinds#withTransports")
class DeadHopsTest {

  private final String io;
  private final String transport;
  private final BlockingQueue<IOExceptionEvent> lost = new LinkedBlockingQueue<>();
  @TempDir private Path folder;
  private TestCertificates authority;
  private PlainApplication server;
  private int port;

  DeadHopsTest(String io, String transport) {
    this.io = io;
    this.transport = transport;
  }

  @BeforeEach
  void start() throws Exception {
    authority = new TestCertificates(folder);
    port = Stacks.freePort();
    Properties properties =
        authority.properties(
            authority.keyStore("x", "ip:127.0.0.1"),
            IoKinds.PROPERTY,
            io,
            "gov.nist.javax.sip.REENTRANT_LISTENER",
            "true",
            "gov.nist.javax.sip.THREAD_POOL_SIZE",
            "2",
            "net.conmgmt.sip.CONNECT_TIMEOUT",
            "2");
    server = new PlainApplication(properties, "127.0.0.1", port, transport);
    server.whenIoFails(lost::add);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private RawPeer connect() throws Exception {
    return transport.equals("tls")
        ? RawPeer.connectTls(port, authority.clientContext())
        : RawPeer.connect(port);
  }

  private static String options(int number, int viaPort) {
    return "OPTIONS sip:peer@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/X 127.0.0.1:"
        + viaPort
        + ";branch=z9hG4bK-"
        + number
        + "\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: call-"
        + number
        + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  }

  @Test
  void aResponseWhoseWayBackDoesNotAnswerHoldsUpNoWorker() throws Exception {
    try (SilentPort silent = new SilentPort()) {
      CountDownLatch release = new CountDownLatch(1);
      server.beforeAnswers(release::await);
      for (int i = 0; i < 2; i++) {
        RawPeer gone = connect();
        gone.send(options(i, silent.port()));
        int asked = i + 1;
        await().until(() -> server.requests.size() == asked);
        gone.close();
      }
      await().until(() -> StackTransport.of(StackScope.of(server.stack())).quota().retained() == 0);
      server.beforeAnswers(() -> {});
      release.countDown();
      try (RawPeer other = connect()) {
        other.send(options(9, 5999));
        assertThat(other.readMessage()).startsWith("SIP/2.0 200");
      }
      assertThat(lost).as("they wait still").isEmpty();
      assertThat(lost.poll(30, TimeUnit.SECONDS)).isNotNull();
      assertThat(lost.poll(30, TimeUnit.SECONDS)).isNotNull();
    }
  }

  @Test
  void requestsThatWorkersSendToAHopThatDoesNotAnswerHoldUpNobodyAndTheirLossIsTold()
      throws Exception {
    try (SilentPort silent = new SilentPort()) {
      StackWorkers workers = StackWorkers.of(StackScope.of(server.stack()));
      AtomicInteger sent = new AtomicInteger();
      for (int i = 0; i < 10; i++) {
        workers.execute(
            () -> {
              try {
                server.sendTo(Request.OPTIONS, "127.0.0.1", silent.port());
                sent.incrementAndGet();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
      }
      try (RawPeer other = connect()) {
        other.send(options(9, 5999));
        assertThat(other.readMessage()).startsWith("SIP/2.0 200");
      }
      await().until(() -> sent.get() == 10);
      assertThat(lost).as("they wait still").isEmpty();
      for (int i = 0; i < 10; i++) {
        assertThat(lost.poll(30, TimeUnit.SECONDS)).isNotNull();
      }
    }
  }

  @Test
  void anApplicationThatSendsOnItsOwnThreadIsToldByAnException() throws Exception {
    try (SilentPort silent = new SilentPort()) {
      assertThatThrownBy(() -> server.sendTo(Request.OPTIONS, "127.0.0.1", silent.port()))
          .isInstanceOf(SipException.class);
      assertThatThrownBy(() -> server.sendTo(Request.OPTIONS, "127.0.0.1", silent.port()))
          .as("at once, as it has just failed")
          .rootCause()
          .hasMessageContaining("it did not answer in time");
      assertThat(lost).isEmpty();
    }
  }

  @Test
  void aRequestOfAWorkerReachesAPeerWithoutConnection() throws Exception {
    try (ServerSocket peer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      StackWorkers.of(StackScope.of(server.stack()))
          .execute(
              () -> {
                try {
                  server.sendTo(Request.OPTIONS, "127.0.0.1", peer.getLocalPort());
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      try (RawPeer accepted =
          transport.equals("tls")
              ? RawPeer.acceptTls(
                  peer,
                  authority.issue().commonName("x").names("ip:127.0.0.1").make().serverContext())
              : RawPeer.accept(peer)) {
        String request = accepted.readMessage();
        assertThat(request).startsWith("OPTIONS");
        accepted.send(RawPeer.okTo(request, ""));
        assertThat(server.responses.poll(30, TimeUnit.SECONDS)).isNotNull();
      }
    }
  }
}
