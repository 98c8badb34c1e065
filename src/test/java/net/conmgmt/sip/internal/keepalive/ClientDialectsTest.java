package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.List;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveGrant;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client in the dialects of RFC 6223 and RFC 5626, in virtual time. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ClientDialectsTest extends HandlerTest {

  ClientDialectsTest(long clockStart) {
    super(clockStart);
  }

  private FakeStack speaking(String dialects, String... more) {
    String[] properties = new String[more.length + 2];
    properties[0] = "KEEP_ALIVE_DIALECTS";
    properties[1] = dialects;
    System.arraycopy(more, 0, properties, 2, more.length);
    return stackWith(properties);
  }

  private static String via(SIPRequest request) {
    return request.getTopmostVia().encode().strip();
  }

  /** A 200 with {@code keep=value} in Via, as the next hop gives it back. */
  private static SIPResponse granting(
      int status, SIPRequest request, String value, String... lines) {
    SIPResponse response = Sip.response(status, request, lines);
    String encoded = response.encode().replace(";keep", ";keep" + value);
    return reparsed(encoded);
  }

  private static SIPResponse reparsed(String text) {
    String[] lines = text.trim().split("\r\n", -1);
    return (SIPResponse)
        Sip.parse(
            lines[0],
            List.of(lines).subList(1, lines.length).stream()
                .filter(line -> !line.startsWith("Content-Length"))
                .toList());
  }

  private static SIPRequest registered(FakeConnection connection, int cseq, String value) {
    SIPRequest request = Sip.register(cseq, "Expires: 600");
    connection.send(request);
    connection.receive(granting(200, request, value, "Expires: 600"));
    return request;
  }

  // --- keep ------------------------------------------------------------------------------------

  @Test
  @Requirement("DIA-1")
  void byDefaultOnlyTheHeaderFieldIsOffered() {
    FakeConnection connection = stack.client();
    SIPRequest request = Sip.register(1);
    String before = request.encode();
    assertThat(connection.send(request)).containsExactly("UAC;hop-hop=yes");
    request.removeHeader("Ms-Keep-Alive");
    assertThat(request.encode()).isEqualTo(before);
  }

  @Test
  @Requirement("DIA-1")
  void allAreOfferedAtOnceAndAKeepAliveLeavesAtWhicheverIsDueFirst() {
    FakeStack all = speaking("ms,keep,outbound");
    FakeConnection connection = all.client();
    SIPRequest request = Sip.register(1);
    assertThat(connection.send(request)).containsExactly("UAC;hop-hop=yes");
    assertThat(via(request)).contains(";keep").doesNotContain("keep=");
    assertThat(request.encode()).contains(";reg-id=1").contains("+sip.instance=\"<urn:uuid:");
    connection.receive(
        granting(200, request, "=90", "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=90", "Expires: 600"));
    assertThat(all.events())
        .containsExactly(
            "0 #1 offered REGISTER",
            "0 #1 negotiated 90 60",
            "0 #1 negotiated keep 90 90",
            "0 #1 failed outbound: ABSENT");
    assertThat(all.listener.status(connection).grants())
        .containsExactly(
            new KeepAliveGrant(KeepAliveDialect.MS, 90),
            new KeepAliveGrant(KeepAliveDialect.KEEP, 90));
    all.time.advanceSeconds(60);
    assertThat(all.events()).containsExactly("60 #1 ping");
    connection.handler().keepAliveAnswered();
    // What else is sent puts off the one and not the other.
    for (int second = 0; second < 72; second++) {
      connection.send(Sip.request("INFO", 100 + second));
      all.time.advanceSeconds(1);
    }
    all.events();
    for (int second = 0; second < 18; second++) {
      connection.send(Sip.request("INFO", 200 + second));
      all.time.advanceSeconds(1);
    }
    assertThat(all.events()).filteredOn(event -> event.endsWith("ping")).hasSize(1);
    connection.handler().keepAliveAnswered();
  }

  @Test
  @Requirement("DIA-1")
  void toAPeerThatKnowsNoDialectNothingIsSent() {
    FakeStack all = speaking("ms,keep,outbound");
    FakeConnection connection = all.client();
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(200, request));
    assertThat(all.time.pendingTasks()).isZero();
    assertThat(all.listener.status(connection).grants()).isEmpty();
  }

  @Test
  @Requirement("DIA-2")
  void keepIsAskedForInViaOfTheFirstRequestsAndOfEveryRegister() {
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    SIPRequest options = Sip.request("OPTIONS", 1);
    assertThat(connection.send(options)).as("Ms-Keep-Alive").isEmpty();
    assertThat(via(options)).endsWith(";keep");
    SIPRequest ack = Sip.request("ACK", 2);
    connection.send(ack);
    assertThat(via(ack)).doesNotContain("keep");
    registered(connection, 3, "=30");
    SIPRequest info = Sip.request("INFO", 4);
    connection.send(info);
    assertThat(via(info)).as("granted").doesNotContain("keep");
    SIPRequest again = Sip.register(5);
    connection.send(again);
    assertThat(via(again)).endsWith(";keep");
  }

  @Test
  @Requirement("DIA-2")
  void theRequestsOfItsTransactionThatTheStackMakesOfAnInviteAskForNothing() {
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    SIPRequest invite = Sip.request("INVITE", 1);
    connection.send(invite);
    assertThat(via(invite)).endsWith(";keep");
    for (String method : List.of("ACK", "CANCEL")) {
      SIPRequest made = Sip.request(method, 1);
      made.setVia(List.of(invite.getTopmostVia()));
      connection.send(made);
      assertThat(via(made)).doesNotContain("keep");
    }
  }

  @Test
  @Requirement({"DIA-2", "DIA-7"})
  void keepIsGrantedByAValueAndPingsComeAtRandomIntervalsWithinAFifthOfIt() {
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    connection.whenPinged(() -> connection.handler().keepAliveAnswered());
    registered(connection, 1, "=100");
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
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    registered(connection, 1, value);
    assertThat(keeping.events())
        .containsExactly("0 #1 offered REGISTER", "0 #1 failed keep: " + reason);
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void keepOfZeroLeavesTheIntervalToUs() {
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    registered(connection, 1, "=0");
    keeping.time.advanceSeconds(94);
    assertThat(keeping.events()).noneMatch(event -> event.endsWith("ping"));
    keeping.time.advanceSeconds(26);
    assertThat(keeping.events()).anyMatch(event -> event.endsWith("ping"));
  }

  @Test
  @Requirement("DIA-2")
  void aProvisionalResponseToInviteGrantsAndAFailureOrByeEndsIt() {
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    SIPRequest invite = Sip.request("INVITE", 1);
    connection.send(invite);
    connection.receive(granting(100, invite, ""));
    connection.receive(granting(180, invite, "=50"));
    assertThat(keeping.events())
        .containsExactly("0 #1 offered INVITE", "0 #1 negotiated keep 50 50");
    connection.receive(granting(486, invite, "=50"));
    assertThat(keeping.events())
        .containsExactly(
            "0 #1 not renewed: NOT_SUCCESSFUL", "0 #1 ended keep: its dialog has ended");
    assertThat(keeping.time.pendingTasks()).isZero();

    SIPRequest second = Sip.request("INVITE", 2);
    connection.send(second);
    connection.receive(granting(200, second, "=50"));
    assertThat(keeping.time.pendingTasks()).isEqualTo(1);
    connection.receive(Sip.request("BYE", 77));
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void onlyTheEndOfItsOwnDialogEndsAGrantWhicheverSideEndsIt() throws Exception {
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    SIPRequest invite = Sip.request("INVITE", 1);
    connection.send(invite);
    connection.receive(granting(200, invite, "=50"));
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
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    registered(connection, 1, "=100");
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
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    connection.whenPinged(() -> connection.handler().keepAliveAnswered());
    registered(connection, 1, "=100");
    SIPRequest other = Sip.register(2, "Expires: 900");
    other.getCallId().setCallId("other@127.0.0.1");
    connection.send(other);
    connection.receive(granting(200, other, "=100", "Expires: 900"));
    keeping.time.advanceSeconds(899);
    assertThat(keeping.events()).noneMatch(event -> event.contains("ended"));
    keeping.time.advanceSeconds(1);
    assertThat(keeping.events()).contains("900 #1 ended keep: its registration has expired");
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void aGrantEndsWithItsRegistrationUnlessEachRefreshRenewsIt() {
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    connection.whenPinged(() -> connection.handler().keepAliveAnswered());
    registered(connection, 1, "=100");
    keeping.time.advanceSeconds(500);
    registered(connection, 2, "=100");
    keeping.events();
    keeping.time.advanceSeconds(599);
    assertThat(keeping.events()).noneMatch(event -> event.contains("ended"));
    keeping.time.advanceSeconds(1);
    assertThat(keeping.events()).contains("1100 #1 ended keep: its registration has expired");
    assertThat(keeping.time.pendingTasks()).isZero();

    registered(connection, 3, "=100");
    keeping.events();
    registered(connection, 4, "");
    assertThat(keeping.events())
        .contains("1100 #1 ended keep: the response to the renewed REGISTER does not grant it");
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-2")
  void takingTheRegistrationBackEndsTheGrantAndIsNoFailure() {
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    registered(connection, 1, "=100");
    keeping.events();
    SIPRequest last = Sip.register(2, "Expires: 0");
    connection.send(last);
    connection.receive(granting(200, last, "=100"));
    assertThat(keeping.events())
        .containsExactly(
            "0 #1 offered REGISTER",
            "0 #1 ended keep: the response to the renewed REGISTER does not grant it");
    assertThat(keeping.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-8")
  void whereKeepWasGrantedTheFirstPingMustBeAnsweredWithinTenSeconds() {
    FakeStack keeping = speaking("keep");
    FakeConnection connection = keeping.client();
    registered(connection, 1, "=100");
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

  @ParameterizedTest
  @ValueSource(strings = {"keep", "outbound", "ms"})
  @Requirement("DIA-11")
  void aTBelowTheFloorIsNotBelieved(String dialect) {
    FakeStack wary = speaking(dialect, "KEEP_ALIVE_FLOOR", "30");
    FakeConnection connection = wary.client();
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(
        granting(
            200, request, "=29", "Flow-Timer: 29", "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=29"));
    assertThat(wary.time.pendingTasks()).isZero();
    assertThat(wary.events()).hasSize(2).last().asString().containsAnyOf("TOO_SHORT", "below 30 s");
    connection.send(request);
    connection.receive(
        granting(
            200, request, "=30", "Flow-Timer: 30", "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=30"));
    assertThat(wary.time.pendingTasks()).isEqualTo(1);
  }

  // --- outbound --------------------------------------------------------------------------------

  @Test
  @Requirement("DIA-4")
  void aRegisterNamesDeviceAndFlowAndWhatIsSupportedOnce() {
    FakeStack outbound = speaking("outbound", "INSTANCE", "urn:uuid:0000");
    FakeConnection connection = outbound.client();
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.handler().messageToSend(request);
    assertThat(request.encode())
        .containsOnlyOnce("+sip.instance=\"<urn:uuid:0000>\"")
        .containsOnlyOnce("reg-id=1")
        .containsOnlyOnce("outbound")
        .containsOnlyOnce("path")
        .contains("Supported: outbound");
    SIPRequest own =
        Sip.register(
            2, "Contact: <sip:a@1.2.3.4>;reg-id=2;+sip.instance=\"<urn:x:1>\"", "Supported: path");
    connection.send(own);
    assertThat(own.encode())
        .contains("reg-id=2")
        .contains("urn:x:1")
        .containsOnlyOnce("path")
        .doesNotContain("urn:uuid:0000");
    SIPRequest other = Sip.request("OPTIONS", 3, "Contact: <sip:a@1.2.3.4>");
    connection.send(other);
    assertThat(other.encode()).doesNotContain("reg-id").doesNotContain("outbound");
  }

  @Test
  @Requirement("DIA-4")
  void aRegisterOfSomebodyElseThatIsSentOnIsLeftAsItIs() {
    FakeStack outbound = speaking("outbound");
    FakeConnection connection = outbound.client();
    SIPRequest forwarded =
        Sip.register(1, "Via: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKfirst", "Supported: x");
    String before = forwarded.encode();
    connection.send(forwarded);
    assertThat(forwarded.encode()).isEqualTo(before);
  }

  @Test
  @Requirement("DIA-4")
  void aSuccessThatRequiresOutboundGrantsItWithItsFlowTimer() {
    FakeStack outbound = speaking("outbound");
    FakeConnection connection = outbound.client();
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(
        Sip.response(200, request, "Require: outbound", "Flow-Timer: 120", "Expires: 3600"));
    assertThat(outbound.events())
        .containsExactly("0 #1 offered REGISTER", "0 #1 negotiated outbound 120 120");
    outbound.time.advanceSeconds(95);
    assertThat(outbound.events()).isEmpty();
    outbound.time.advanceSeconds(25);
    assertThat(outbound.events()).anyMatch(event -> event.endsWith("ping"));
  }

  @Test
  @Requirement("DIA-4")
  void withoutAFlowTimerTheIntervalIsNinetyFiveToAHundredAndTwentySeconds() {
    FakeStack outbound = speaking("outbound");
    FakeConnection connection = outbound.client();
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(200, request, "Require: outbound"));
    outbound.time.advanceSeconds(94);
    assertThat(outbound.events())
        .containsExactly("0 #1 offered REGISTER", "0 #1 negotiated outbound 120 120");
    outbound.time.advanceSeconds(26);
    assertThat(outbound.events()).first().asString().endsWith("ping");
  }

  @Test
  @Requirement("DIA-4")
  void aFlowTimerWithoutRequireTimesThePingsAndIsNoGrant() {
    FakeStack outbound = speaking("outbound");
    FakeConnection connection = outbound.client();
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(200, request, "Flow-Timer: 40"));
    assertThat(outbound.events())
        .containsExactly("0 #1 offered REGISTER", "0 #1 failed outbound: NOT_IN_FORCE");
    outbound.time.advanceSeconds(40);
    assertThat(outbound.events()).anyMatch(event -> event.endsWith("ping"));
  }

  @Test
  @Requirement("DIA-4")
  void aFlowTimerWithoutRequireIsToldOnceAndAgainWhenItChanges() {
    FakeStack outbound = speaking("outbound");
    FakeConnection connection = outbound.client();
    int cseq = 1;
    for (String timer : List.of("40", "40", "50", "50")) {
      SIPRequest request = Sip.register(cseq++);
      connection.send(request);
      connection.receive(Sip.response(200, request, "Flow-Timer: " + timer));
    }
    assertThat(outbound.events()).filteredOn(event -> event.endsWith("NOT_IN_FORCE")).hasSize(2);
  }

  @Test
  @Requirement("DIA-4")
  void afterA439TheApplicationsNextRegisterLeavesWithoutOutbound() {
    FakeStack outbound = speaking("ms,outbound");
    FakeConnection connection = outbound.client();
    SIPRequest request = refusedWith439(connection, 1);
    assertThat(outbound.events()).contains("0 #1 failed outbound: FIRST_HOP_LACKS_SUPPORT");
    // The application sends the same request object again, with a new transaction.
    SIPRequest again = (SIPRequest) request.clone();
    again.getTopmostVia().removeParameter("branch");
    again.getTopmostVia().setParameter(new gov.nist.core.NameValue("branch", "z9hG4bKagain"));
    assertThat(connection.send(again)).containsExactly("UAC;hop-hop=yes");
    assertThat(again.encode())
        .doesNotContain("reg-id")
        .doesNotContain("outbound")
        .contains("+sip.instance");
    assertThat(offersOutbound(connection, 3)).isFalse();
  }

  @Test
  @Requirement("DIA-4")
  void afterA439WhatTheApplicationSaysOfOutboundItselfGoesToo() {
    FakeStack outbound = speaking("outbound");
    FakeConnection connection = outbound.client();
    refusedWith439(connection, 1);
    String flow = "Contact: <sip:a@1.2.3.4>;reg-id=2;+sip.instance=\"<urn:x:1>\"";
    SIPRequest own = Sip.register(2, flow, "Supported: Outbound");
    connection.send(own);
    assertThat(own.encode()).doesNotContain("reg-id").doesNotContain("Supported");
    SIPRequest more = Sip.register(3, flow, "Supported: outbound, gruu");
    connection.send(more);
    assertThat(more.encode()).contains("Supported: gruu").doesNotContain("utbound");
    SIPRequest forwarded =
        Sip.register(
            4, "Via: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKfirst", flow, "Supported: outbound");
    String before = forwarded.encode();
    connection.send(forwarded);
    assertThat(forwarded.encode()).as("somebody else's").isEqualTo(before);
  }

  @Test
  @Requirement("DIA-4")
  void otherConnectionsToTheSameHopDoWithoutOutboundForADayAndThoseToOthersOfferIt() {
    FakeStack outbound = speaking("outbound");
    FakeConnection first = outbound.client();
    refusedWith439(first, 1);
    FakeConnection sameHop = outbound.clientAt(first.remoteAddress());
    assertThat(offersOutbound(sameHop, 2)).isFalse();
    assertThat(offersOutbound(outbound.client(), 3)).as("another first hop").isTrue();

    outbound.time.advanceSeconds(86_399);
    FakeConnection lastOfTheDay = outbound.clientAt(first.remoteAddress());
    assertThat(offersOutbound(lastOfTheDay, 4)).isFalse();
    outbound.time.advanceSeconds(1);
    assertThat(offersOutbound(outbound.clientAt(first.remoteAddress()), 5)).isTrue();
    assertThat(offersOutbound(lastOfTheDay, 6)).as("while a connection lasts").isFalse();
  }

  @Test
  @Requirement("DIA-4")
  void a439CountsForTheHopAndTransportAndOnlySoManyHopsAreRemembered() {
    DeclinedHops hops = new DeclinedHops();
    FakeStack any = speaking("outbound");
    List<FakeConnection> peers = new java.util.ArrayList<>();
    for (int i = 0; i <= DeclinedHops.MOST; i++) {
      FakeConnection peer = any.client();
      peers.add(peer);
      hops.add(KeepAliveDialect.OUTBOUND, peer, Long.MAX_VALUE);
    }
    // Across the end of the clock's range.
    long later = Long.MAX_VALUE + 1;
    assertThat(hops.has(KeepAliveDialect.OUTBOUND, peers.get(0), later)).as("oldest").isFalse();
    assertThat(hops.has(KeepAliveDialect.OUTBOUND, peers.get(1), later)).isTrue();
    assertThat(hops.has(KeepAliveDialect.KEEP, peers.get(1), later)).isFalse();
  }

  @Test
  @Requirement("DIA-10")
  void whoReconnectsHearsWhetherAFlowIsKeptAndHowLongARefusalAsksToWait() {
    FakeStack outbound = speaking("ms,outbound");
    List<String> heard = new java.util.ArrayList<>();
    outbound.watchFlows(heard);
    FakeConnection connection = outbound.client();
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(503, request, "Retry-After: 120"));
    connection.send(request);
    connection.receive(Sip.response(401, request));
    connection.send(request);
    connection.receive(Sip.response(200, request, "Require: outbound"));
    connection.send(request);
    connection.receive(Sip.response(200, request));
    SIPRequest message = Sip.request("MESSAGE", 7);
    connection.send(message);
    connection.receive(Sip.response(503, message, "Retry-After: 9"));
    assertThat(heard).containsExactly("#1 wait 120", "#1 registered true", "#1 registered false");
  }

  private static SIPRequest refusedWith439(FakeConnection connection, int cseq) {
    SIPRequest request = Sip.register(cseq);
    connection.send(request);
    assertThat(request.encode()).contains(";reg-id=1");
    connection.receive(Sip.response(439, request));
    return request;
  }

  private static boolean offersOutbound(FakeConnection connection, int cseq) {
    SIPRequest request = Sip.register(cseq);
    connection.send(request);
    boolean offers = request.encode().contains(";reg-id=1");
    assertThat(request.encode().contains("Supported: outbound")).isEqualTo(offers);
    return offers;
  }
}
