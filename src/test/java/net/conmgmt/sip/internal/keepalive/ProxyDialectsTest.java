package net.conmgmt.sip.internal.keepalive;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveGrant;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The proxy in the dialects of RFC 6223 and RFC 5626, in virtual time. */
@ParameterizedClass
@MethodSource("net.conmgmt.sip.testing.ClockStarts#all")
class ProxyDialectsTest extends HandlerTest {

  private static final String FLOW =
      "Contact: <sip:alice@127.0.0.1:49729>;reg-id=1;+sip.instance=\"<urn:uuid:1>\"";

  private final FakeStack all;
  private final FakeConnection connection;

  ProxyDialectsTest(long clockStart) {
    super(clockStart);
    all = stackWith("KEEP_ALIVE_DIALECTS", "ms,keep,outbound", "KEEP_ALIVE_TIMEOUT", "77");
    connection = all.proxy();
  }

  private static SIPRequest asking(SIPRequest request) {
    request.getTopmostVia().setParameter(new gov.nist.core.NameValue("keep", "", true));
    return request;
  }

  private SIPResponse answered(int status, SIPRequest request) {
    connection.receive(request);
    SIPResponse response = request.createResponse(status);
    connection.send(response);
    return response;
  }

  @Test
  @Requirement({"DIA-1", "DIA-3", "DIA-5", "DIA-6"})
  void allThreeAreAnsweredOnTheSameSuccessWithTheSameT() {
    SIPRequest request =
        asking(
            Sip.register(1, FLOW, "Supported: path, outbound", "Ms-Keep-Alive: UAC;hop-hop=yes"));
    SIPResponse response = answered(200, request);
    assertThat(response.encode())
        .contains(";keep=77")
        .contains("Flow-Timer: 77\r\n")
        .contains("Require: outbound\r\n")
        .contains("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=77\r\n");
    assertThat(all.listener.status(connection).grants())
        .containsExactly(
            new KeepAliveGrant(KeepAliveDialect.MS, 77),
            new KeepAliveGrant(KeepAliveDialect.KEEP, 77),
            new KeepAliveGrant(KeepAliveDialect.OUTBOUND, 77));
    assertThat(request.encode()).as("the request itself").doesNotContain("keep=");
    all.time.advanceSeconds(77 + 32);
    assertThat(all.events())
        .startsWith(
            "0 #1 negotiated 77 109",
            "0 #1 negotiated keep 77 109",
            "0 #1 negotiated outbound 77 109")
        .endsWith("109 #1 closed EXPIRY_TIMER");
  }

  @Test
  @Requirement("DIA-1")
  void whatWasNotAskedForIsNotAnswered() {
    SIPResponse response = answered(200, Sip.register(1, FLOW));
    assertThat(response.encode())
        .doesNotContain("keep")
        .doesNotContain("Flow-Timer")
        .doesNotContain("Require");
    assertThat(all.listener.status(connection).grants()).isEmpty();
  }

  @Test
  @Requirement("DIA-1")
  void byDefaultOnlyTheHeaderFieldIsAnswered() {
    FakeConnection other = stack.proxy();
    SIPRequest request =
        asking(Sip.register(1, FLOW, "Supported: outbound", "Ms-Keep-Alive: UAC;hop-hop=yes"));
    other.receive(request);
    SIPResponse response = request.createResponse(200);
    assertThat(other.send(response)).hasSize(1);
    assertThat(response.encode())
        .contains(";keep\r\n")
        .doesNotContain("Flow-Timer")
        .doesNotContain("Require");
    assertThat(stack.listener.status(other).endpoints())
        .containsExactly(new Endpoint("sip:alice@contoso.com", "desk"));
  }

  @Test
  @Requirement("DIA-3")
  void keepHasTheSameValueInEveryResponseToItsRequestAndNoneInAFailure() {
    SIPRequest invite = asking(Sip.request("INVITE", 1));
    connection.receive(invite);
    for (int status : new int[] {100, 180, 200, 200}) {
      SIPResponse response = invite.createResponse(status);
      connection.send(response);
      assertThat(response.encode()).as("%d", status).contains(";keep=77");
    }
    SIPResponse refused = answered(403, asking(Sip.request("OPTIONS", 2)));
    assertThat(refused.encode()).doesNotContain("keep=");
  }

