package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.message.SIPRequest;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Requirement;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Negotiation of the client side. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ClientHandlerTest extends OpenedConnectionTest {

  ClientHandlerTest(long clockStart) {
    super(clockStart);
  }

  private static final String OFFER_VALUE = "UAC;hop-hop=yes";

  @Test
  @Requirement({"CLI-1", "CLI-2"})
  void theFirstRequestOfAConnectionCarriesTheOfferAndNothingElse() {
    assertThat(connection.send(Sip.request("OPTIONS", 1))).containsExactly(OFFER_VALUE);
    assertThat(stack.events()).containsExactly("0 #1 offered OPTIONS");
  }

  @Test
  @Requirement("CLI-1")
  void aChallengeFailsTheAttemptAndTheNextRequestOffersAgain() {
    SIPRequest first = Sip.register(1);
    connection.send(first);
    connection.receive(Sip.response(401, first));
    assertThat(connection.send(Sip.register(2))).containsExactly(OFFER_VALUE);
    assertThat(stack.events())
        .containsExactly(
            "0 #1 offered REGISTER",
            "0 #1 failed: the response to the offer is not a success ([MS-CONMGMT] 3.4.5.3),"
                + " status 401",
            "0 #1 offered REGISTER");
  }

  @Test
  @Requirement("CLI-1")
  void afterSuccessOnlyRegisterOffersAgain() {
    negotiate(1, 300);
    assertThat(connection.send(Sip.request("INVITE", 2))).isEmpty();
    assertThat(connection.send(Sip.register(3))).containsExactly(OFFER_VALUE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ACK", "CANCEL"})
  @Requirement("CLI-1")
  void ackAndCancelNeverOffer(String method) {
    assertThat(connection.send(Sip.request(method, 1))).isEmpty();
    assertThat(stack.events()).isEmpty();
  }

  @Test
  @Requirement("CLI-1")
  void aResponseNeverOffers() {
    SIPRequest request = Sip.request("OPTIONS", 1);
    connection.receive(request);
    assertThat(connection.send(Sip.response(200, request))).isEmpty();
  }

  @Test
  @Requirement({"HDR-10", "HDR-11"})
  void whatTheApplicationOrAForwardedMessageCarriedIsReplacedByOneOffer() {
    SIPRequest request =
        Sip.register(
            1, "Ms-Keep-Alive: UAC;hop-hop=yes;x=1", "ms-keep-alive: UAC;end-end=yes;timeout=5");
    assertThat(Sip.headerCount(request)).isEqualTo(2);
    assertThat(connection.send(request)).containsExactly(OFFER_VALUE);
    SIPRequest received = Sip.request("OPTIONS", 9);
    assertThat(connection.send(Sip.response(200, received, Sip.ANSWER))).isEmpty();
  }

  @Test
  @Requirement("HDR-10")
  void encodingARequestTwiceGivesTheSameOfferOnceAndOneEvent() {
    SIPRequest request = Sip.register(1);
    connection.handler().messageToSend(request);
    connection.handler().messageToSend(request);
    assertThat(Sip.keepAliveLines(request)).containsExactly(OFFER_VALUE);
    connection.handler().messageSent(request);
    connection.handler().messageSent(request);
    assertThat(stack.events()).containsExactly("0 #1 offered REGISTER");
  }

  @Test
  @Requirement("HDR-10")
  void aSuccessMeanwhileDoesNotChangeARequestThatIsEncodedAgain() {
    SIPRequest open = Sip.request("OPTIONS", 7);
    connection.send(open);
    negotiate(1, 300);
    assertThat(connection.send(open)).containsExactly(OFFER_VALUE);
  }

  @Test
  @Requirement("CLI-9")
  void aRequestThatNothingTellsFromOthersCarriesNoOffer() throws Exception {
    SIPRequest request = Sip.register(1);
    request.getTopmostVia().setParameter("branch", "z9hG4bK" + "x".repeat(600));
    assertThat(connection.send(request)).isEmpty();
    assertThat(stack.events()).isEmpty();
  }

  @Test
  void anAnswerThatOvertakesTheNewsOfItsOfferIsToldAfterItAndTheOfferOnce() {
    SIPRequest request = Sip.register(1);
    connection.handler().messageToSend(request);
    connection.receive(Sip.response(200, request, Sip.ANSWER));
    connection.handler().messageSent(request);
    assertThat(stack.events()).containsExactly("0 #1 offered REGISTER", "0 #1 negotiated 300 200");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UAC;hop-hop=yes",
        "UAC;hop-hop=yes;timeout=300",
        "UAS;hop-hop=yes",
        "UAS;hop-hop=no;timeout=300",
        "UAS;hop-hop=yes;timeout=0",
        "UAS;hop-hop=yes;timeout=-1",
        "nonsense"
      })
  @Requirement({"CLI-4", "CLI-5", "MSG-2"})
  void afterAnAnswerThatAgreesOnNothingNothingIsSent(String answer) {
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(200, request, "Ms-Keep-Alive: " + answer));
    assertThat(stack.time.pendingTasks()).isZero();
    stack.time.advanceSeconds(10_000);
    assertThat(stack.events())
        .hasSize(2)
        .last()
        .asString()
        .startsWith("0 #1 failed: ")
        .endsWith("status 200");
  }

  @Test
  @Requirement({"CLI-3", "MSG-2"})
  void afterAFailureResponseNothingIsSentEvenIfItHasAnAnswer() {
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(403, request, Sip.ANSWER));
    assertThat(stack.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("CLI-6")
  void twoAnswersInOneResponseAreNone() {
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(200, request, Sip.ANSWER, Sip.ANSWER));
    assertThat(stack.time.pendingTasks()).isZero();
    assertThat(stack.events()).last().asString().contains("more than one");
  }

  @Test
  void aProvisionalResponseLeavesTheOfferOpen() {
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(100, request, Sip.ANSWER));
    assertThat(stack.time.pendingTasks()).isZero();
    connection.receive(Sip.response(200, request, Sip.ANSWER));
    assertThat(stack.time.pendingTasks()).isEqualTo(1);
  }

  @Test
  @Requirement("CLI-9")
  void aStrayOrLateSuccessNegotiatesNothing() {
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(200, Sip.register(2), Sip.ANSWER));
    connection.receive(Sip.response(200, Sip.request("OPTIONS", 1), Sip.ANSWER));
    connection.receive(Sip.response(401, request));
    connection.receive(Sip.response(200, request, Sip.ANSWER));
    assertThat(stack.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("CLI-9")
  void anAnswerOnAnotherConnectionNegotiatesNothingAndOneConnectionDoesNotSpeakForAnother() {
    FakeConnection other = stack.client();
    SIPRequest request = Sip.register(1);
    connection.send(request);
    other.receive(Sip.response(200, request, Sip.ANSWER));
    assertThat(stack.time.pendingTasks()).isZero();
    connection.receive(Sip.response(200, request, Sip.ANSWER));
    stack.events();
    assertThat(other.send(Sip.request("OPTIONS", 2))).containsExactly(OFFER_VALUE);
    stack.events();
    stack.time.advanceSeconds(200);
    assertThat(stack.events()).containsExactly("200 #1 ping");
  }

  @Test
  @Requirement("CLI-8")
  void aLaterSuccessReplacesT() {
    negotiate(1, 300);
    stack.time.advanceSeconds(100);
    negotiate(2, 30);
    stack.events();
    stack.time.advanceSeconds(40);
    assertThat(stack.events()).containsExactly("120 #1 ping", "140 #1 ping");
    negotiate(3, 600);
    stack.events();
    stack.time.advanceSeconds(399);
    assertThat(stack.events()).isEmpty();
    stack.time.advanceSeconds(1);
    assertThat(stack.events()).containsExactly("540 #1 ping");
  }

  @Test
  @Requirement("CLI-1")
  void aLaterFailureDoesNotEndWhatWasAgreed() {
    negotiate(1, 300);
    SIPRequest again = Sip.register(2);
    connection.send(again);
    connection.receive(Sip.response(401, again));
    stack.events();
    SIPRequest other = Sip.request("OPTIONS", 4);
    connection.handler().messageToSend(other);
    assertThat(Sip.headerCount(other)).isZero();
    stack.time.advanceSeconds(200);
    assertThat(stack.events()).containsExactly("200 #1 ping");
  }

  @Test
  @Requirement("CLI-8")
  void aRegistrationThatRenewsTheSameTIsNoNewNegotiationAndItsChallengeIsNoFailure() {
    negotiate(1, 300);
    stack.events();
    SIPRequest challenged = Sip.register(2);
    connection.send(challenged);
    connection.receive(Sip.response(401, challenged));
    negotiate(3, 300);
    assertThat(stack.events())
        .containsExactly(
            "0 #1 offered REGISTER", "0 #1 not renewed: NOT_SUCCESSFUL", "0 #1 offered REGISTER");
    negotiate(4, 30);
    assertThat(stack.events()).containsExactly("0 #1 offered REGISTER", "0 #1 negotiated 30 20");
  }

  @Test
  @Requirement("MSG-2")
  void anApplicationSendsNoKeepAliveWhereNoneWasNegotiated() throws Exception {
    SIPRequest request = Sip.register(1);
    connection.send(request);
    assertThatThrownBy(connection::sendKeepAlive)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("connection #1 to ")
        .hasMessageContaining("none was negotiated ([MS-CONMGMT] 3.4.5.4)");
    connection.receive(Sip.response(200, request, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=300"));
    stack.events();
    stack.time.advanceSeconds(150);
    connection.sendKeepAlive();
    stack.time.advanceSeconds(199);
    assertThat(stack.events()).as("told like any other").containsExactly("150 #1 ping");
    stack.time.advanceSeconds(1);
    assertThat(stack.events()).as("due again 200 s after it").containsExactly("350 #1 ping");
  }

  @Test
  void theLogTellsANegotiationOnceAndRenewalsAtDebug() {
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.INFO);
        CapturedLog renewals = new CapturedLog(ClientHandler.class, Level.DEBUG)) {
      negotiate(1, 300);
      negotiate(2, 300);
      assertThat(log.lines()).hasSize(1).first().asString().contains("keep-alive negotiated");
      assertThat(renewals.lines())
          .singleElement()
          .asString()
          .startsWith("DEBUG ")
          .contains("keep-alive renewed");
    }
  }

  @Test
  @Requirement("CLI-8")
  void closingEndsTheTimerAndLeavesNothing() {
    negotiate(1, 300);
    stack.events();
    connection.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.time.pendingTasks()).isZero();
    assertThat(stack.listener.retained()).isZero();
    assertThat(stack.registry.all()).isEmpty();
    stack.time.advanceSeconds(1_000);
    assertThat(stack.events()).containsExactly("0 #1 closed PEER_CLOSED");
  }

  @Test
  void unansweredOffersDoNotPileUp() {
    SIPRequest first = Sip.request("OPTIONS", 1);
    connection.send(first);
    for (int cseq = 2; cseq <= RequestMap.MAX_OPEN + 1; cseq++) {
      connection.send(Sip.request("OPTIONS", cseq));
    }
    connection.receive(Sip.response(200, first, Sip.ANSWER));
    assertThat(stack.time.pendingTasks()).isZero();
  }

  @Test
  void aClientConnectionHasNoConnectionOrIdleTimer() {
    assertThat(stack.time.pendingTasks()).isZero();
    stack.listener.authenticated(connection, FakeStack.DESK);
    connection.handler().keepAliveAnswered();
    assertThat(stack.events()).containsExactly("0 #1 pong");
  }

  @Test
  void aConnectionThatNeverWasEstablishedEndsAsWell() {
    FakeConnection failed = stack.connecting(Side.CLIENT);
    failed.close(CloseReason.CONNECT_FAILED, "refused");
    assertThat(stack.events()).containsExactly("0 #2 closed CONNECT_FAILED");
    assertThat(stack.registry.all()).containsExactly(connection);
  }
}
