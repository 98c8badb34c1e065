package net.conmgmt.sip.scenarios;

import static net.conmgmt.sip.scenarios.ScenarioApplication.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.IOExceptionEventExt;
import gov.nist.javax.sip.SipStackImpl;
import java.net.ServerSocket;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sip.ClientTransaction;
import javax.sip.IOExceptionEvent;
import javax.sip.message.Request;
import net.conmgmt.sip.testing.RawPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** RFC 5626 keep-alive as the RI's own API offers it: heartbeats, and who hears of their end. */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#all")
class KeepAliveScenariosTest extends ScenarioTest {

  private static final String TIMEOUT_SECONDS =
      "gov.nist.javax.sip.RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT";
  private static final String PING = "\r\n\r\n";
  private static final String PONG = "\r\n";

  private static void exchangePing(RawPeer peer) throws Exception {
    peer.send(PING);
    assertThat(peer.read(2)).isEqualTo(PONG);
  }

  /** A connection that the application opened for a request, which the peer has answered. */
  private RawPeer answered(ScenarioApplication application, ServerSocket listener)
      throws Exception {
    Future<ClientTransaction> sent =
        stage.meanwhile(() -> application.send(Request.OPTIONS, listener.getLocalPort()));
    RawPeer peer = stage.accept(listener);
    peer.send(RawPeer.okTo(peer.readMessage(), ""));
    sent.get();
    assertThat(application.nextStatus()).isEqualTo(200);
    return peer;
  }

  private void assertIsKeepAliveTimeout(
      IOExceptionEvent event, ScenarioApplication application, int peerPort) {
    assertThat(event)
        .isInstanceOfSatisfying(
            IOExceptionEventExt.class,
            timeout -> {
              assertThat(timeout.getReason())
                  .isEqualTo(IOExceptionEventExt.Reason.KeepAliveTimeout);
              assertThat(timeout.getPeerHost()).isEqualTo("127.0.0.1");
              assertThat(timeout.getPeerPort()).isEqualTo(peerPort);
              assertThat(timeout.getLocalPort()).isEqualTo(application.port());
              assertThat(timeout.getTransport()).isEqualToIgnoringCase(setup.transport());
              assertThat(timeout.getSource()).isSameAs(application.provider());
            });
  }

  @Test
  void aPeerThatPingsStaysAndOneThatFallsSilentIsReportedAndClosed() throws Exception {
    ScenarioApplication server = stage.application(TIMEOUT_SECONDS, "1");
    RawPeer lively = stage.dial(server);
    RawPeer silent = stage.dial(server);
    for (RawPeer peer : new RawPeer[] {lively, silent}) {
      peer.send(stage.raw("OPTIONS", "first-" + peer.socket().getLocalPort(), "", ""));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      exchangePing(peer);
    }
    IOExceptionEvent reported;
    do {
      exchangePing(lively);
      reported = server.ioExceptions.poll(100, TimeUnit.MILLISECONDS);
    } while (reported == null && !silent.socket().isClosed());
    assertIsKeepAliveTimeout(reported, server, silent.socket().getLocalPort());
    assertThat(silent.readsEnd()).isTrue();
    exchangePing(lively);
    assertThat(server.ioExceptions).isEmpty();
  }

  @Test
  void aHeartbeatIsTwoCrlfsAndOnlyTheOneWithoutAnAnswerIsReported() throws Exception {
    ScenarioApplication client = stage.application(TIMEOUT_SECONDS, "1");
    ServerSocket answering = stage.listen();
    ServerSocket mute = stage.listen();
    RawPeer answeringPeer = answered(client, answering);
    RawPeer mutePeer = answered(client, mute);
    client.listeningPoint().sendHeartbeat("127.0.0.1", answering.getLocalPort());
    assertThat(answeringPeer.read(4)).isEqualTo(PING);
    answeringPeer.send(PONG);
    client.listeningPoint().sendHeartbeat("127.0.0.1", mute.getLocalPort());
    assertThat(mutePeer.read(4)).isEqualTo(PING);
    assertIsKeepAliveTimeout(next(client.ioExceptions), client, mute.getLocalPort());
    assertThat(mutePeer.readsEnd()).isTrue();
    client.listeningPoint().sendHeartbeat("127.0.0.1", answering.getLocalPort());
    assertThat(answeringPeer.read(4)).isEqualTo(PING);
    answeringPeer.send(PONG);
    assertThat(client.ioExceptions).isEmpty();
  }

