package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.parser.StringMsgParser;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import javax.sip.SipException;
import javax.sip.address.Hop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where RFC 3261 sends a request, without any stack. */
class MessageRoutingTest {

  private static final Hop PROXY = new NextHop("proxy.contoso.com", 5070, "TCP");

  private static SIPRequest request(String uri, String... lines) {
    StringBuilder text = new StringBuilder("OPTIONS " + uri + " SIP/2.0\r\n");
    for (String line : lines) {
      text.append(line).append("\r\n");
    }
    text.append("Call-ID: call\r\nCSeq: 1 OPTIONS\r\nFrom: <sip:a@contoso.com>;tag=1\r\n");
    text.append("Content-Length: 0\r\n\r\n");
    try {
      return (SIPRequest)
          new StringMsgParser()
              .parseSIPMessage(text.toString().getBytes(StandardCharsets.UTF_8), true, false, null);
    } catch (ParseException e) {
      throw new AssertionError("Not parsed: " + text, e);
    }
  }

  private static String hop(String uri, String... lines) throws SipException {
    return MessageRouting.nextHop(request(uri, lines), null).toString();
  }

  @ParameterizedTest
  @CsvSource({
    "sip:bob@192.0.2.7, 192.0.2.7:5060/UDP",
    "sip:bob@192.0.2.7:5070;transport=tcp, 192.0.2.7:5070/tcp",
    "sips:bob@192.0.2.7, 192.0.2.7:5061/TLS",
    "sips:bob@192.0.2.7;transport=tcp, 192.0.2.7:5061/TLS",
    "sip:bob@contoso.com;maddr=192.0.2.9, 192.0.2.9:5060/UDP",
    "sip:bob@[2001:db8::1], [2001:db8::1]:5060/UDP"
  })
  void withoutARouteOrAProxyItGoesWhereTheRequestUriSays(String uri, String hop) throws Exception {
    assertThat(hop(uri)).isEqualTo(hop);
  }

  @Test
  void theTransportThatNothingNamesIsThatOfVia() throws Exception {
    String via = "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1";
    assertThat(hop("sip:bob@192.0.2.7", via)).isEqualTo("192.0.2.7:5060/TCP");
    assertThat(hop("sip:bob@192.0.2.7;transport=tls", via)).isEqualTo("192.0.2.7:5061/tls");
  }

  @Test
  void aLooseRouteIsTheNextHopAndLeavesTheRequestAsItIs() throws Exception {
    SIPRequest request =
        request(
            "sip:bob@fabrikam.com", "Route: <sip:a.contoso.com:5080;lr>,<sip:b.contoso.com;lr>");
    String before = request.encode();
    assertThat(MessageRouting.nextHop(request, PROXY)).hasToString("a.contoso.com:5080/UDP");
    assertThat(request.encode()).isEqualTo(before);
  }

  @Test
  void aStrictRouteBecomesTheRequestUriWhichGoesToTheEndOfTheRoute() throws Exception {
    SIPRequest request =
        request("sip:bob@fabrikam.com", "Route: <sip:a.contoso.com:5080>,<sip:b.contoso.com;lr>");
    assertThat(MessageRouting.nextHop(request, PROXY)).hasToString("a.contoso.com:5080/UDP");
    assertThat(request.getRequestURI()).hasToString("sip:a.contoso.com:5080");
    assertThat(request.encode())
        .contains("Route: <sip:b.contoso.com;lr>,<sip:bob@fabrikam.com>\r\n");
  }

  @Test
  void theProxyIsTheNextHopUnlessMaddrNamesAnother() throws Exception {
    for (String uri :
        new String[] {
          "sip:bob@fabrikam.com",
          "tel:+1555",
          "sip:bob@fabrikam.com;maddr=proxy.contoso.com",
          "sip:bob@fabrikam.com:5070;maddr=PROXY.contoso.com"
        }) {
      assertThat(MessageRouting.nextHop(request(uri), PROXY)).as(uri).isSameAs(PROXY);
    }
    assertThat(
            MessageRouting.nextHop(
                request("sip:bob@fabrikam.com:5071;maddr=proxy.contoso.com"), PROXY))
        .hasToString("proxy.contoso.com:5071/UDP");
    assertThat(MessageRouting.nextHop(request("sip:bob@fabrikam.com;maddr=192.0.2.9"), PROXY))
        .hasToString("192.0.2.9:5060/UDP");
  }

