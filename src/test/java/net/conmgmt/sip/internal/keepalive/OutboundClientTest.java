package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import java.util.List;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The client in the dialect of RFC 5626, in virtual time. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class OutboundClientTest extends HandlerTest {

  private final FakeStack outbound = speaking("outbound");
  private final FakeConnection connection = outbound.client();

  OutboundClientTest(long clockStart) {
    super(clockStart);
  }

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
    SIPRequest forwarded =
        Sip.register(1, "Via: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKfirst", "Supported: x");
    String before = forwarded.encode();
    connection.send(forwarded);
    assertThat(forwarded.encode()).isEqualTo(before);
  }

  @Test
  @Requirement("DIA-4")
  void aSuccessThatRequiresOutboundGrantsItWithItsFlowTimer() {
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
  void aProvisionalResponseDecidesNothingAndARedirectionIsARefusal() {
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(199, request, "Flow-Timer: 120"));
    assertThat(outbound.events()).containsExactly("0 #1 offered REGISTER");
    connection.receive(
        Sip.response(300, request, "Require: outbound", "Flow-Timer: 120", "Expires: 3600"));
    assertThat(outbound.events()).containsExactly("0 #1 failed outbound: NOT_SUCCESSFUL");
    assertThat(outbound.time.pendingTasks()).isZero();
  }

  @Test
  @Requirement("DIA-4")
  void theConnectionThatHeardA439DoesWithoutOutboundAsLongAsItLasts() {
    refusedWith439(connection, 1);
    outbound.time.advanceSeconds(2 * 86_400);
    assertThat(offersOutbound(connection, 2)).isFalse();
    assertThat(offersOutbound(outbound.clientAt(connection.remoteAddress()), 3)).isTrue();
  }

  @Test
  @Requirement("DIA-4")
  void withoutAFlowTimerTheIntervalIsNinetyFiveToAHundredAndTwentySeconds() {
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
