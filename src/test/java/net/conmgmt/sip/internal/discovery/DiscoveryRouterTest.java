package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.SipStackImpl;
import java.util.ListIterator;
import javax.sip.SipException;
import javax.sip.address.Hop;
import javax.sip.address.Router;
import javax.sip.header.RouteHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.plain.StackStop;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the router sends a request. */
class DiscoveryRouterTest extends RouterFixture {

  @Requirement({"DISC-1", "DISC-2", "DISC-3"})
  @Test
  void aRegisterGoesToTheProxyThatIsFoundForTheDomainOfTo() throws Exception {
    dns.zone()
        .srv("_sip._tls.contoso.com", 20, 0, 5063, "second.contoso.com")
        .srv("_sip._tls.contoso.com", 10, 0, 5062, "first.contoso.com")
        .address("first.contoso.com", ip("127.0.0.7"))
        .address("second.contoso.com", ip("127.0.0.8"));
    Hop hop =
        router()
            .getNextHop(
                request(
                    "REGISTER",
                    "sip:contoso.com",
                    "sip:admin@fabrikam.com",
                    "<sip:alice@contoso.com>",
                    ""));
    assertThat(hop).hasToString("first.contoso.com:5062/TLS");
    assertThat(dns.queries())
        .contains(
            "_sipinternaltls._tcp.contoso.com. SRV udp",
            "_sipinternal._tcp.contoso.com. SRV udp",
            "_sip._tls.contoso.com. SRV udp",
            "_sip._tcp.contoso.com. SRV udp")
        .endsWith("first.contoso.com. A udp")
        .hasSize(5);
    assertThat(connector.targets.get(0).peerName()).isEqualTo("first.contoso.com");
  }

  @Test
  void theDomainIsThatOfFromUnlessThePropertySaysAnother() throws Exception {
    dns.zone().address("sip.fabrikam.com", ip("127.0.0.9"));
    dns.zone().address("sip.contoso.com", ip("127.0.0.8"));
    Request request =
        request(
            "MESSAGE",
            "sip:bob@example.com",
            "sip:alice@fabrikam.com",
            "<sip:bob@example.com>",
            "");
    assertThat(router().getNextHop(request)).hasToString("sip.fabrikam.com:443/TLS");
    properties.setProperty("net.conmgmt.sip.DOMAIN", "Contoso.com");
    properties.setProperty("javax.sip.STACK_NAME", "router" + STACKS.incrementAndGet());
    assertThat(router().getNextHop(request)).hasToString("sip.contoso.com:443/TLS");
  }

  @Requirement("DISC-13")
  @Test
  void queriesThatAreNeverAnsweredDoNotHoldUpTheFirstService() throws Exception {
    properties.setProperty("net.conmgmt.sip.DNS_TIMEOUT", "300");
    for (String silent : new String[] {"_sipinternal._tcp.", "_sip._tls.", "_sip._tcp."}) {
      dns.drop(silent + "contoso.com");
    }
    dns.zone()
        .srv("_sipinternaltls._tcp.contoso.com", 0, 0, 5061, "a.contoso.com")
        .address("a.contoso.com", ip("127.0.0.8"));
    assertThat(router().getNextHop(request("REGISTER", "sip:contoso.com", "")))
        .hasToString("a.contoso.com:5061/TLS");
  }

  @Test
  void theOpenConnectionIsUsedForTheNextRequestAndALostOneIsReplaced() throws Exception {
    dns.zone().address("sip.contoso.com", ip("127.0.0.8"));
    Router router = router();
    Request request = request("OPTIONS", "sip:bob@contoso.com", "");
    Hop first = router.getNextHop(request);
    int queries = dns.queries().size();
    assertThat(router.getNextHop(request)).hasToString(first.toString());
    assertThat(dns.queries()).hasSize(queries);
    connector.connections.get(0).close(CloseReason.PEER_CLOSED, "");
    dns.zone().remove("sip.contoso.com").address("sip.contoso.com", ip("127.0.0.9"));
    assertThat(router.getNextHop(request)).hasToString("sip.contoso.com:443/TLS");
    assertThat(connector.connections.get(1).remoteAddress().getAddress())
        .isEqualTo(ip("127.0.0.9"));
  }

