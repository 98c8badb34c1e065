package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import java.util.List;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveGrant;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The client in the dialect of RFC 6223, in virtual time. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class KeepClientTest extends HandlerTest {

  private final FakeStack keeping = speaking("keep");
  private final FakeConnection connection = keeping.client();

  KeepClientTest(long clockStart) {
    super(clockStart);
  }

  private void registered(int cseq, String value) {
    SIPRequest request = Sip.register(cseq, "Expires: 600");
    connection.send(request);
    connection.receive(Sip.granting(200, request, value, "Expires: 600"));
  }

  @Test
  @Requirement("DIA-2")
  void keepIsAskedForInViaOfTheFirstRequestsAndOfEveryRegister() {
    SIPRequest options = Sip.request("OPTIONS", 1);
    assertThat(connection.send(options)).as("Ms-Keep-Alive").isEmpty();
    assertThat(Sip.via(options)).endsWith(";keep");
    SIPRequest ack = Sip.request("ACK", 2);
    connection.send(ack);
    assertThat(Sip.via(ack)).doesNotContain("keep");
    registered(3, "=30");
    SIPRequest info = Sip.request("INFO", 4);
    connection.send(info);
    assertThat(Sip.via(info)).as("granted").doesNotContain("keep");
    SIPRequest again = Sip.register(5);
    connection.send(again);
    assertThat(Sip.via(again)).endsWith(";keep");
  }

  @Test
  @Requirement("DIA-2")
  void theRequestsOfItsTransactionThatTheStackMakesOfAnInviteAskForNothing() {
    SIPRequest invite = Sip.request("INVITE", 1);
    connection.send(invite);
    assertThat(Sip.via(invite)).endsWith(";keep");
    for (String method : List.of("ACK", "CANCEL")) {
      SIPRequest made = Sip.request(method, 1);
      made.setVia(List.of(invite.getTopmostVia()));
      connection.send(made);
      assertThat(Sip.via(made)).doesNotContain("keep");
    }
  }

  @Test
  @Requirement({"DIA-2", "DIA-7"})
  void keepIsGrantedByAValueAndPingsComeAtRandomIntervalsWithinAFifthOfIt() {
    connection.whenPinged(() -> connection.handler().keepAliveAnswered());
    registered(1, "=100");
    assertThat(keeping.events())
        .containsExactly("0 #1 offered REGISTER", "0 #1 negotiated keep 100 100");
    keeping.time.advanceSeconds(599);
    List<Long> pings =
        keeping.events().stream()
            .filter(event -> event.endsWith("ping"))
            .map(event -> Long.parseLong(event.split(" ", -1)[0]))
            .toList();
    assertThat(pings).hasSizeBetween(5, 7);
    long last = 0;
    for (long ping : pings) {
      assertThat(ping - last).isBetween(79L, 101L);
      last = ping;
    }
    assertThat(pings).as("random").isNotEqualTo(List.of(100L, 200L, 300L, 400L, 500L));
  }

  @ParameterizedTest
  @CsvSource({"'', REFUSED", "=, REFUSED", "=x, MALFORMED", "=-1, MALFORMED"})
  @Requirement("DIA-2")
  void keepWithoutAValueIsARefusalAndNothingIsSent(String value, String reason) {
    registered(1, value);
    assertThat(keeping.events())
        .containsExactly("0 #1 offered REGISTER", "0 #1 failed keep: " + reason);
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void provisionalResponsesWithoutAWordOnKeepDecideNothing() {
    SIPRequest invite = Sip.request("INVITE", 1);
    connection.send(invite);
    SIPRequest plain = (SIPRequest) invite.clone();
    plain.getTopmostVia().removeParameter("keep");
    connection.receive(Sip.response(180, plain));
    connection.receive(Sip.granting(199, invite, ""));
    assertThat(keeping.events()).containsExactly("0 #1 offered INVITE");
    connection.receive(Sip.response(200, plain));
    assertThat(keeping.events()).containsExactly("0 #1 failed keep: ABSENT");
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void anInviteThatIsSentElsewhereIsOverAndSoIsItsGrant() {
    SIPRequest invite = Sip.request("INVITE", 1);
    connection.send(invite);
    connection.receive(Sip.granting(180, invite, "=50"));
    keeping.events();
    connection.receive(Sip.granting(300, invite, "=50"));
    assertThat(keeping.events())
        .containsExactly(
            "0 #1 not renewed: NOT_SUCCESSFUL", "0 #1 ended keep: its dialog has ended");
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void keepOfZeroLeavesTheIntervalToUs() {
    registered(1, "=0");
    keeping.time.advanceSeconds(94);
    assertThat(keeping.events()).noneMatch(event -> event.endsWith("ping"));
    keeping.time.advanceSeconds(26);
    assertThat(keeping.events()).anyMatch(event -> event.endsWith("ping"));
  }

  @Test
  @Requirement("DIA-2")
  void aProvisionalResponseToInviteGrantsAndAFailureOrByeEndsIt() {
    SIPRequest invite = Sip.request("INVITE", 1);
    connection.send(invite);
    connection.receive(Sip.granting(100, invite, ""));
    connection.receive(Sip.granting(180, invite, "=50"));
    assertThat(keeping.events())
        .containsExactly("0 #1 offered INVITE", "0 #1 negotiated keep 50 50");
    connection.receive(Sip.granting(486, invite, "=50"));
    assertThat(keeping.events())
        .containsExactly(
            "0 #1 not renewed: NOT_SUCCESSFUL", "0 #1 ended keep: its dialog has ended");
    assertThat(keeping.time.pendingTasks()).isZero();

    SIPRequest second = Sip.request("INVITE", 2);
    connection.send(second);
    connection.receive(Sip.granting(200, second, "=50"));
    assertThat(keeping.time.pendingTasks()).isEqualTo(1);
    connection.receive(Sip.request("BYE", 77));
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void onlyTheEndOfItsOwnDialogEndsAGrantWhicheverSideEndsIt() throws Exception {
    SIPRequest invite = Sip.request("INVITE", 1);
    connection.send(invite);
    connection.receive(Sip.granting(200, invite, "=50"));
    keeping.events();
    connection.receive(Sip.request("INFO", 2));
    SIPRequest again = Sip.request("INVITE", 3);
    connection.send(again);
    connection.receive(Sip.response(488, again));
    SIPRequest other = Sip.request("BYE", 4);
    other.getCallId().setCallId("other@127.0.0.1");
    connection.send(other);
    assertThat(keeping.events()).noneMatch(event -> event.contains("ended"));
    connection.send(Sip.request("BYE", 5));
    assertThat(keeping.events()).containsExactly("0 #1 ended keep: its dialog has ended");
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void aRefreshThatIsChallengedOrOfAnotherRegistrationEndsNoGrant() throws Exception {
    registered(1, "=100");
    SIPRequest challenged = Sip.register(2);
    connection.send(challenged);
    connection.receive(Sip.response(401, challenged));
    SIPRequest other = Sip.register(3);
    other.getCallId().setCallId("other@127.0.0.1");
    connection.send(other);
    connection.receive(Sip.response(200, other));
    assertThat(keeping.events()).noneMatch(event -> event.contains("ended"));
    assertThat(keeping.listener.status(connection).grants())
        .containsExactly(new KeepAliveGrant(KeepAliveDialect.KEEP, 100));
  }

  @Test
  @Requirement("DIA-2")
  void whileOneOfTwoRegistrationsLastsTheKeepAlivesDoToo() throws Exception {
    connection.whenPinged(() -> connection.handler().keepAliveAnswered());
    registered(1, "=100");
    SIPRequest other = Sip.register(2, "Expires: 900");
    other.getCallId().setCallId("other@127.0.0.1");
    connection.send(other);
    connection.receive(Sip.granting(200, other, "=100", "Expires: 900"));
    keeping.time.advanceSeconds(899);
    assertThat(keeping.events()).noneMatch(event -> event.contains("ended"));
    keeping.time.advanceSeconds(1);
    assertThat(keeping.events()).contains("900 #1 ended keep: its registration has expired");
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void aGrantEndsWithItsRegistrationUnlessEachRefreshRenewsIt() {
    connection.whenPinged(() -> connection.handler().keepAliveAnswered());
    registered(1, "=100");
    keeping.time.advanceSeconds(500);
    registered(2, "=100");
    keeping.events();
    keeping.time.advanceSeconds(599);
    assertThat(keeping.events()).noneMatch(event -> event.contains("ended"));
    keeping.time.advanceSeconds(1);
    assertThat(keeping.events()).contains("1100 #1 ended keep: its registration has expired");
    assertThat(keeping.time.pendingTasks()).isZero();

    registered(3, "=100");
    keeping.events();
    registered(4, "");
    assertThat(keeping.events())
        .contains("1100 #1 ended keep: the response to the renewed REGISTER does not grant it");
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void takingTheRegistrationBackEndsTheGrantAndIsNoFailure() {
    registered(1, "=100");
    keeping.events();
    SIPRequest last = Sip.register(2, "Expires: 0");
    connection.send(last);
    connection.receive(Sip.granting(200, last, "=100"));
    assertThat(keeping.events())
        .containsExactly(
            "0 #1 offered REGISTER",
            "0 #1 ended keep: the response to the renewed REGISTER does not grant it");
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-8")
  void whereKeepWasGrantedTheFirstPingMustBeAnsweredWithinTenSeconds() {
    registered(1, "=100");
    keeping.events();
    List<String> pinged = keeping.events();
    while (pinged.isEmpty()) {
      keeping.time.advanceSeconds(1);
      pinged = keeping.events();
    }
    assertThat(pinged).hasSize(1).first().asString().endsWith("ping");
    keeping.time.advanceSeconds(8);
    assertThat(keeping.events()).isEmpty();
    keeping.time.advanceSeconds(2);
    assertThat(keeping.events()).hasSize(1).first().asString().endsWith("closed PONG_TIMER");
  }
}
