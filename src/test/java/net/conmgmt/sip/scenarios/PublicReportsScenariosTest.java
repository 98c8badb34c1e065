package net.conmgmt.sip.scenarios;

import static net.conmgmt.sip.scenarios.ScenarioApplication.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.stack.MessageChannel;
import gov.nist.javax.sip.stack.SIPMessageValve;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sip.ClientTransaction;
import javax.sip.SipException;
import javax.sip.SipStack;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.testing.RawPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What users of SIP stacks have reported in public, tried on ours. Each names its report; those on
 * framing are in {@link ParsingScenariosTest}, those on lost connections in {@link
 * ReconnectScenariosTest}, those on stacks and listening points in {@link
 * PublicReportsOnStacksTest}.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("net.conmgmt.sip.scenarios.Setup#ours")
class PublicReportsScenariosTest extends ScenarioTest {

  /** Why its connections end from now on. */
  private static BlockingQueue<CloseReason> endsOf(ScenarioApplication application) {
    BlockingQueue<CloseReason> ended = new LinkedBlockingQueue<>();
    ConnectionManagement.of(application.stack())
        .addListener(
            new ConnectionManagementListener() {
              @Override
              public void closed(ManagedConnection connection, CloseReason reason, String detail) {
                ended.add(reason);
              }
            });
    return ended;
  }

