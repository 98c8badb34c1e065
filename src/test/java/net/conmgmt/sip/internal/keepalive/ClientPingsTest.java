package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** When the client side sends keep-alives, and what comes of their answers. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ClientPingsTest extends OpenedConnectionTest {

  ClientPingsTest(long clockStart) {
    super(clockStart);
  }

  @Test
  @Requirement({"CLI-5", "CLI-7", "MSG-2"})
  void anAnswerStartsTheRefreshTimerAtTwoThirdsOfT() {
    negotiate(1, 300);
    assertThat(stack.events()).containsExactly("0 #1 offered REGISTER", "0 #1 negotiated 300 200");
    stack.time.advanceSeconds(600);
    assertThat(stack.events()).containsExactly("200 #1 ping", "400 #1 ping", "600 #1 ping");
  }

  @Test
  @Requirement("CLI-7")
  void everyByteSentRestartsTheRefreshTimer() {
    negotiate(1, 300);
    stack.events();
    stack.time.advanceSeconds(199);
    connection.send(Sip.request("OPTIONS", 2));
    stack.time.advanceSeconds(199);
    assertThat(stack.events()).isEmpty();
    stack.time.advanceSeconds(1);
    assertThat(stack.events()).containsExactly("399 #1 ping");
  }

  @Test
  @Requirement("MSG-2")
  void aKeepAliveThatCannotBeSentIsNoEventAndIsNotRepeatedAtOnce() {
    negotiate(1, 300);
    stack.events();
    connection.breakOff();
    stack.time.advanceSeconds(599);
    assertThat(stack.events()).isEmpty();
    assertThat(stack.time.pendingTasks()).isEqualTo(1);
  }

  @Test
  void aPeerThatStopsAnsweringKeepAlivesIsClosedWithItsOwnReason() {
    negotiate(1, 300);
    stack.events();
    stack.time.advanceSeconds(201);
    connection.handler().keepAliveAnswered();
    stack.time.advanceSeconds(208);
    assertThat(stack.events()).containsExactly("200 #1 ping", "201 #1 pong", "400 #1 ping");
    stack.time.advanceSeconds(1);
    assertThat(stack.events()).containsExactly("410 #1 closed PONG_TIMER");
  }

  @Test
  void aPeerThatNeverAnsweredAKeepAliveIsNotHeldToIt() {
    negotiate(1, 300);
    stack.events();
    // An answer to nothing: some servers end their messages with one CRLF more.
    connection.handler().keepAliveAnswered();
    stack.time.advanceSeconds(2_000);
    assertThat(stack.events()).hasSize(11).noneMatch(event -> event.contains("closed"));
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  void aCrLfThatComesTooLateToBeAnAnswerHoldsThePeerToNothing() {
    negotiate(1, 300);
    stack.time.advanceSeconds(250);
    // The keep-alive of 200 s is unanswered; this ends a message of a server that never answers.
    connection.handler().keepAliveAnswered();
    stack.time.advanceSeconds(2_000);
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  void theTimeForAnAnswerIsAPropertyAndZeroIsNoLimit() {
    for (String seconds : new String[] {"3", "0"}) {
      FakeStack other = stackWith("PONG_TIMEOUT", seconds);
      FakeConnection opened = other.client();
      SIPRequest request = Sip.register(1);
      opened.send(request);
      opened.receive(Sip.response(200, request, Sip.ANSWER));
      other.time.advanceSeconds(200);
      opened.handler().keepAliveAnswered();
      other.time.advanceSeconds(202);
      assertThat(opened.isOpen()).isTrue();
      other.time.advanceSeconds(1);
      assertThat(opened.isOpen()).isEqualTo(seconds.equals("0"));
    }
  }

  @Test
  void anAnswerThatArrivesBeforeTheKeepAliveIsReportedSentCounts() {
    connection.whenPinged(() -> connection.handler().keepAliveAnswered());
    negotiate(1, 300);
    stack.time.advanceSeconds(2_000);
    assertThat(connection.isOpen()).isTrue();
    connection.whenPinged(() -> {});
    stack.time.advanceSeconds(210);
    assertThat(connection.isOpen()).isFalse();
  }

  @Test
  @Requirement("CLI-10")
  void aCrLfThatMayBeTheEndOfAMessageOrThePeersOwnPingHoldsThePeerToNothing() {
    negotiate(1, 300);
    stack.events();
    for (int period = 0; period < 5; period++) {
      stack.time.advanceSeconds(201);
      connection.handler().crLfReceived();
    }
    stack.time.advanceSeconds(2_000);
    assertThat(stack.events()).noneMatch(event -> event.endsWith("pong"));
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  @Requirement("CLI-10")
  void aCrLfThatMayBeSomethingElseIsAnswerEnoughOfAPeerThatAnswers() {
    negotiate(1, 300);
    stack.time.advanceSeconds(201);
    connection.handler().keepAliveAnswered();
    stack.time.advanceSeconds(200);
    connection.handler().crLfReceived();
    stack.time.advanceSeconds(198);
    assertThat(connection.isOpen()).isTrue();
  }

  @Test
  @Requirement("CLI-10")
  void anAnswerThatWasInTheSocketWhileThisProcessStoodStillIsReadBeforeThePeerIsGivenUp() {
    negotiate(1, 300);
    stack.time.advanceSeconds(201);
    connection.handler().keepAliveAnswered();
    stack.time.advanceSeconds(199);
    stack.events();
    stack.time.standStill(15_000_000_000L);
    stack.time.advance(0);
    assertThat(connection.isOpen()).as("what has come is read first").isTrue();
    connection.handler().keepAliveAnswered();
    stack.time.advanceSeconds(100);
    assertThat(connection.isOpen()).isTrue();
    stack.time.advanceSeconds(100);
    stack.time.standStill(15_000_000_000L);
    stack.time.advanceSeconds(2);
    assertThat(connection.isOpen()).as("nothing had come").isFalse();
  }

  @Test
  @Requirement("CLI-10")
  void theTimeForAnAnswerGoesOnlyOnceAMessageThatIsArrivingHasEnded() {
    negotiate(1, 300);
    stack.time.advanceSeconds(201);
    connection.handler().keepAliveAnswered();
    stack.time.advanceSeconds(199);
    for (int second = 0; second < 30; second++) {
      stack.time.advanceSeconds(1);
      connection.handler().insideMessage();
    }
    stack.time.advanceSeconds(9);
    assertThat(connection.isOpen()).isTrue();
    stack.time.advanceSeconds(1);
    assertThat(connection.isOpen()).isFalse();
  }

  @Test
  @Requirement("CLI-10")
  void afterASleepAKeepAliveLeavesAtOnceWhereAnyAreSent() {
    FakeConnection without = stack.client();
    negotiate(1, 300);
    stack.time.advanceSeconds(5);
    stack.events();
    stack.time.wake();
    assertThat(stack.events()).containsExactly("5 #1 ping");
    stack.time.wake();
    assertThat(stack.events()).as("it has just left").isEmpty();
    assertThat(without.isOpen()).isTrue();
  }
}
