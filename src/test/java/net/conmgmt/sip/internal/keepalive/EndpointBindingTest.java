package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a binding when its connection ends or its client takes it back. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class EndpointBindingTest extends HandlerTest {

  EndpointBindingTest(long clockStart) {
    super(clockStart);
  }

  @Test
  @Requirement("OBP-5")
  void aRegistrationWithoutAChallengeReplacesNobodyYetIsRemovedWithItsConnection() {
    FakeConnection first = stack.proxy();
    Registrations.register(first, 1);
    FakeConnection second = stack.proxy();
    Registrations.register(second, 1);
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
    Registrations.register(connection, 1, Sip.OFFER);
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
    Registrations.register(connection, 1, Sip.OFFER);
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
    Registrations.registerAs(connection, "bob", 1);
    Registrations.registerNameless(connection, 2, "<sip:192.0.2.1:5060>", "n1");
    SIPRequest all = Registrations.nameless(Sip.register(4, "Contact: *", "Expires: 0"));
    connection.receive(all);
    connection.send(Sip.response(200, all));
    connection.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events())
        .containsExactly(
            "0 #1 authenticated sip:192.0.2.1:5060",
            "0 #1 removed bob PEER_CLOSED",
            "0 #1 closed PEER_CLOSED");
  }

  @ParameterizedTest
  @EnumSource(CloseReason.class)
  @Requirement("SRV-7")
  void anEndOfAnyKindTellsTheEndpointOnceAndBeforeTheEnd(CloseReason reason) {
    FakeConnection connection = stack.proxy();
    Registrations.register(connection, 1);
    Registrations.register(connection, 2);
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
    Registrations.register(connection, 1);
    Registrations.register(connection, 2, contact, expires);
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
    Registrations.register(connection, 1, "Contact: <sip:127.0.0.1:1>" + device);
    Registrations.register(connection, 2, "Contact: <sip:127.0.0.1:2>" + device);
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
  @Requirement("SRV-7")
  void aRegistrationThatOvertakesTheAnswerToARemovalStays() {
    FakeConnection connection = stack.proxy();
    Registrations.register(connection, 1);
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
    Registrations.register(first, 1);
    Registrations.register(first, 2);
    Registrations.register(second, 1);
    Registrations.register(first, 3);
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
      Registrations.registerAs(connection, user, 1);
    }
    Registrations.registerAs(connection, "carol", 2, "Expires: 0");
    Registrations.registerAs(connection, "bob", 3, "Expires: 0");
    assertThat(stack.listener.status(connection).endpoints())
        .containsExactly(new Endpoint("sip:dave@contoso.com", "dave"));
    Registrations.registerAs(connection, "bob", 4);
    connection.close(CloseReason.PEER_CLOSED, "");
    assertThat(stack.events())
        .containsExactlyInAnyOrder(
            "0 #1 removed dave PEER_CLOSED",
            "0 #1 removed bob PEER_CLOSED",
            "0 #1 closed PEER_CLOSED");
    assertThat(stack.listener.retained()).isZero();
  }

  @Test
  void aContactThatStaysOrAQueryTakesNothingBack() {
    FakeConnection connection = stack.proxy();
    Registrations.register(connection, 1);
    Registrations.register(
        connection, 2, "Contact: <sip:127.0.0.1:1>;expires=0", "Contact: <sip:127.0.0.1:2>");
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
    Registrations.challengeWith(connection, 1, "n1");
    SIPRequest second = Sip.register(2, Registrations.credentials("n1"), Sip.OFFER);
    connection.receive(second);
    connection.close(CloseReason.PEER_CLOSED, "");
    connection.handler().messageSent(Sip.response(200, second));
    assertThat(stack.events()).containsExactly("0 #1 closed PEER_CLOSED");
    assertThat(stack.listener.retained()).isZero();
    assertThat(stack.time.pendingTasks()).isZero();
  }
}