  /** RestComm/jain-sip 139: the connection was closed over "no Call-ID". */
  @Test
  void aCallIdInItsCompactFormIsRead() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(stage.raw("OPTIONS", "compact", "", "").replace("Call-ID:", "i:"));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").contains("compact");
  }

  /** RestComm/jain-sip 164: IllegalArgumentException, and no answer. */
  @Test
  void aBodyWithoutContentTypeReachesTheApplication() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(stage.raw("OPTIONS", "untyped", "", "abc"));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    assertThat(next(stage.server().requests).getRequest().getRawContent()).hasSize(3);
  }

  /**
   * usnistgov/jsip 65, SIPp/sipp 782: after a fail-over the peer knows nothing of the connection.
   */
  @Test
  void aRequestOnAConnectionThatThePeerResetsIsReportedAndTheNextOpensANewOne() throws Exception {
    ScenarioApplication client = stage.application();
    BlockingQueue<CloseReason> ended = endsOf(client);
    ServerSocket listener = stage.listen();
    Future<ClientTransaction> first =
        stage.meanwhile(() -> client.send(Request.OPTIONS, listener.getLocalPort()));
    RawPeer peer = stage.accept(listener);
    peer.send(RawPeer.okTo(peer.readMessage(), ""));
    first.get();
    assertThat(client.nextStatus()).isEqualTo(Response.OK);
    Future<ClientTransaction> lost =
        stage.meanwhile(() -> client.send(Request.OPTIONS, listener.getLocalPort()));
    peer.readMessage();
    peer.reset();
    lost.get();
    assertThat(ended.poll(30, TimeUnit.SECONDS))
        .isIn(CloseReason.IO_ERROR, CloseReason.PEER_CLOSED);
    Future<ClientTransaction> again =
        stage.meanwhile(() -> client.send(Request.OPTIONS, listener.getLocalPort()));
    RawPeer afterwards = stage.accept(listener);
    afterwards.send(RawPeer.okTo(afterwards.readMessage(), ""));
    again.get();
    assertThat(client.nextStatus()).isEqualTo(Response.OK);
  }

  /** usnistgov/jsip 34, RestComm/jain-sip 172: a CRLF was written to who had just gone. */
  @Test
  void aPeerThatEndsTheConnectionGetsNoFurtherByte() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(stage.raw("OPTIONS", "silent-end", "", ""));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
    peer.socket().shutdownOutput();
    assertThat(peer.readsNothingButTheEnd()).isTrue();
  }

  /** RestComm/jain-sip 76 and 133: the failure did not say with whom, or was a null pointer. */
  @Test
  void aRequestToNobodyFailsWithTheAddressInItsMessage() throws Exception {
    ScenarioApplication client = stage.client();
    int nobody;
    try (ServerSocket closedSoon = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = closedSoon.getLocalPort();
    }
    assertThatThrownBy(() -> client.send(Request.INVITE, nobody))
        .isInstanceOf(SipException.class)
        .hasStackTraceContaining("127.0.0.1")
        .hasStackTraceContaining(String.valueOf(nobody));
  }

  /** RestComm/jain-sip 129: the connection was closed before the 200 was written. */
  @Test
  void theResponseIsWrittenBeforeAConnectionThatIsNotKeptIsClosed() throws Exception {
    ScenarioApplication server =
        stage.application("gov.nist.javax.sip.CACHE_SERVER_CONNECTIONS", "false");
    RawPeer peer = stage.dial(server);
    peer.send(stage.raw("REGISTER", "not-kept", "", ""));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
  }

  /** OpenSIPS/opensips 1663: the answer went to the port of the former connection. */
  @Test
  void aRequestThatIsRepeatedOnANewConnectionIsAnsweredThere() throws Exception {
    String request = stage.raw("REGISTER", "again-elsewhere", "", "");
    RawPeer first = stage.dial(stage.server());
    first.send(request);
    assertThat(first.readMessage()).startsWith("SIP/2.0 200");
    Stage.endAndAwaitEnd(first);
    RawPeer second = stage.dial(stage.server());
    second.send(request);
    assertThat(second.readMessage()).startsWith("SIP/2.0 200");
  }

  /**
   * RestComm/jain-sip 195: the body was counted without the end of its last line, and from there on
   * every message was taken for a part of another one.
   */
  @Test
  void whatIsLeftOfALineEndBehindABodyIsPassedOver() throws Exception {
    RawPeer peer = stage.dial(stage.server());
    peer.send(stage.raw("OPTIONS", "counted-short", "", "abc\r") + "\n\r\n");
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").contains("counted-short");
    peer.send(stage.raw("OPTIONS", "behind-it", "", ""));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").contains("behind-it");
  }

  /** RestComm/jain-sip 144: a null pointer when the socket ended within a message. */
  @Test
  void aPeerThatGoesAmidABodyCostsItsConnectionOnly() throws Exception {
    ScenarioApplication server = stage.application();
    BlockingQueue<CloseReason> ended = endsOf(server);
    RawPeer other = stage.dial(server);
    other.send(stage.raw("OPTIONS", "other-1", "", ""));
    assertThat(other.readMessage()).startsWith("SIP/2.0 200");
    RawPeer peer = stage.dial(server);
    String whole = stage.raw("MESSAGE", "torn", "", "x".repeat(3_192));
    peer.send(whole.substring(0, whole.length() - 1_000));
    peer.reset();
    assertThat(ended.poll(30, TimeUnit.SECONDS))
        .isIn(CloseReason.IO_ERROR, CloseReason.PEER_CLOSED);
    other.send(stage.raw("OPTIONS", "other-2", "", ""));
    assertThat(other.readMessage()).startsWith("SIP/2.0 200");
    assertThat(next(server.requests).getRequest().getMethod()).isEqualTo(Request.OPTIONS);
    assertThat(next(server.requests).getRequest().getMethod()).isEqualTo(Request.OPTIONS);
    assertThat(ended).isEmpty();
  }

  /** RestComm/jain-sip 174: a load balancer asks on a new connection and closes it at once. */
  @Test
  void aPeerThatClosesAsSoonAsItIsAnsweredHarmsNobody() throws Exception {
    ScenarioApplication server = stage.server();
    for (int i = 0; i < 50; i++) {
      RawPeer peer = stage.dial(server);
      peer.send(stage.raw("OPTIONS", "health-" + i, "", ""));
      assertThat(peer.readMessage()).startsWith("SIP/2.0 200");
      peer.reset();
    }
    RawPeer last = stage.dial(server);
    last.send(stage.raw("OPTIONS", "health-last", "", ""));
    assertThat(last.readMessage()).startsWith("SIP/2.0 200");
    assertThat(server.ioExceptions).isEmpty();
  }

  /** usnistgov/jsip 30: requests that were sent at once began several handshakes. */
  @Test
  void requestsThatAreSentAtOnceShareTheConnectionThatTheFirstOpens() throws Exception {
    ScenarioApplication client = stage.application();
    ServerSocket listener = stage.listen();
    List<Future<ClientTransaction>> sent = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      sent.add(stage.meanwhile(() -> client.send(Request.REGISTER, listener.getLocalPort())));
    }
    RawPeer peer = stage.accept(listener);
    for (int i = 0; i < sent.size(); i++) {
      peer.send(RawPeer.okTo(peer.readMessage(), ""));
    }
    for (Future<ClientTransaction> each : sent) {
      each.get();
      assertThat(client.nextStatus()).isEqualTo(Response.OK);
    }
  }

  /** A valve that fails at every second message. */
  public static final class FailingValve implements SIPMessageValve {
    private static final AtomicInteger CALLS = new AtomicInteger();

    @Override
    public boolean processRequest(SIPRequest request, MessageChannel channel) {
      if (CALLS.getAndIncrement() % 2 == 0) {
        throw new IllegalStateException("This valve is broken");
      }
      return true;
    }

    @Override
    public boolean processResponse(Response response, MessageChannel channel) {
      return true;
    }

    @Override
    public void init(SipStack stack) {
      CALLS.set(0);
    }

    @Override
    public void destroy() {
      CALLS.set(0);
    }
  }

  /** RestComm/jain-sip 5: a valve that threw took the thread with it. */
  @Test
  void aValveThatThrowsCostsNoMoreThanItsMessage() throws Exception {
    ScenarioApplication server =
        stage.application("gov.nist.javax.sip.SIP_MESSAGE_VALVE", FailingValve.class.getName());
    RawPeer peer = stage.dial(server);
    peer.send(stage.raw("OPTIONS", "valve-1", "", "") + stage.raw("OPTIONS", "valve-2", "", ""));
    assertThat(peer.readMessage()).startsWith("SIP/2.0 200").contains("valve-2");
  }
}