  @Test
  void whatNamesNoSipUriIsRefusedWithWhatWasExpected() {
    assertThatThrownBy(() -> hop("tel:+1555"))
        .isInstanceOf(SipException.class)
        .hasMessage(
            "Cannot route OPTIONS: expected a Route, an outbound proxy or a SIP request-URI, found"
                + " tel:+1555");
    assertThatThrownBy(() -> hop("sip:bob@fabrikam.com", "Route: <tel:+1555>"))
        .isInstanceOf(SipException.class)
        .hasMessage(
            "Cannot route OPTIONS: expected a SIP URI in the topmost Route, found tel:+1555");
  }

  @Test
  void aRouteOrMaddrSaysWhereARequestGoes() {
    assertThat(MessageRouting.isRouted(request("sip:bob@fabrikam.com"))).isFalse();
    assertThat(MessageRouting.isRouted(request("tel:+1555"))).isFalse();
    assertThat(MessageRouting.isRouted(request("sip:b@c.com;maddr=192.0.2.9"))).isTrue();
    assertThat(MessageRouting.isRouted(request("tel:+1555", "Route: <sip:a.com;lr>"))).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "sip:bob@fabrikam.com, '', false",
    "sip:bob@fabrikam.com, To: <sip:bob@fabrikam.com>, false",
    "sip:bob@fabrikam.com, To: <sip:bob@fabrikam.com>;tag=2, true",
    "sip:bob@192.0.2.7, To: <sip:bob@fabrikam.com>, true",
    "sip:bob@[2001:db8::1], '', true",
    "tel:+1555, To: <tel:+1555>, false"
  })
  void aRequestInADialogOrToAnAddressNeedsNoProxy(String uri, String line, boolean routable) {
    SIPRequest request = line.isEmpty() ? request(uri) : request(uri, line);
    assertThat(MessageRouting.isRoutable(request)).isEqualTo(routable);
  }

  @Test
  void aRequestRepeatsItsHopOnlyWithoutARoute() {
    String uri = "sip:bob@fabrikam.com:5070;maddr=proxy.contoso.com";
    assertThat(MessageRouting.repeatsHop(request(uri), PROXY)).isTrue();
    assertThat(MessageRouting.repeatsHop(request(uri, "Route: <sip:a.com;lr>"), PROXY)).isFalse();
    assertThat(MessageRouting.repeatsHop(request("sip:proxy.contoso.com:5070"), PROXY)).isFalse();
    assertThat(MessageRouting.repeatsHop(request("tel:+1555"), PROXY)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "A.contoso.com, a.contoso.com, true",
    "a.contoso.com, b.contoso.com, false",
    "[2001:db8::1], 2001:db8::1, true",
    "2001:db8::1, [2001:db8::2], false"
  })
  void hostsAreComparedWithoutCaseAndBrackets(String one, String other, boolean same) {
    assertThat(MessageRouting.isSameHost(one, other)).isEqualTo(same);
  }

  @ParameterizedTest
  @CsvSource({
    "contoso.com, contoso.com:5060/UDP",
    "contoso.com/tls, contoso.com:5061/tls",
    "contoso.com:65535/TCP, contoso.com:65535/TCP",
    "' 192.0.2.7 : 5070 / TCP ', 192.0.2.7:5070/TCP",
    "[2001:db8::1], [2001:db8::1]:5060/UDP",
    "[2001:db8::1]:5070/TLS, [2001:db8::1]:5070/TLS",
    "münchen.contoso.com/TLS, xn--mnchen-3ya.contoso.com:5061/TLS"
  })
  void anOutboundProxyHasAPortAndATransportOfItsOwnOrTheUsualOnes(String property, String hop) {
    assertThat(NextHop.parse(property)).hasToString(hop);
  }

  @ParameterizedTest
  @CsvSource({
    "contoso.com:65536",
    "contoso.com:0",
    "contoso.com:-1",
    "contoso.com/",
    ":5060",
    "''"
  })
  void anOutboundProxyThatCannotBeConnectedIsRefused(String property) {
    assertThatThrownBy(() -> NextHop.parse(property))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Property javax.sip.OUTBOUND_PROXY = '"
                + property
                + "': expected host:port/transport, for example 192.0.2.1:5061/TLS");
  }

  @Test
  void aHopNamesAnIpv6HostInBracketsHoweverItWasGiven() {
    assertThat(new NextHop("2001:db8::1", -1, "TLS").getHost()).isEqualTo("[2001:db8::1]");
    assertThat(new NextHop("[2001:db8::1]", -1, "TLS").getHost()).isEqualTo("[2001:db8::1]");
    assertThat(new NextHop("contoso.com", -1, "tls").getPort()).isEqualTo(5061);
    assertThat(new NextHop("contoso.com", 5070, "tls").getTransport()).isEqualTo("tls");
  }
}
