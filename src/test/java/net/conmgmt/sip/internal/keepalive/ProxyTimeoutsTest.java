package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** When the proxy side gives a connection up: expiry, connection and idle timers. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ProxyTimeoutsTest extends AcceptedConnectionTest {

  ProxyTimeoutsTest(long clockStart) {
    super(clockStart);
  }

  @Test
  @Requirement({"SRV-6", "SRV-7"})
  void aFrozenClientIsGoneAtTPlusGraceAndNotBefore() {
    negotiate(1);
    stack.time.advanceSeconds(100);
    connection.bytesReceived();
    connection.handler().keepAliveReceived();
    stack.events();
    stack.time.advance(332 * 1_000_000_000L - 1);
    assertThat(stack.events()).isEmpty();
    stack.time.advance(1);
    assertThat(stack.events()).containsExactly("432 #1 closed EXPIRY_TIMER");
    assertThat(stack.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("SRV-6")
  void aClientThatPingsStays() {
    negotiate(1);
    stack.events();
    for (int i = 1; i <= 20; i++) {
      stack.time.advanceSeconds(300);
      connection.bytesReceived();
    }
    assertThat(stack.events()).isEmpty();
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  @Requirement("SRV-7")
  void aProxyThatIsNotTheRegistrarDoesNothingOnExpiry() {
    FakeStack other = stackWith("REGISTRAR", "false", "IDLE_TIMEOUT", "100000");
    FakeConnection accepted = other.proxy();
    SIPRequest request = Sip.register(1, Sip.OFFER);
    accepted.receive(request);
    accepted.send(Sip.response(200, request));
    other.events();
    other.time.advanceSeconds(99_999);
    assertThat(other.events()).isEmpty();
    assertThat(accepted.isOpen()).isTrue();
    assertThat(other.time.pendingTasks()).isEqualTo(1);
  }

  @Test
  @Requirement({"OBP-1", "OBP-2", "OBP-6"})
  void aSilentConnectionIsClosedByTheConnectionTimer() {
    stack.time.advance(32 * 1_000_000_000L - 1);
    assertThat(stack.events()).isEmpty();
    stack.time.advance(1);
    assertThat(stack.events()).containsExactly("32 #1 closed CONNECTION_TIMER");
    assertThat(stack.time.pendingTasks()).isZero();
    assertThat(stack.listener.retained()).isZero();
    assertThat(stack.registry.all()).isEmpty();
  }

  @Test
  @Requirement("OBP-1")
  void aProvisionalResponseRestartsTheConnectionTimerAndAFailureDoesNot() {
    SIPRequest request = Sip.request("INVITE", 1);
    stack.time.advanceSeconds(20);
    answerTo(request, 100);
    stack.time.advanceSeconds(20);
    connection.send(Sip.response(486, request));
    stack.time.advanceSeconds(12);
    assertThat(stack.events()).containsExactly("52 #1 closed CONNECTION_TIMER");
  }

  @Test
  @Requirement("OBP-1")
  void aSuccessEndsTheConnectionTimerForGood() {
    SIPRequest request = Sip.request("INVITE", 1);
    answerTo(request, 200);
    answerTo(Sip.request("INVITE", 2), 100);
    stack.time.advanceSeconds(931);
    assertThat(stack.events()).isEmpty();
  }

  @Test
  @Requirement("OBP-1")
  void aSuccessThatTheClientSendsDoesNotCount() {
    connection.receive(Sip.response(200, Sip.request("NOTIFY", 1)));
    stack.time.advanceSeconds(32);
    assertThat(stack.events()).containsExactly("32 #1 closed CONNECTION_TIMER");
  }

  @Test
  @Requirement("OBP-2")
  void anAuthenticatedConnectionOutlivesTheConnectionTimer() {
    stack.listener.authenticated(connection, FakeStack.DESK);
    stack.time.advanceSeconds(931);
    assertThat(stack.events()).containsExactly("0 #1 authenticated desk");
  }

  @Test
  @Requirement({"OBP-3", "OBP-6"})
  void aConnectionWithoutTrafficIsClosedByTheIdleTimer() {
    answerTo(Sip.request("OPTIONS", 1), 200);
    stack.time.advanceSeconds(900);
    connection.bytesReceived();
    stack.time.advanceSeconds(900);
    connection.bytesSent();
    stack.time.advanceSeconds(931);
    assertThat(stack.events()).isEmpty();
    stack.time.advanceSeconds(1);
    assertThat(stack.events()).containsExactly("2732 #1 closed IDLE_TIMER");
    assertThat(stack.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("OBP-6")
  void connectionAndIdleTimeAreProperties() {
    FakeStack other = stackWith("CONNECTION_TIMEOUT", "2", "IDLE_TIMEOUT", "5");
    FakeConnection silent = other.proxy();
    FakeConnection idle = other.proxy();
    idle.send(Sip.response(200, Sip.request("OPTIONS", 1)));
    other.time.advanceSeconds(5);
    assertThat(other.events())
        .containsExactly("2 #1 closed CONNECTION_TIMER", "5 #2 closed IDLE_TIMER");
    assertThat(silent.isOpen()).isFalse();
  }

  @Test
  @Requirement({"CLI-9", "OBP-7"})
  void withTheSwitchOffNothingIsNegotiatedAndTheTimersOfTheProxyRun() {
    FakeStack off =
        stackWith("KEEP_ALIVE", "off", "CONNECTION_TIMEOUT", "32", "IDLE_TIMEOUT", "90");
    off.proxy();
    FakeConnection accepted = off.proxy();
    SIPRequest request = Sip.register(1, Sip.OFFER);
    accepted.receive(request);
    assertThat(accepted.send(Sip.response(200, request, Sip.ANSWER))).isEmpty();
    FakeConnection opened = off.client();
    assertThat(opened.send(Sip.register(1, Sip.OFFER))).isEmpty();

    off.time.advanceSeconds(91);

    assertThat(off.events())
        .containsExactly(
            "32 #1 closed CONNECTION_TIMER",
            "90 #2 removed desk IDLE_TIMER",
            "90 #2 closed IDLE_TIMER");
    assertThat(off.registry.all()).containsExactly(opened);
  }
}
