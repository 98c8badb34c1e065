package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Requirement;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Negotiation of the proxy side. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ProxyHandlerTest extends AcceptedConnectionTest {

  private static final String ANSWER_VALUE = "UAS;hop-hop=yes;timeout=300";

  ProxyHandlerTest(long clockStart) {
    super(clockStart);
  }

  @Test
  @Requirement({"SRV-4", "SRV-5"})
  void aSuccessToAnOfferCarriesTheAnswerAndNothingElse() {
    assertThat(answerTo(Sip.register(1, Sip.OFFER), 200)).containsExactly(ANSWER_VALUE);
    assertThat(stack.events()).containsExactly("0 #1 negotiated 300 332");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 202, 299})
  @Requirement("SRV-4")
  void everySuccessCarriesTheAnswer(int status) {
    assertThat(answerTo(Sip.register(1, Sip.OFFER), status)).containsExactly(ANSWER_VALUE);
  }

  @Test
  @Requirement({"SRV-5", "OBP-6"})
  void tAndGraceAreProperties() {
    FakeStack other = stackWith("KEEP_ALIVE_TIMEOUT", "40", "KEEP_ALIVE_GRACE", "35");
    FakeConnection accepted = other.proxy();
    SIPRequest request = Sip.request("OPTIONS", 1, Sip.OFFER);
    accepted.receive(request);
    assertThat(accepted.send(Sip.response(202, request)))
        .containsExactly("UAS;hop-hop=yes;timeout=40");
    other.time.advanceSeconds(75);
    assertThat(other.events())
        .containsExactly("0 #1 negotiated 40 75", "75 #1 closed EXPIRY_TIMER");
  }

  @Test
  @Requirement("SRV-6")
  void aGraceBelowOneTransactionTimeoutIsTaken() {
    FakeStack other = stackWith("KEEP_ALIVE_TIMEOUT", "40", "KEEP_ALIVE_GRACE", "5");
    FakeConnection accepted = other.proxy();
    SIPRequest request = Sip.request("OPTIONS", 1, Sip.OFFER);
    accepted.receive(request);
    accepted.send(Sip.response(200, request));
    other.time.advanceSeconds(45);
    assertThat(other.events())
        .containsExactly("0 #1 negotiated 40 45", "45 #1 closed EXPIRY_TIMER");
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 180, 199, 300, 302, 401, 403, 503, 603})
  @Requirement({"SRV-4", "SRV-8"})
  void nothingButASuccessCarriesAnAnswerOrStartsTheExpiryTimer(int status) {
    assertThat(answerTo(Sip.request("INVITE", 1, Sip.OFFER), status)).isEmpty();
    boolean failed = status >= 300;
    assertThat(stack.events()).hasSize(failed ? 1 : 0);
    // The connection is no subject of this test: only its idle timer shall be left.
    connection.send(Sip.response(200, Sip.request("OPTIONS", 2)));
    stack.time.advanceSeconds(931);
    assertThat(stack.events()).isEmpty();
  }

  @Test
  void aRenewalIsNoNewNegotiationAndAChallengeBeforeItIsNoFailure() {
    answerTo(Sip.register(1, Sip.OFFER), 200);
    stack.events();
    answerTo(Sip.register(2, Sip.OFFER), 401);
    answerTo(Sip.register(3, Sip.OFFER), 200);
    answerTo(Sip.register(4, "Ms-Keep-Alive: nonsense"), 200);
    assertThat(stack.events())
        .containsExactly("0 #1 not renewed: NOT_SUCCESSFUL", "0 #1 not renewed: MALFORMED");
  }

  @Test
  @Requirement("SRV-4")
  void aFailureEndsTheAttemptForTheProxyToo() {
    SIPRequest request = Sip.register(1, Sip.OFFER);
    assertThat(answerTo(request, 403)).isEmpty();
    assertThat(stack.events())
        .containsExactly(
            "0 #1 failed: " + "the offer's request was answered with 403 ([MS-CONMGMT] 3.4.5.2)");
    assertThat(connection.send(Sip.response(200, request))).isEmpty();
  }

  @Test
  void aProvisionalResponseLeavesTheOfferOpen() {
    SIPRequest request = Sip.request("INVITE", 1, Sip.OFFER);
    connection.receive(request);
    connection.send(Sip.response(180, request));
    assertThat(connection.send(Sip.response(200, request))).containsExactly(ANSWER_VALUE);
  }

  @Test
  @Requirement("SRV-1")
  void theProxyNeverOffers() {
    assertThat(connection.send(Sip.request("NOTIFY", 1))).isEmpty();
    assertThat(connection.send(Sip.register(2))).isEmpty();
    assertThat(answerTo(Sip.register(3), 200)).isEmpty();
    stack.time.advanceSeconds(900);
    assertThat(stack.events()).isEmpty();
  }

  @Test
  @Requirement({"SRV-1", "MSG-2"})
  void anApplicationSendsNoKeepAliveOnAConnectionThatWasAccepted() {
    negotiate(1);
    assertThatThrownBy(connection::sendKeepAlive)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("only the client sends keep-alives");
    assertThat(stack.events()).containsExactly("0 #1 negotiated 300 332");
  }

  @Test
  @Requirement("SRV-2")
  void ofSeveralHeadersInARequestTheFirstCounts() {
    assertThat(answerTo(Sip.request("OPTIONS", 1, Sip.OFFER, "Ms-Keep-Alive: UAS;x"), 200))
        .containsExactly(ANSWER_VALUE);
    assertThat(answerTo(Sip.request("OPTIONS", 2, "Ms-Keep-Alive: UAS;x", Sip.OFFER), 200))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"UAS;hop-hop=yes;timeout=300", "UAC;end-end=yes;tcp=yes", "UAC", "nonsense"})
  @Requirement({"SRV-3", "SRV-8"})
  void aRequestWithoutAGoodOfferIsServedWithoutAnAnswer(String value) {
    assertThat(answerTo(Sip.request("OPTIONS", 1, "Ms-Keep-Alive: " + value), 200)).isEmpty();
    assertThat(stack.events()).hasSize(1).first().asString().startsWith("0 #1 failed: ");
    stack.time.advanceSeconds(931);
    assertThat(stack.events()).isEmpty();
  }

  @Test
  @Requirement("HDR-10")
  void theAnswerOfTheApplicationIsReplacedAndEncodingTwiceGivesTheSame() {
    // The stack repeats a 2xx to INVITE by itself.
    SIPRequest request = Sip.request("INVITE", 1, Sip.OFFER);
    connection.receive(request);
    SIPResponse response =
        Sip.response(200, request, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=7", Sip.ANSWER);
    assertThat(Sip.headerCount(response)).isEqualTo(2);
    assertThat(connection.send(response)).containsExactly(ANSWER_VALUE);
    assertThat(connection.send(response)).containsExactly(ANSWER_VALUE);
    assertThat(stack.events()).containsExactly("0 #1 negotiated 300 332");
  }

  @Test
  @Requirement("SRV-5")
  void aRepeatedRequestGetsTheSameAnswerAndNegotiatesOnce() {
    SIPRequest request = Sip.request("INVITE", 1, Sip.OFFER);
    assertThat(answerTo(request, 200)).containsExactly(ANSWER_VALUE);
    assertThat(answerTo(request, 200)).containsExactly(ANSWER_VALUE);
    assertThat(stack.events()).containsExactly("0 #1 negotiated 300 332");
  }

  @Test
  @Requirement("HDR-11")
  void aRelayedAnswerOrAForwardedOfferDoesNotPass() {
    assertThat(answerTo(Sip.register(1), 200, Sip.ANSWER)).isEmpty();
    assertThat(answerTo(Sip.register(2, Sip.OFFER), 401, Sip.ANSWER)).isEmpty();
    assertThat(connection.send(Sip.request("MESSAGE", 3, Sip.OFFER))).isEmpty();
  }

  @Test
  @Requirement("SRV-8")
  void aSuccessToAnotherTransactionOrOnAnotherConnectionAnswersNothing() {
    SIPRequest offered = Sip.register(1, Sip.OFFER);
    connection.receive(offered);
    FakeConnection other = stack.proxy();
    assertThat(connection.send(Sip.response(200, Sip.register(2)))).isEmpty();
    assertThat(connection.send(Sip.response(200, Sip.request("OPTIONS", 1)))).isEmpty();
    assertThat(other.send(Sip.response(200, offered))).isEmpty();
    assertThat(connection.send(Sip.response(200, offered))).containsExactly(ANSWER_VALUE);
  }

  @Test
  @Requirement("SRV-5")
  void aRequestWithoutABranchIsMatchedByCallIdCSeqAndFromTag() throws Exception {
    SIPRequest request = withoutBranch(1);
    connection.receive(request);
    assertThat(connection.send(Sip.response(200, withoutBranch(2)))).isEmpty();
    SIPResponse response = Sip.response(200, request);
    response.getTopmostVia().setParameter("branch", "z9hG4bKmadeUp");
    assertThat(connection.send(response)).containsExactly(ANSWER_VALUE);
    assertThat(stack.events()).containsExactly("0 #1 negotiated 300 332");
  }

  @Test
  @Requirement("SRV-5")
  void aBranchThatIsNotUniqueDoesNotMatchRequests() throws Exception {
    SIPRequest offering = Sip.register(1, Sip.OFFER);
    offering.getTopmostVia().setParameter("branch", "1");
    SIPRequest other = Sip.register(1);
    other.getTopmostVia().setParameter("branch", "1");
    other.getCallId().setCallId("other@127.0.0.1");
    connection.receive(offering);
    connection.receive(other);
    assertThat(connection.send(Sip.response(200, other))).isEmpty();
    assertThat(connection.send(Sip.response(200, offering))).containsExactly(ANSWER_VALUE);
  }

  @Test
  void aPeerCannotMakeUsRememberEndlessIdentifiers() throws Exception {
    SIPRequest request = Sip.register(1, Sip.OFFER);
    request.getTopmostVia().setParameter("branch", "z9hG4bK" + "x".repeat(600));
    request.getCallId().setCallId("x".repeat(600));
    assertThat(answerTo(request, 200)).isEmpty();
  }

  private static SIPRequest withoutBranch(int cseq) {
    SIPRequest request = Sip.register(cseq, Sip.OFFER);
    request.getTopmostVia().removeParameter("branch");
    return request;
  }

  @Test
  void unansweredOffersDoNotPileUp() {
    SIPRequest first = Sip.request("OPTIONS", 1, Sip.OFFER);
    connection.receive(first);
    for (int cseq = 2; cseq <= RequestMap.MAX_OPEN + 1; cseq++) {
      connection.receive(Sip.request("OPTIONS", cseq, Sip.OFFER));
    }
    assertThat(connection.send(Sip.response(200, first))).isEmpty();
  }

  @Test
  @Requirement("HDR-8")
  void aThousandMalformedHeadersCostAFewWarningsThatNameTheConnection() {
    FakeConnection peer = stack.proxy();
    try (CapturedLog log = new CapturedLog(PeerWarnings.class, Level.WARN)) {
      for (int i = 0; i < 1_000; i++) {
        peer.receive(Sip.request("OPTIONS", i + 1, "Ms-Keep-Alive: UAC;timeout=x"));
      }
      int atOnce = log.lines().size();
      assertThat(atOnce).isBetween(1, 20);
      assertThat(log.lines().get(0))
          .contains("connection #" + peer.id() + " from ")
          .contains("ignoring a malformed Ms-Keep-Alive header 'UAC;timeout=x'");
      stack.time.advanceSeconds(1);
      for (int i = 0; i < 1_000; i++) {
        peer.receive(Sip.request("OPTIONS", i + 2_000, "Ms-Keep-Alive: UAC;timeout=x"));
      }
      // One, and one that says how many were left out.
      assertThat(log.lines()).hasSize(atOnce + 2);
    }
  }
}