  @Test
  void theTimeoutOfOneConnectionCanBeSet() throws Exception {
    ScenarioApplication client = stage.client();
    ServerSocket listener = stage.listen();
    RawPeer peer = answered(client, listener);
    int peerPort = listener.getLocalPort();
    assertThat(
            ((SipStackImpl) client.stack())
                .setKeepAliveTimeout(
                    "127.0.0.1", client.port(), setup.transport(), "127.0.0.1", peerPort, 200))
        .isTrue();
    client.listeningPoint().sendHeartbeat("127.0.0.1", peerPort);
    assertThat(peer.read(4)).isEqualTo(PING);
    assertIsKeepAliveTimeout(next(client.ioExceptions), client, peerPort);
    assertThat(peer.readsEnd()).isTrue();
  }

  @Test
  void theTimeoutOfAnAcceptedConnectionCanBeSet() throws Exception {
    ScenarioApplication server = stage.server();
    RawPeer peer = stage.dial(server);
    peer.send(stage.raw("OPTIONS", "accepted-" + peer.socket().getLocalPort(), "", ""));
    peer.readMessage();
    int peerPort = peer.socket().getLocalPort();
    assertThat(
            ((SipStackImpl) server.stack())
                .setKeepAliveTimeout(
                    "127.0.0.1", server.port(), setup.transport(), "127.0.0.1", peerPort, 200))
        .isTrue();
    exchangePing(peer);
    assertIsKeepAliveTimeout(next(server.ioExceptions), server, peerPort);
    assertThat(peer.readsEnd()).isTrue();
  }

  @Test
  void aHeartbeatToAnotherStackIsAnsweredAndTheConnectionStillCarriesRequests() throws Exception {
    ScenarioApplication client = stage.client();
    ScenarioApplication server = stage.server();
    for (int i = 0; i < 3; i++) {
      client.send(Request.OPTIONS, server.port());
      assertThat(client.nextStatus()).isEqualTo(200);
      client.listeningPoint().sendHeartbeat("127.0.0.1", server.port());
    }
    client.send(Request.OPTIONS, server.port());
    assertThat(client.nextStatus()).isEqualTo(200);
  }

  @Test
  void aHeartbeatWithoutAConnectionOpensOne() throws Exception {
    ServerSocket listener = stage.listen();
    Future<?> beat =
        stage.meanwhile(
            () -> {
              stage.client().listeningPoint().sendHeartbeat("127.0.0.1", listener.getLocalPort());
              return null;
            });
    RawPeer peer = stage.accept(listener);
    assertThat(peer.read(4)).isEqualTo(PING);
    beat.get();
  }

  /** Over our transport the heartbeat itself fails, and is reported all the same. */
  @Test
  void aHeartbeatWithoutAConnectionIsReportedAsOneWithoutAnAnswer() throws Exception {
    ScenarioApplication client = stage.application(TIMEOUT_SECONDS, "1");
    ServerSocket mute = stage.listen();
    Future<?> beat =
        stage.meanwhile(
            () -> {
              client.listeningPoint().sendHeartbeat("127.0.0.1", mute.getLocalPort());
              return null;
            });
    if (setup.managed()) {
      assertThatThrownBy(beat::get).hasStackTraceContaining("a keep-alive opens no connection");
    } else {
      assertThat(stage.accept(mute).read(4)).isEqualTo(PING);
    }
    assertIsKeepAliveTimeout(next(client.ioExceptions), client, mute.getLocalPort());
  }
}
