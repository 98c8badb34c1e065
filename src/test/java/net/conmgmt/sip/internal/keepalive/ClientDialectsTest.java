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
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client in several dialects of keep-alive, in virtual time. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ClientDialectsTest extends HandlerTest {

  ClientDialectsTest(long clockStart) {
    super(clockStart);
  }

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
    assertThat(Sip.via(request)).contains(";keep").doesNotContain("keep=");
    assertThat(request.encode()).contains(";reg-id=1").contains("+sip.instance=\"<urn:uuid:");
    connection.receive(
        Sip.granting(
            200, request, "=90", "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=90", "Expires: 600"));
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
  void theFirstFinalResponseDecides() {
    FakeConnection connection = stack.client();
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(Sip.response(200, request, Sip.ANSWER));
    stack.events();
    connection.receive(Sip.response(200, request, "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=90"));
    assertThat(stack.events()).isEmpty();
    assertThat(stack.listener.status(connection).grants())
        .containsExactly(new KeepAliveGrant(KeepAliveDialect.MS, 300));
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

  @ParameterizedTest
  @ValueSource(strings = {"keep", "outbound", "ms"})
  @Requirement("DIA-11")
  void aTBelowTheFloorIsNotBelieved(String dialect) {
    FakeStack wary = speaking(dialect, "KEEP_ALIVE_FLOOR", "30");
    FakeConnection connection = wary.client();
    SIPRequest request = Sip.register(1);
    connection.send(request);
    connection.receive(
        Sip.granting(
            200, request, "=29", "Flow-Timer: 29", "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=29"));
    assertThat(wary.time.pendingTasks()).isZero();
    assertThat(wary.events()).hasSize(2).last().asString().containsAnyOf("TOO_SHORT", "below 30 s");
    connection.send(request);
    connection.receive(
        Sip.granting(
            200, request, "=30", "Flow-Timer: 30", "Ms-Keep-Alive: UAS;hop-hop=yes;timeout=30"));
    assertThat(wary.time.pendingTasks()).isEqualTo(1);
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
}
