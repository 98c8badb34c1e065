package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
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
import org.junit.jupiter.params.provider.MethodSource;

/** Who has authenticated where, and whom a newer connection replaces. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class EndpointAuthenticationTest extends HandlerTest {

  EndpointAuthenticationTest(long clockStart) {
    super(clockStart);
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
        Sip.response(
            status,
            first,
            Registrations.challenge("n1").replace("WWW-Authenticate", challengeName)));
    SIPRequest second =
        Sip.register(2, Registrations.credentials("n1").replace("Authorization", credentialsName));
    connection.receive(second);
    assertThat(stack.events()).isEmpty();
    connection.send(Sip.response(200, second));
    assertThat(stack.events()).containsExactly("0 #1 authenticated desk");
  }

  @Test
  @Requirement("OBP-5")
  void madeUpCredentialsAuthenticateNothingAndReplaceNobody() {
    FakeConnection honest = stack.proxy();
    Registrations.authenticate(honest, "n1");
    FakeConnection forger = stack.proxy();
    Registrations.register(forger, 1, Registrations.credentials("made-up"));
    Registrations.challengeWith(forger, 3, "n2");
    Registrations.register(forger, 4, Registrations.credentials("n3"));
    assertThat(stack.events()).containsExactly("0 #1 authenticated desk");
    assertThat(honest.isOpen()).isTrue();
  }

  @Test
  @Requirement("OBP-5")
  void credentialsThatAreRefusedAuthenticateNothing() {
    FakeConnection connection = stack.proxy();
    Registrations.challengeWith(connection, 1, "n1");
    SIPRequest second = Sip.register(2, Registrations.credentials("n1"));
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
    Registrations.authenticate(older, "n1");
    FakeConnection newer = stack.proxy();
    Registrations.register(newer, 1, Registrations.credentials("n1"));
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
    Registrations.register(stack.proxy(), 2, Registrations.credentials("n7"));
    assertThat(stack.events()).containsExactly("0 #2 authenticated desk");
  }

  @Test
  @Requirement("OBP-4")
  void twoDevicesOfAUserThatNameNoInstanceBothStay() {
    FakeConnection one = stack.proxy();
    FakeConnection other = stack.proxy();
    for (int round = 0; round < 3; round++) {
      Registrations.registerNameless(one, 2 * round + 1, "<sip:192.0.2.1:5060>", "n1");
      Registrations.registerNameless(other, 2 * round + 1, "<sip:192.0.2.2:5060>", "n2");
    }
    assertThat(stack.events())
        .containsExactly(
            "0 #1 authenticated sip:192.0.2.1:5060", "0 #2 authenticated sip:192.0.2.2:5060");
    FakeConnection again = stack.proxy();
    Registrations.registerNameless(again, 1, "<sip:192.0.2.1:5060>", "n1");
    assertThat(stack.events())
        .contains("0 #1 closed REPLACED")
        .doesNotContain("0 #2 closed REPLACED");
  }

  @Test
  @Requirement("OBP-4")
  void credentialsThatComeWithNeitherDeviceNorContactReplaceNobody() {
    FakeConnection one = stack.proxy();
    Registrations.registerNameless(one, 1, "<sip:192.0.2.1:5060>", "n1");
    stack.events();
    FakeConnection other = stack.proxy();
    SIPRequest query =
        Registrations.nameless(Sip.request("REGISTER", 1, Registrations.credentials("n1")));
    other.receive(query);
    other.send(Sip.response(200, query));
    assertThat(stack.events()).isEmpty();
    SIPRequest all =
        Registrations.nameless(
            Sip.register(9, Registrations.credentials("n1"), "Contact: *", "Expires: 0"));
    one.receive(all);
    one.send(Sip.response(200, all));
    one.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events()).containsExactly("0 #1 closed PEER_CLOSED");
  }

  @Test
  @Requirement("OBP-4")
  void theSameEndpointOnANewConnectionClosesTheOlderWithItsState() {
    FakeConnection older = stack.proxy();
    Registrations.authenticate(older, "n1");
    FakeConnection newer = stack.proxy();
    Registrations.authenticate(newer, "n2");
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
    Registrations.authenticate(desk, "n1");
    FakeConnection phone = stack.proxy();
    SIPRequest first = phoneRegister(1);
    phone.receive(first);
    phone.send(Sip.response(401, first, Registrations.challenge("n2")));
    SIPRequest second = phoneRegister(2, Registrations.credentials("n2"));
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
  void aSuccessThatLeavesBehindTheEndOfItsConnectionAuthenticatesNobody() {
    FakeConnection connection = stack.proxy();
    Registrations.challengeWith(connection, 1, "n1");
    SIPRequest second = Sip.register(2, Registrations.credentials("n1"));
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

  @Test
  @Requirement("OBP-4")
  void aConnectionWhoseEndpointTookBackItsRegistrationIsReplacedAllTheSame() {
    FakeConnection older = stack.proxy();
    Registrations.authenticate(older, "n1");
    Registrations.register(older, 3, Registrations.credentials("n1"), "Contact: *", "Expires: 0");
    FakeConnection newer = stack.proxy();
    Registrations.authenticate(newer, "n2");
    assertThat(older.isOpen()).isFalse();
    assertThat(stack.events())
        .containsExactly(
            "0 #1 authenticated desk",
            "0 #2 authenticated desk",
            "0 #1 replaced desk by #2",
            "0 #1 closed REPLACED");
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
