package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.testing.CapturedLog;
import net.conmgmt.sip.testing.Requirement;
import org.apache.logging.log4j.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who has authenticated where, and what becomes of a binding with its connection. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class EndpointAuthenticationTest extends HandlerTest {

  EndpointAuthenticationTest(long clockStart) {
    super(clockStart);
  }

  private static String credentials(String nonce) {
    return "Authorization: Digest username=\"alice\", realm=\"contoso.com\", nonce=\""
        + nonce
        + "\", uri=\"sip:contoso.com\", response=\"0123456789abcdef0123456789abcdef\"";
  }

  private static String challenge(String nonce) {
    return "WWW-Authenticate: Digest realm=\"contoso.com\", nonce=\"" + nonce + "\"";
  }

  private static void register(FakeConnection connection, int cseq, String... lines) {
    SIPRequest request = Sip.register(cseq, lines);
    connection.receive(request);
    connection.send(Sip.response(200, request));
  }

  private static void challengeWith(FakeConnection connection, int cseq, String nonce) {
    SIPRequest request = Sip.register(cseq);
    connection.receive(request);
    connection.send(Sip.response(401, request, challenge(nonce)));
  }

  private static void authenticate(FakeConnection connection, String nonce) {
    challengeWith(connection, 1, nonce);
    register(connection, 2, credentials(nonce));
  }

  @ParameterizedTest
  @CsvSource({
    "401, WWW-Authenticate, Authorization",
    "407, Proxy-Authenticate, Proxy-Authorization"
  })
  @Requirement("OBP-5")
  void aSuccessToCredentialsThatAnswerOurChallengeAuthenticates(
      int status, String challengeName, String credentialsName) {
    FakeConnection connection = stack.proxy();
    SIPRequest first = Sip.register(1);
    connection.receive(first);
    connection.send(
        Sip.response(status, first, challenge("n1").replace("WWW-Authenticate", challengeName)));
    SIPRequest second =
        Sip.register(2, credentials("n1").replace("Authorization", credentialsName));
    connection.receive(second);
    assertThat(stack.events()).isEmpty();
    connection.send(Sip.response(200, second));
    assertThat(stack.events()).containsExactly("0 #1 authenticated desk");
  }

  @Test
  @Requirement("OBP-5")
  void madeUpCredentialsAuthenticateNothingAndReplaceNobody() {
    FakeConnection honest = stack.proxy();
    authenticate(honest, "n1");
    FakeConnection forger = stack.proxy();
    register(forger, 1, credentials("made-up"));
    challengeWith(forger, 3, "n2");
    register(forger, 4, credentials("n3"));
    assertThat(stack.events()).containsExactly("0 #1 authenticated desk");
    assertThat(honest.isOpen()).isTrue();
  }

  @Test
  @Requirement("OBP-5")
  void credentialsThatAreRefusedAuthenticateNothing() {
    FakeConnection connection = stack.proxy();
    challengeWith(connection, 1, "n1");
    SIPRequest second = Sip.register(2, credentials("n1"));
    connection.receive(second);
    connection.send(Sip.response(403, second));
    assertThat(stack.events()).isEmpty();
    stack.time.advanceSeconds(32);
    assertThat(stack.events()).containsExactly("32 #1 closed CONNECTION_TIMER");
  }

  @Test
  @Requirement({"OBP-4", "OBP-5"})
  void aClientThatComesBackWithTheNonceItKnowsIsAuthenticated() {
    FakeConnection older = stack.proxy();
    authenticate(older, "n1");
    FakeConnection newer = stack.proxy();
    register(newer, 1, credentials("n1"));
    assertThat(stack.events())
        .containsExactly(
            "0 #1 authenticated desk",
            "0 #2 authenticated desk",
            "0 #1 replaced desk by #2",
            "0 #1 closed REPLACED");
  }

  @Test
  @Requirement("OBP-5")
  void aNextNonceCountsAsAChallenge() {
    FakeConnection connection = stack.proxy();
    SIPRequest first = Sip.register(1);
    connection.receive(first);
    connection.send(Sip.response(200, first, "Authentication-Info: nextnonce=\"n7\""));
    register(stack.proxy(), 2, credentials("n7"));
    assertThat(stack.events()).containsExactly("0 #2 authenticated desk");
  }

  @Test
  @Requirement("OBP-4")
  void twoDevicesOfAUserThatNameNoInstanceBothStay() {
    FakeConnection one = stack.proxy();
    FakeConnection other = stack.proxy();
    for (int round = 0; round < 3; round++) {
      registerNameless(one, 2 * round + 1, "<sip:192.0.2.1:5060>", "n1");
      registerNameless(other, 2 * round + 1, "<sip:192.0.2.2:5060>", "n2");
    }
    assertThat(stack.events())
        .containsExactly(
            "0 #1 authenticated sip:192.0.2.1:5060", "0 #2 authenticated sip:192.0.2.2:5060");
    FakeConnection again = stack.proxy();
    registerNameless(again, 1, "<sip:192.0.2.1:5060>", "n1");
    assertThat(stack.events())
        .contains("0 #1 closed REPLACED")
        .doesNotContain("0 #2 closed REPLACED");
  }

  @Test
  @Requirement("OBP-4")
  void credentialsThatComeWithNeitherDeviceNorContactReplaceNobody() {
    FakeConnection one = stack.proxy();
    registerNameless(one, 1, "<sip:192.0.2.1:5060>", "n1");
    stack.events();
    FakeConnection other = stack.proxy();
    SIPRequest query = nameless(Sip.request("REGISTER", 1, credentials("n1")));
    other.receive(query);
    other.send(Sip.response(200, query));
    assertThat(stack.events()).isEmpty();
    SIPRequest all = nameless(Sip.register(9, credentials("n1"), "Contact: *", "Expires: 0"));
    one.receive(all);
    one.send(Sip.response(200, all));
    one.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events()).containsExactly("0 #1 closed PEER_CLOSED");
  }

  private static void registerNameless(
      FakeConnection connection, int cseq, String contact, String nonce) {
    SIPRequest first = nameless(Sip.register(cseq, "Contact: " + contact));
    connection.receive(first);
    connection.send(Sip.response(401, first, challenge(nonce)));
    SIPRequest second = nameless(Sip.register(cseq + 1, "Contact: " + contact, credentials(nonce)));
    connection.receive(second);
    connection.send(Sip.response(200, second));
  }

  private static SIPRequest nameless(SIPRequest request) {
    request.getFrom().removeParameter("epid");
    return request;
  }

  @Test
  @Requirement("OBP-4")
  void theSameEndpointOnANewConnectionClosesTheOlderWithItsState() {
    FakeConnection older = stack.proxy();
    authenticate(older, "n1");
    FakeConnection newer = stack.proxy();
    authenticate(newer, "n2");
    assertThat(stack.events())
        .containsExactly(
            "0 #1 authenticated desk",
            "0 #2 authenticated desk",
            "0 #1 replaced desk by #2",
            "0 #1 closed REPLACED");
    newer.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events())
        .containsExactly("0 #2 removed desk PEER_CLOSED", "0 #2 closed PEER_CLOSED");
    assertThat(stack.listener.retained()).isZero();
    assertThat(stack.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("OBP-4")
  void theOtherDeviceOfTheSameUserStays() {
    FakeConnection desk = stack.proxy();
    authenticate(desk, "n1");
    FakeConnection phone = stack.proxy();
    SIPRequest first = phoneRegister(1);
    phone.receive(first);
    phone.send(Sip.response(401, first, challenge("n2")));
    SIPRequest second = phoneRegister(2, credentials("n2"));
    phone.receive(second);
    phone.send(Sip.response(200, second));
    assertThat(stack.events())
        .containsExactly("0 #1 authenticated desk", "0 #2 authenticated phone");
    assertThat(desk.isOpen()).isTrue();
  }

  private static SIPRequest phoneRegister(int cseq, String... lines) {
    SIPRequest request = Sip.register(cseq, lines);
    request.getFrom().removeParameter("epid");
    try {
      request.getFrom().setParameter("epid", "phone");
    } catch (java.text.ParseException e) {
      throw new AssertionError(e);
    }
    return request;
  }

  @Test
  @Requirement("OBP-5")
  void theApplicationsWordReplacesToo() {
    FakeConnection older = stack.proxy();
    FakeConnection newer = stack.proxy();
    stack.listener.authenticated(older, FakeStack.DESK);
    stack.listener.authenticated(older, FakeStack.DESK);
    stack.listener.authenticated(newer, FakeStack.DESK);
    assertThat(stack.events())
        .containsExactly(
            "0 #1 authenticated desk",
            "0 #2 authenticated desk",
            "0 #1 replaced desk by #2",
            "0 #1 closed REPLACED");
    stack.listener.authenticated(older, FakeStack.DESK);
    assertThat(stack.events()).isEmpty();
    assertThat(newer.isOpen()).isTrue();
  }

  @Test
  @Requirement("OBP-5")
  void aRegistrationWithoutAChallengeReplacesNobodyYetIsRemovedWithItsConnection() {
    FakeConnection first = stack.proxy();
    register(first, 1);
    FakeConnection second = stack.proxy();
    register(second, 1);
    assertThat(first.isOpen()).isTrue();
    first.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events()).containsExactly("0 #1 closed PEER_CLOSED");
    second.close(CloseReason.IO_ERROR, "");
    assertThat(stack.events())
        .containsExactly("0 #2 removed desk IO_ERROR", "0 #2 closed IO_ERROR");
  }

  @Test
  @Requirement("SRV-7")
  void aPeerThatLeavesAsSoonAsItHasItsSuccessIsRemoved() {
    FakeConnection connection = stack.proxy();
    SIPRequest register = Sip.register(1);
    connection.receive(register);
    SIPResponse success = Sip.response(200, register);
    connection.handler().messageToSend(success);
    connection.close(CloseReason.IO_ERROR, "");
    connection.handler().messageSent(success);
    assertThat(stack.events())
        .containsExactly("0 #1 removed desk IO_ERROR", "0 #1 closed IO_ERROR");
    assertThat(stack.listener.retained()).isZero();
  }

  @Test
  @Requirement("SRV-7")
  void expiryRemovesTheEndpointAndThenClosesTheConnection() {
    FakeConnection connection = stack.proxy();
    register(connection, 1, Sip.OFFER);
    stack.time.advanceSeconds(332);
    assertThat(stack.events())
        .containsExactly(
            "0 #1 negotiated 300 332",
            "332 #1 removed desk EXPIRY_TIMER",
            "332 #1 closed EXPIRY_TIMER");
    assertThat(stack.listener.retained()).isZero();
  }

  @Test
  @Requirement("SRV-7")
  void expiryRemovesTheEndpointWhileTheListenerStillHandlesWhatArrivedBefore() {
    FakeConnection connection = stack.proxy();
    register(connection, 1, Sip.OFFER);
    connection.holdEnd();
    stack.time.advanceSeconds(332);
    assertThat(stack.events())
        .containsExactly("0 #1 negotiated 300 332", "332 #1 removed desk EXPIRY_TIMER");
    connection.tellEnd();
    assertThat(stack.events()).containsExactly("332 #1 closed EXPIRY_TIMER");
  }

  @ParameterizedTest
  @ValueSource(ints = {199, 300})
  @Requirement("SRV-7")
  void whatIsNoSuccessBindsNothing(int status) {
    FakeConnection connection = stack.proxy();
    SIPRequest request = Sip.register(1);
    connection.receive(request);
    connection.send(Sip.response(status, request));
    assertThat(stack.listener.status(connection).endpoints()).isEmpty();
  }

  @Test
  @Requirement("SRV-7")
  void aWildcardTakesBackTheContactsOfItsOwnUserOnly() {
    FakeConnection connection = stack.proxy();
    registerAs(connection, "bob", 1);
    registerNameless(connection, 2, "<sip:192.0.2.1:5060>", "n1");
    SIPRequest all = nameless(Sip.register(4, "Contact: *", "Expires: 0"));
    connection.receive(all);
    connection.send(Sip.response(200, all));
    connection.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events())
        .containsExactly(
            "0 #1 authenticated sip:192.0.2.1:5060",
            "0 #1 removed bob PEER_CLOSED",
            "0 #1 closed PEER_CLOSED");
  }

  @Test
  @Requirement("OBP-5")
  void aSuccessThatLeavesBehindTheEndOfItsConnectionAuthenticatesNobody() {
    FakeConnection connection = stack.proxy();
    challengeWith(connection, 1, "n1");
    SIPRequest second = Sip.register(2, credentials("n1"));
    connection.receive(second);
    connection.close(CloseReason.PEER_CLOSED, "");
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.ERROR)) {
      connection.send(Sip.response(200, second));
      assertThat(log.lines()).isEmpty();
    }
    assertThat(stack.events()).containsExactly("0 #1 closed PEER_CLOSED");
    assertThat(stack.listener.retained()).isZero();
  }

  @Test
  @Requirement("OBP-5")
  void theApplicationsWordOnAConnectionThatThisSideOpenedIsOnlyALineOfTheLog() {
    FakeConnection opened = stack.client();
    try (CapturedLog log = new CapturedLog(BaseHandler.class, Level.DEBUG)) {
      stack.listener.authenticated(opened, FakeStack.DESK);
      assertThat(log.lines())
          .singleElement()
          .asString()
          .contains("only connections that peers open and this stack watches use that");
    }
    assertThat(stack.events()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(CloseReason.class)
  @Requirement("SRV-7")
  void anEndOfAnyKindTellsTheEndpointOnceAndBeforeTheEnd(CloseReason reason) {
    FakeConnection connection = stack.proxy();
    register(connection, 1);
    register(connection, 2);
    connection.close(reason, "");
    assertThat(stack.events())
        .containsExactly("0 #1 removed desk " + reason, "0 #1 closed " + reason);
  }

  @ParameterizedTest
  @CsvSource({
    "Contact: <sip:127.0.0.1:49729>;expires=0, Expires: 600",
    "Contact: <sip:127.0.0.1:49729>, Expires: 0",
    "Contact: *, Expires: 0"
  })
  @Requirement("SRV-7")
  void anEndpointThatTookBackItsRegistrationIsNotRemovedAgain(String contact, String expires) {
    FakeConnection connection = stack.proxy();
    register(connection, 1);
    register(connection, 2, contact, expires);
    connection.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events()).containsExactly("0 #1 closed PEER_CLOSED");
  }

  @ParameterizedTest
  @CsvSource({
    "URN:UUID:6A4F, true",
    "urn:uuid:6a4f;expires=300, true",
    "urn:uuid:6a4f;expires=0, false",
    "urn:uuid:other, false",
    "'', false"
  })
  @Requirement("SRV-7")
  void anOlderContactThatIsTakenBackLeavesTheEndpointWithItsNewerOne(String left, boolean stays) {
    FakeConnection connection = stack.proxy();
    String device = ";+sip.instance=\"<urn:uuid:6A4F>\"";
    register(connection, 1, "Contact: <sip:127.0.0.1:1>" + device);
    register(connection, 2, "Contact: <sip:127.0.0.1:2>" + device);
    SIPRequest last =
        Sip.register(3, "Contact: <sip:127.0.0.1:1>;expires=0" + device, "Expires: 600");
    connection.receive(last);
    String[] parts = left.split(";", 2);
    String instance = ";+sip.instance=\"<" + parts[0] + ">\"";
    connection.send(
        Sip.response(
            200,
            last,
            "Contact: <sip:127.0.0.1:2>"
                + (left.isEmpty() ? "" : instance)
                + (parts.length == 2 ? ";" + parts[1] : "")));
    connection.close(CloseReason.PEER_CLOSED, "");
    if (stays) {
      assertThat(stack.events())
          .containsExactly("0 #1 removed desk PEER_CLOSED", "0 #1 closed PEER_CLOSED");
    } else {
      assertThat(stack.events()).containsExactly("0 #1 closed PEER_CLOSED");
    }
  }

  @Test
  @Requirement("OBP-4")
  void aConnectionWhoseEndpointTookBackItsRegistrationIsReplacedAllTheSame() {
    FakeConnection older = stack.proxy();
    authenticate(older, "n1");
    register(older, 3, credentials("n1"), "Contact: *", "Expires: 0");
    FakeConnection newer = stack.proxy();
    authenticate(newer, "n2");
    assertThat(older.isOpen()).isFalse();
    assertThat(stack.events())
        .containsExactly(
            "0 #1 authenticated desk",
            "0 #2 authenticated desk",
            "0 #1 replaced desk by #2",
            "0 #1 closed REPLACED");
  }

  @Test
  @Requirement("SRV-7")
  void aRegistrationThatOvertakesTheAnswerToARemovalStays() {
    FakeConnection connection = stack.proxy();
    register(connection, 1);
    SIPRequest removal = Sip.register(2, "Contact: *", "Expires: 0");
    SIPRequest again = Sip.register(3);
    connection.receive(removal);
    connection.receive(again);
    connection.send(Sip.response(200, removal));
    connection.send(Sip.response(200, again));
    connection.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events())
        .containsExactly("0 #1 removed desk PEER_CLOSED", "0 #1 closed PEER_CLOSED");
  }

  @Test
  @Requirement("SRV-7")
  void anEndpointBelongsToTheConnectionOnWhichItRegisteredLastAsOftenAsItChanges() {
    FakeConnection first = stack.proxy();
    FakeConnection second = stack.proxy();
    register(first, 1);
    register(first, 2);
    register(second, 1);
    register(first, 3);
    second.close(CloseReason.PEER_CLOSED, "");
    first.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events())
        .containsExactly(
            "0 #2 closed PEER_CLOSED", "0 #1 removed desk PEER_CLOSED", "0 #1 closed PEER_CLOSED");
  }

  @Test
  @Requirement("SRV-7")
  void ofSeveralUsersOfAConnectionEachTakesBackItsOwnAndTheOthersGoWithTheConnection() {
    FakeConnection connection = stack.proxy();
    for (String user : new String[] {"bob", "carol", "dave"}) {
      registerAs(connection, user, 1);
    }
    registerAs(connection, "carol", 2, "Expires: 0");
    registerAs(connection, "bob", 3, "Expires: 0");
    assertThat(stack.listener.status(connection).endpoints())
        .containsExactly(new Endpoint("sip:dave@contoso.com", "dave"));
    registerAs(connection, "bob", 4);
    connection.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events())
        .containsExactlyInAnyOrder(
            "0 #1 removed dave PEER_CLOSED",
            "0 #1 removed bob PEER_CLOSED",
            "0 #1 closed PEER_CLOSED");
    assertThat(stack.listener.retained()).isZero();
  }

  private static void registerAs(
      FakeConnection connection, String user, int cseq, String... lines) {
    SIPRequest request = Sip.register(cseq, lines);
    try {
      request.getTopmostVia().setBranch("z9hG4bK" + user + cseq);
      request.getFrom().setParameter("epid", user);
      ((gov.nist.javax.sip.address.SipUri) request.getTo().getAddress().getURI()).setUser(user);
    } catch (java.text.ParseException e) {
      throw new AssertionError(e);
    }
    connection.receive(request);
    connection.send(Sip.response(200, request));
  }

  @Test
  void aContactThatStaysOrAQueryTakesNothingBack() {
    FakeConnection connection = stack.proxy();
    register(connection, 1);
    register(connection, 2, "Contact: <sip:127.0.0.1:1>;expires=0", "Contact: <sip:127.0.0.1:2>");
    SIPRequest query = Sip.request("REGISTER", 3);
    connection.receive(query);
    connection.send(Sip.response(200, query));
    connection.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events())
        .containsExactly("0 #1 removed desk PEER_CLOSED", "0 #1 closed PEER_CLOSED");
  }

  @Test
  void aQueryWithoutCredentialsAndAFailedRegistrationBelongToNobody() {
    FakeConnection connection = stack.proxy();
    SIPRequest query = Sip.request("REGISTER", 1);
    connection.receive(query);
    connection.send(Sip.response(200, query));
    SIPRequest refused = Sip.register(2);
    connection.receive(refused);
    connection.send(Sip.response(403, refused));
    connection.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events()).containsExactly("0 #1 closed PEER_CLOSED");
  }

  @Test
  @Requirement("OBP-4")
  void aSuccessThatLeavesAfterTheEndEntersNothing() {
    FakeConnection connection = stack.proxy();
    challengeWith(connection, 1, "n1");
    SIPRequest second = Sip.register(2, credentials("n1"), Sip.OFFER);
    connection.receive(second);
    connection.close(CloseReason.PEER_CLOSED, "");
    connection.handler().messageSent(Sip.response(200, second));
    assertThat(stack.events()).containsExactly("0 #1 closed PEER_CLOSED");
    assertThat(stack.listener.retained()).isZero();
    assertThat(stack.time.pendingTasks()).isZero();
  }

  @Test
  void aListenerThatClosesOrThrowsDisturbsNeitherOrderNorOthers() {
    stack
        .registry
        .listeners()
        .add(
            new ConnectionManagementListener() {
              @Override
              public void endpointAuthenticated(ManagedConnection connection, Endpoint endpoint) {
                connection.close("");
                throw new IllegalStateException("on purpose");
              }
            });
    FakeConnection connection = stack.proxy();
    stack.listener.authenticated(connection, FakeStack.DESK);
    assertThat(stack.events())
        .containsExactly("0 #1 authenticated desk", "0 #1 removed desk LOCAL", "0 #1 closed LOCAL");
  }
}
