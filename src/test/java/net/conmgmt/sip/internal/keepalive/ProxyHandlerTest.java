package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.internal.connection.StackScheduler;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.VirtualScheduler;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Negotiation and timers of the proxy side. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ProxyHandlerTest extends HandlerTest {

  private static final String ANSWER_VALUE = "UAS;hop-hop=yes;timeout=300";

  private final FakeConnection connection;

  ProxyHandlerTest(long clockStart) {
    super(clockStart);
    connection = stack.proxy();
  }

  private void negotiate(int cseq) {
    SIPRequest request = Sip.request("OPTIONS", cseq, Sip.OFFER);
    connection.receive(request);
    connection.send(Sip.response(200, request));
  }

  private List<String> answerTo(SIPRequest request, int status, String... extraLines) {
    connection.receive(request);
    return connection.send(Sip.response(status, request, extraLines));
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
  void unansweredOffersDoNotPileUp() {
    SIPRequest first = Sip.request("OPTIONS", 1, Sip.OFFER);
    connection.receive(first);
    for (int cseq = 2; cseq <= RequestMap.MAX_OPEN + 1; cseq++) {
      connection.receive(Sip.request("OPTIONS", cseq, Sip.OFFER));
    }
    assertThat(connection.send(Sip.response(200, first))).isEmpty();
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

  @Test
  @Requirement("OBP-7")
  void aClientLeavesTheConnectionsAloneThatPeersOpen() {
    FakeStack client = stackWith("ROLE", "client");
    FakeConnection accepted = client.proxy();
    FakeConnection opened = client.client();
    SIPRequest invite = Sip.request("INVITE", 1, Sip.OFFER);
    accepted.receive(invite);
    accepted.send(Sip.response(180, invite));

    client.time.advanceSeconds(2_000);

    assertThat(client.events()).isEmpty();
    assertThat(accepted.send(Sip.response(200, invite, Sip.ANSWER))).isEmpty();
    assertThat(opened.send(Sip.register(1))).containsExactly("UAC;hop-hop=yes");
  }

  @Test
  @Requirement("OBP-7")
  void aProxyOffersNothingOnTheConnectionsThatItOpens() {
    FakeStack proxy = stackWith("ROLE", "proxy");
    FakeConnection opened = proxy.client();
    FakeConnection accepted = proxy.proxy();

    assertThat(opened.send(Sip.register(1, Sip.OFFER))).isEmpty();
    SIPRequest request = Sip.register(2, Sip.OFFER);
    accepted.receive(request);
    assertThat(accepted.send(Sip.response(200, request)))
        .containsExactly("UAS;hop-hop=yes;timeout=300");
  }

  @Test
  @Requirement("CLI-9")
  void connectionsThatTheRoleLeavesAloneAreListedAndClean() {
    FakeStack off = stackWith("ROLE", "client", "KEEP_ALIVE", "off");
    FakeConnection accepted = off.proxy();
    FakeConnection opened = off.client();
    assertThat(opened.send(Sip.register(1, Sip.OFFER))).isEmpty();
    SIPRequest request = Sip.register(1, Sip.OFFER);
    accepted.receive(request);
    assertThat(accepted.send(Sip.response(200, request, Sip.ANSWER))).isEmpty();
    assertThat(off.time.pendingTasks()).isZero();
    assertThat(off.registry.all()).containsExactlyInAnyOrder(accepted, opened);
    accepted.close(CloseReason.PEER_CLOSED, "");
    assertThat(off.events()).containsExactly("0 #1 closed PEER_CLOSED");
  }

  @Test
  void shutdownLeavesNoTaskAndARestartedStackGetsAFreshListener() {
    negotiate(1);
    stack.events();
    stack.listener.shutdown();
    assertThat(stack.time.pendingTasks()).isZero();
    assertThat(stack.scope.find(Scheduler.class)).isNull();
    assertThat(KeepAliveListener.of(stack.scope)).isNotSameAs(stack.listener);
    connection.close(CloseReason.SHUTDOWN, "");
    assertThat(stack.events()).containsExactly("0 #1 closed SHUTDOWN");
    assertThat(stack.listener.retained()).isZero();
  }

  @Test
  void aListenerThatIsShutDownTwiceLeavesThatOfTheRestartedStackAlone() {
    stack.listener.shutdown();
    VirtualScheduler ofRestarted = new VirtualScheduler();
    stack.scope.put(Scheduler.class, ofRestarted);
    KeepAliveListener restarted = KeepAliveListener.of(stack.scope);
    stack.listener.shutdown();
    assertThat(KeepAliveListener.of(stack.scope)).isSameAs(restarted);
    assertThat(stack.scope.find(Scheduler.class)).isSameAs(ofRestarted);
  }

  @Test
  void shutdownEndsTheThreadOfTheTimersAndDoesWhatWasLeftForTheStop() throws Exception {
    StackScope scope = new StackScope(ConnectionManagementProperties.of(new Properties()));
    KeepAliveListener listener = KeepAliveListener.of(scope);
    Scheduler timers = StackScheduler.of(scope);
    CompletableFuture<Thread> thread = new CompletableFuture<>();
    timers.schedule(() -> thread.complete(Thread.currentThread()), 0);
    Thread ofTimers = thread.get(10, TimeUnit.SECONDS);
    List<String> told = new ArrayList<>();
    scope.atStop(() -> told.add("stopped"));
    listener.shutdown();
    ofTimers.join(10_000);
    assertThat(ofTimers.isAlive()).isFalse();
    assertThat(told).containsExactly("stopped");
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