  @Test
  void aSipsRequestIsNotSentToAProxyThatWasFoundForTcp() throws Exception {
    dns.zone()
        .srv("_sipinternal._tcp.contoso.com", 0, 0, 5060, "plain.contoso.com")
        .address("plain.contoso.com", ip("127.0.0.8"));
    Router router = router();
    assertThat(router.getNextHop(request("MESSAGE", "sip:bob@contoso.com", "")))
        .hasToString("127.0.0.8:5060/TCP");
    Request secure = request("MESSAGE", "sips:bob@contoso.com", "");
    assertThatThrownBy(() -> router.getNextHop(secure))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("sips:bob@contoso.com")
        .hasMessageContaining("TLS_ONLY");
  }

  @ParameterizedTest
  @CsvSource({
    "'', sip.contoso.com:443/TLS",
    "<sip:127.0.0.2:5070;lr;transport=tls>, 127.0.0.2:5070/tls",
    "<sips:127.0.0.2;lr>, 127.0.0.2:5061/TLS",
    "<sip:127.0.0.2;lr;transport=wss>, 127.0.0.2:5060/wss"
  })
  void aSecureHopIsRefusedWhereTheSenderHasNoListeningPointForIt(String route, String hop)
      throws Exception {
    dns.zone().address("sip.contoso.com", ip("127.0.0.8"));
    SipStackImpl stack = new SipStackImpl(properties);
    StackScope.of(stack).put(Connector.class, connector);
    try {
      int port = Stacks.freePort();
      stack.createSipProvider(stack.createListeningPoint("127.0.0.1", port, "udp"));
      String header = route.isEmpty() ? "" : "Route: " + route + "\r\n";
      Request request = request("MESSAGE", "sip:bob@contoso.com", header);
      assertThatThrownBy(() -> stack.getRouter().getNextHop(request))
          .isInstanceOf(SipException.class)
          .hasMessageStartingWith("Cannot send MESSAGE to " + hop + ": expected a listening point")
          .hasMessageContaining("found 127.0.0.1:" + port + "/UDP, over which it would leave");
    } finally {
      StackStop.of(stack);
    }
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1:5090/tcp, ''", "'', <sip:127.0.0.2:5070;lr>", "'', <sip:127.0.0.2:5070>"})
  void aSipsRequestIsNotSentInClearToAnExplicitProxyOrRoute(String proxy, String route)
      throws Exception {
    if (!proxy.isEmpty()) {
      properties.setProperty("javax.sip.OUTBOUND_PROXY", proxy);
    }
    String header = route.isEmpty() ? "" : "Route: " + route + "\r\n";
    Router router = router();
    Request secure = request("MESSAGE", "sips:bob@contoso.com", header);
    assertThatThrownBy(() -> router.getNextHop(secure))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("its request-URI sips:bob@contoso.com asks for TLS, found 127.0.0.")
        .hasMessageContaining("use a sip: URI");
  }

  @Requirement("DISC-15")
  @Test
  void anExplicitOutboundProxyMeansNoDnsQuery() throws Exception {
    properties.setProperty("javax.sip.OUTBOUND_PROXY", "127.0.0.1:5090/tcp");
    Router router = router();
    Request request = request("REGISTER", "sip:contoso.com", "");
    assertThat(router.getNextHop(request)).hasToString("127.0.0.1:5090/tcp");
    assertThat(router.getOutboundProxy()).hasToString("127.0.0.1:5090/tcp");
    assertThat(dns.queries()).isEmpty();
    assertThat(connector.targets).isEmpty();
  }

  @Requirement("DISC-15")
  @ParameterizedTest
  @CsvSource({
    "sip:bob@contoso.com, '', Route: <sip:127.0.0.2:5070;lr;transport=tls>, 127.0.0.2:5070/tls",
    "sip:bob@contoso.com, '', Route: <sips:127.0.0.2;lr>, 127.0.0.2:5061/TLS",
    "sip:bob@contoso.com, '', Route: <sip:127.0.0.2;lr>, 127.0.0.2:5060/TCP",
    "sip:bob@contoso.com;maddr=127.0.0.4;transport=udp, '', '', 127.0.0.4:5060/udp"
  })
  void aRequestThatSaysWhereItGoesIsRoutedAsRfc3261HasItWithoutDns(
      String uri, String toTag, String header, String hop) throws Exception {
    Request request =
        request(
            "MESSAGE",
            uri,
            "sip:alice@contoso.com",
            "<sip:bob@contoso.com>" + toTag,
            header.isEmpty() ? "" : header + "\r\n");
    assertThat(router().getNextHop(request)).hasToString(hop);
    assertThat(dns.queries()).isEmpty();
  }

  @Requirement({"DISC-16", "DISC-17"})
  @ParameterizedTest
  @CsvSource({
    "sip:bob@host.contoso.com:5071, ;tag=2, host.contoso.com:5071/TCP",
    "sip:bob@127.0.0.3, '', 127.0.0.3:5060/TCP",
    "sip:bob@[::1]:5072, '', [::1]:5072/TCP"
  })
  void aRequestThatNamesNoDomainIsRoutedAsRfc3261HasItUntilOneIsFound(
      String uri, String toTag, String hop) throws Exception {
    dns.zone().address("sip.contoso.com", ip("127.0.0.8"));
    Router router = router();
    Request request = request("BYE", uri, "sip:a@127.0.0.1", "<sip:bob@contoso.com>" + toTag, "");
    assertThat(router.getNextHop(request)).hasToString(hop);
    assertThat(dns.queries()).isEmpty();
    router.getNextHop(request("REGISTER", "sip:contoso.com", ""));
    assertThat(router.getNextHop(request)).hasToString("sip.contoso.com:443/TLS");
  }

  @Requirement("DISC-16")
  @ParameterizedTest
  @CsvSource({
    "INVITE, sip:bob@127.0.0.9, ''",
    "INVITE, sip:bob@[::1]:5072, ''",
    "BYE, sip:bob@127.0.0.9:5071, ;tag=2",
    "INFO, sip:bob@host.contoso.com:5071, ;tag=2",
    "INVITE, sip:bob@contoso.com;maddr=sip.contoso.com, ''",
    "INVITE, sip:bob@contoso.com:443;maddr=sip.contoso.com, ''"
  })
  void theProxyThatWasFoundIsUsedLikeAnExplicitOne(String method, String uri, String toTag)
      throws Exception {
    dns.zone().address("sip.contoso.com", ip("127.0.0.8"));
    Router router = router();
    router.getNextHop(request("REGISTER", "sip:contoso.com", ""));
    Request request =
        request(method, uri, "sip:alice@contoso.com", "<sip:bob@contoso.com>" + toTag, "");
    assertThat(router.getNextHop(request)).hasToString("sip.contoso.com:443/TLS");
  }

  @Requirement("DISC-16")
  @ParameterizedTest
  @CsvSource({
    "sip:bob@contoso.com;maddr=127.0.0.4, ''",
    "sip:bob@contoso.com, Route: <sip:127.0.0.2;lr>"
  })
  void noRequestLeavesInClearPastAProxyThatWasFoundOverTls(String uri, String header)
      throws Exception {
    dns.zone().address("sip.contoso.com", ip("127.0.0.8"));
    Router router = router();
    router.getNextHop(request("REGISTER", "sip:contoso.com", ""));
    Request request = request("MESSAGE", uri, header.isEmpty() ? "" : header + "\r\n");
    assertThatThrownBy(() -> router.getNextHop(request))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("bypassing the outbound proxy sip.contoso.com:443/TLS");
  }

  @Requirement("DISC-16")
  @Test
  void aCancelNeverAsksDns() throws Exception {
    Router router = router();
    Request cancel = request("CANCEL", "sip:bob@contoso.com", "");
    assertThatThrownBy(() -> router.getNextHop(cancel))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("the client transaction of its request");
    assertThat(dns.queries()).isEmpty();
    dns.zone().address("sip.contoso.com", ip("127.0.0.8"));
    router.getNextHop(request("REGISTER", "sip:contoso.com", ""));
    assertThat(router.getNextHop(cancel)).hasToString("sip.contoso.com:443/TLS");
  }

  @Requirement("DISC-17")
  @Test
  void anAnonymousCallerIsRoutedByItsPreferredIdentityElseByTheOneDomainThatWasFound()
      throws Exception {
    dns.zone().address("sip.contoso.com", ip("127.0.0.8"));
    Router router = router();
    String from = "sip:anonymous@anonymous.invalid";
    Request plain = request("INVITE", "sip:bob@fabrikam.com", from, "<sip:b@fabrikam.com>", "");
    assertThatThrownBy(() -> router.getNextHop(plain))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("never exists (RFC 2606)");
    assertThat(dns.queries()).isEmpty();
    Request identified =
        request(
            "INVITE",
            "sip:bob@fabrikam.com",
            from,
            "<sip:b@fabrikam.com>",
            "P-Preferred-Identity: <sip:alice@contoso.com>\r\n");
    assertThat(router.getNextHop(identified)).hasToString("sip.contoso.com:443/TLS");
    assertThat(router.getNextHop(plain)).hasToString("sip.contoso.com:443/TLS");
    assertThat(dns.queries()).noneMatch(query -> query.contains("invalid"));
  }

  @Requirement("DISC-16")
  @Test
  void aRequestThatIsRepeatedWithCredentialsTakesTheExplicitProxyAgain() throws Exception {
    properties.setProperty("javax.sip.OUTBOUND_PROXY", "127.0.0.1:5091/TLS");
    assertThat(
            router().getNextHop(request("MESSAGE", "sip:b@contoso.com:5091;maddr=127.0.0.1", "")))
        .hasToString("127.0.0.1:5091/TLS");
  }

  @Requirement("DISC-15")
  @Test
  void aRouteAndMaddrGoBeforeAnExplicitProxy() throws Exception {
    properties.setProperty("javax.sip.OUTBOUND_PROXY", "127.0.0.1:5090/TCP");
    Router router = router();
    assertThat(
            router.getNextHop(
                request("MESSAGE", "sip:bob@contoso.com", "Route: <sip:127.0.0.2;lr>\r\n")))
        .hasToString("127.0.0.2:5060/TCP");
    assertThat(router.getNextHop(request("MESSAGE", "sip:b@contoso.com;maddr=127.0.0.4", "")))
        .hasToString("127.0.0.4:5060/TCP");
    assertThat(router.getNextHop(request("MESSAGE", "sip:b@127.0.0.5", "")))
        .hasToString("127.0.0.1:5090/TCP");
  }

  @Test
  void aStrictRouteMovesTheRequestUriToTheEndOfTheRoute() throws Exception {
    Request request =
        request(
            "MESSAGE",
            "sip:bob@contoso.com",
            "Route: <sip:127.0.0.2:5070>, <sip:127.0.0.3;lr>\r\n");
    assertThat(router().getNextHop(request)).hasToString("127.0.0.2:5070/TCP");
    assertThat(request.getRequestURI()).hasToString("sip:127.0.0.2:5070");
    StringBuilder routes = new StringBuilder();
    for (ListIterator<?> i = request.getHeaders(RouteHeader.NAME); i.hasNext(); ) {
      routes.append(((RouteHeader) i.next()).getAddress()).append(' ');
    }
    assertThat(routes).hasToString("<sip:127.0.0.3;lr> <sip:bob@contoso.com> ");
  }
}
