package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.RemainingTimes;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.EventRecorder;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;

/** What is told of a connection of either side, whatever was negotiated on it. */
class ConnectionEventsTest {

  private final FakeStack stack = new FakeStack();

  @Test
  void whateverHappensToAConnectionIsToldFromItsBeginningToItsEnd() {
    EventRecorder events = new EventRecorder();
    stack.registry.listeners().add(events);
    FakeConnection connection = stack.connecting(Side.PROXY);
    connection.handler().established();
    connection.handler().keepAliveReceived();
    connection.handler().messageRefused("no CSeq");
    connection.close(CloseReason.PEER_CLOSED, "FIN");
    assertThat(events.events())
        .containsExactly(
            "connecting PROXY",
            "established PROXY",
            "received",
            "refused no CSeq",
            "closed PROXY PEER_CLOSED FIN");
  }

  @Test
  void eachEventIsALineOfTheLogForWhoeverLooksForAFault() {
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.DEBUG)) {
      FakeConnection connection = stack.client();
      connection.send(Sip.request("OPTIONS", 1));
      connection.handler().crLfReceived();
      connection.handler().keepAliveAnswered();
      String who = "DEBUG connection #1 to 127.0.0.1:40001/TCP: ";
      assertThat(log.lines())
          .containsExactly(
              who + "connecting",
              who + "established",
              who + "keep-alive offered on OPTIONS",
              who + "received CR LF that may not be the answer to a keep-alive",
              who + "keep-alive answered");
    }
  }

  @Test
  void aResponseIsKnownByTheConnectionOnWhichItArrived() {
    FakeConnection connection = stack.client();
    SIPResponse response = Sip.response(200, Sip.request("OPTIONS", 1));
    connection.receive(response);
    assertThat(stack.registry.originOf(response)).isSameAs(connection);
    assertThat(stack.registry.originOf(Sip.response(200, Sip.request("OPTIONS", 1)))).isNull();
  }

  @Test
  void aMessageThatCannotBeUnderstoodCostsALineOfTheLogAndNeitherItselfNorTheConnection() {
    FakeConnection connection = stack.proxy();
    SIPRequest odd =
        new SIPRequest() {
          private static final long serialVersionUID = 1L;

          @Override
          public String getMethod() {
            throw new IllegalStateException("odd");
          }
        };
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.ERROR)) {
      connection.receive(odd);
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("keep-alive processing failed while receiving a message with CSeq");
      assertThat(log.thrown()).containsExactly("java.lang.IllegalStateException: odd");
    }
    SIPRequest good = Sip.request("OPTIONS", 2, Sip.OFFER);
    connection.receive(good);
    assertThat(connection.send(Sip.response(200, good))).hasSize(1);
  }

  @Test
  void theStatusOfAConnectionNamesItsEndsAndTheShortestT() {
    FakeStack all = new FakeStack("KEEP_ALIVE_DIALECTS", "ms,outbound");
    FakeConnection connection = all.client();
    SIPRequest register = Sip.register(1);
    connection.send(register);
    connection.receive(
        Sip.response(200, register, "Require: outbound", "Flow-Timer: 90", Sip.ANSWER));
    ConnectionStatus status = all.listener.status(connection);
    assertThat(status.id()).isEqualTo(1);
    assertThat(status.side()).isEqualTo(Side.CLIENT);
    assertThat(status.transport()).isEqualTo("TCP");
    assertThat(status.localAddress()).isEqualTo("127.0.0.1:5060");
    assertThat(status.remoteAddress()).isEqualTo("127.0.0.1:40001");
    assertThat(status.peerName()).isEmpty();
    assertThat(status.timeoutSeconds()).isEqualTo(90);
    assertThat(status.timers().periodMillis()).isEqualTo(90_000);
  }

  @Test
  void aConnectionThatHasEndedOrThatTheRoleLeavesAloneHasNoTimers() {
    FakeConnection ended = stack.proxy();
    assertThat(stack.listener.status(ended).timers().idleMillis()).isEqualTo(932_000);
    ended.close(CloseReason.PEER_CLOSED, "");
    FakeStack client = new FakeStack("ROLE", "client");
    FakeConnection leftAlone = client.proxy();
    for (ConnectionStatus status :
        new ConnectionStatus[] {stack.listener.status(ended), client.listener.status(leftAlone)}) {
      assertThat(status.remoteAddress()).isEqualTo("127.0.0.1:40001");
      assertThat(status.timers()).isEqualTo(RemainingTimes.NONE);
      assertThat(status.timeoutSeconds()).isZero();
    }
  }

  @Test
  void onAConnectionThatTheRoleLeavesAloneNobodyAuthenticatesAndNothingIsSent() {
    FakeStack client = new FakeStack("ROLE", "client");
    FakeConnection older = client.proxy();
    FakeConnection newer = client.proxy();
    client.listener.authenticated(older, FakeStack.DESK);
    client.listener.authenticated(newer, FakeStack.DESK);
    assertThat(client.events()).isEmpty();
    assertThat(client.listener.endpoints()).isZero();
    assertThatThrownBy(older::sendKeepAlive)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("only the client sends keep-alives");
  }
}