  @Test
  @Requirement("DIA-3")
  void theViaOfWhoIsBehindThePreviousHopIsLeftAsItIs() {
    SIPRequest request =
        asking(Sip.request("OPTIONS", 1, "Via: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKbehind;keep"));
    SIPResponse response = answered(200, request);
    assertThat(response.encode())
        .containsOnlyOnce(";keep=77")
        .containsPattern("branch=z9hG4bKbehind;keep\r\n");
    SIPResponse behindOnly =
        answered(
            200, Sip.request("OPTIONS", 2, "Via: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKbehind;keep"));
    assertThat(behindOnly.encode()).doesNotContain("keep=");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Contact: <sip:a@1.2.3.4>;reg-id=1",
        "Contact: <sip:a@1.2.3.4>;+sip.instance=\"<urn:uuid:1>\"",
        "Contact: <sip:a@1.2.3.4>;reg-id=1;+sip.instance=\"<urn:uuid:1>\","
            + "<sip:b@1.2.3.4>;reg-id=2;+sip.instance=\"<urn:uuid:1>\"",
        "Contact: <sip:a@1.2.3.4>;reg-id=x;+sip.instance=\"<urn:uuid:1>\""
      })
  @Requirement("DIA-5")
  void outboundIsNotInForceWithoutExactlyOneFlowOfANamedDevice(String contact) {
    SIPResponse response = answered(200, Sip.register(1, contact, "Supported: outbound"));
    assertThat(response.encode()).doesNotContain("Flow-Timer").doesNotContain("Require");
  }

  @Test
  @Requirement({"DIA-5", "DIA-9"})
  void aContactWithoutAFlowBesideTheOneThatNamesItChangesNothing() {
    register(
        connection,
        "Contact: <sip:alice@127.0.0.1:1>,<sip:alice@127.0.0.1:2>;reg-id=7;+sip.instance=\"<urn:uuid:1>\"",
        1);
    assertThat(all.listener.status(connection).endpoints())
        .containsExactly(new Endpoint("sip:alice@contoso.com", "desk", 7));
  }

  @Test
  @Requirement("DIA-5")
  void aRegisterThatHasPassedAnotherProxyIsNotOfThisFirstHop() {
    SIPResponse response =
        answered(
            200,
            Sip.register(
                1, FLOW, "Supported: outbound", "Via: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKfirst"));
    assertThat(response.encode()).doesNotContain("Flow-Timer").doesNotContain("Require");
  }

  @Test
  @Requirement("DIA-5")
  void aProxyThatIsNotTheRegistrarSaysHowOftenAndNotThatFlowsAreKept() {
    FakeStack edge = stackWith("KEEP_ALIVE_DIALECTS", "outbound", "REGISTRAR", "false");
    FakeConnection client = edge.proxy();
    SIPRequest request = Sip.register(1, FLOW, "Supported: outbound");
    client.receive(request);
    SIPResponse response = request.createResponse(200);
    client.send(response);
    assertThat(response.encode()).contains("Flow-Timer: 300\r\n").doesNotContain("Require");
  }

  @Test
  @Requirement("DIA-9")
  void theSecondFlowOfADeviceDoesNotEndTheFirstAndTheSameFlowDoes() {
    FakeConnection second = all.proxy();
    FakeConnection third = all.proxy();
    register(connection, FLOW, 1);
    register(second, FLOW.replace("reg-id=1", "reg-id=2"), 2);
    assertThat(connection.isOpen()).isTrue();
    assertThat(all.listener.endpoints()).isEqualTo(2);
    assertThat(all.listener.status(second).endpoints())
        .containsExactly(new Endpoint("sip:alice@contoso.com", "desk", 2));
    register(third, FLOW, 3);
    assertThat(connection.isOpen()).isFalse();
    assertThat(second.isOpen()).isTrue();
  }

  private void register(FakeConnection flow, String contact, int cseq) {
    SIPRequest request = Sip.register(cseq, contact, "Supported: outbound");
    flow.receive(request);
    // The application names the device; it need not know of flows.
    all.listener.authenticated(flow, FakeStack.DESK);
    flow.send(request.createResponse(200));
  }

  @Test
  @Requirement("DIA-9")
  void theFlowThatARegisterNamesIsWhatItsCredentialsAuthenticate() {
    SIPRequest first = Sip.register(1, FLOW.replace("reg-id=1", "reg-id=2"), "Supported: outbound");
    connection.receive(first);
    connection.send(Sip.response(401, first, Registrations.challenge("n1")));
    SIPRequest second =
        Sip.register(
            2,
            FLOW.replace("reg-id=1", "reg-id=2"),
            "Supported: outbound",
            Registrations.credentials("n1"));
    connection.receive(second);
    connection.send(second.createResponse(200));
    assertThat(all.listener.status(connection).endpoints())
        .containsExactly(new Endpoint("sip:alice@contoso.com", "desk", 2));
    assertThat(all.events()).contains("0 #1 authenticated desk");
  }

  @Test
  @Requirement("DIA-9")
  void aRegisterWithoutAFlowDoesNotMakeTheDeviceForgetItsFlow() {
    SIPRequest flow = Sip.register(1, FLOW, "Supported: outbound");
    connection.receive(flow);
    connection.send(flow.createResponse(200));
    SIPRequest plain = Sip.register(2, "Contact: <sip:alice@127.0.0.1:49730>");
    connection.receive(plain);
    all.listener.authenticated(connection, FakeStack.DESK);
    connection.send(plain.createResponse(403));
    assertThat(all.listener.status(connection).endpoints())
        .containsExactly(new Endpoint("sip:alice@contoso.com", "desk", 1));
  }

  @Test
  @Requirement("DIA-5")
  void flowTimerIsInNoProvisionalResponse() {
    SIPRequest request = Sip.register(1, FLOW, "Supported: outbound");
    assertThat(answered(100, request).encode()).doesNotContain("Flow-Timer");
    assertThat(answered(199, request).encode()).doesNotContain("Flow-Timer");
    assertThat(answered(200, request).encode()).contains("Flow-Timer: 77\r\n");
  }

  @Test
  @Requirement({"DIA-5", "DIA-6"})
  void aRegisterThatNamesNoFlowIsAnsweredInTheOtherDialects() {
    SIPRequest request =
        asking(
            Sip.register(
                1,
                "Contact: <sip:alice@127.0.0.1:49729>",
                "Supported: outbound",
                "Ms-Keep-Alive: UAC;hop-hop=yes"));
    SIPResponse response = answered(200, request);
    assertThat(response.encode())
        .contains(";keep=77")
        .contains("Ms-Keep-Alive: UAS;hop-hop=yes;timeout=77\r\n")
        .doesNotContain("Flow-Timer");
    assertThat(all.events())
        .containsExactly("0 #1 negotiated 77 109", "0 #1 negotiated keep 77 109");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Contact: <sip:a@1.2.3.4>;reg-id=1",
        "Contact: <sip:a@1.2.3.4>;reg-id=1;+sip.instance=\"<urn:uuid:1>\","
            + "<sip:b@1.2.3.4>;reg-id=2;+sip.instance=\"<urn:uuid:1>\""
      })
  @Requirement("DIA-5")
  void aFlowThatIsNotNamedProperlyIsToldOnce(String contact) {
    SIPResponse unused = answered(200, Sip.register(1, contact, "Supported: outbound"));
    assertThat(all.events()).containsExactly("0 #1 failed outbound: NO_SINGLE_FLOW");
  }

  @Test
  @Requirement("DIA-9")
  void whereOutboundIsNotInForceTheSecondConnectionOfADeviceEndsTheFirst() {
    FakeConnection first = stack.proxy();
    FakeConnection second = stack.proxy();
    for (FakeConnection flow : new FakeConnection[] {first, second}) {
      SIPRequest request = Sip.register(1, FLOW, "Supported: outbound");
      flow.receive(request);
      stack.listener.authenticated(flow, FakeStack.DESK);
      flow.send(request.createResponse(200));
    }
    assertThat(first.isOpen()).isFalse();
  }
}
