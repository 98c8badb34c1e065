package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gov.nist.javax.sip.SipStackImpl;
import java.util.ListIterator;
import java.util.Objects;
import javax.sip.ClientTransaction;
import javax.sip.SipException;
import javax.sip.SipProvider;
import javax.sip.address.Hop;
import javax.sip.address.Router;
import javax.sip.header.RouteHeader;
import javax.sip.message.Request;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.discovery.DiscoveryException;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.plain.StackStop;
import net.conmgmt.sip.testing.Requirement;
import net.conmgmt.sip.testing.Stacks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where requests go that waited for nothing, were cancelled, or name the proxy themselves. */
class RouterPathsTest extends RouterFixture {

  @Requirement("CLI-12")
  @ParameterizedTest
  @CsvSource({
    "_sip._tls, <sip:127.0.0.8:5060;lr;transport=tls>, 127.0.0.8:5060/tls, 2",
    "_sip._tls, <sip:PROXY.contoso.com:5060;lr;transport=TLS>, proxy.contoso.com:5060/TLS, 2",
    "_sip._tls, <sip:127.0.0.9:5060;lr;transport=tls>, 127.0.0.9:5060/tls, 1",
    "_sip._tls, <sip:127.0.0.8:5062;lr;transport=tls>, 127.0.0.8:5062/tls, 1",
    "_sip._tcp, <sip:127.0.0.8:5060;lr;transport=tls>, 127.0.0.8:5060/tls, 1",
    "_sip._tcp, <sip:127.0.0.8:5060;lr;transport=tcp>, 127.0.0.8:5060/tcp, 2"
  })
  void aRouteToTheProxyWaitsForItsConnectionAndAnyOtherForNothing(
      String service, String route, String hop, int connections) throws Exception {
    dns.zone()
        .srv(service + ".contoso.com", 0, 0, 5060, "proxy.contoso.com")
        .address("proxy.contoso.com", ip("127.0.0.8"));
    Router router = router();
    router.getNextHop(request("REGISTER", "sip:contoso.com", ""));
    connector.connections.get(0).close(CloseReason.PEER_CLOSED, "");
    Request request = request("MESSAGE", "sip:bob@contoso.com", "Route: " + route + "\r\n");
    assertThat(router.getNextHop(request).toString()).isEqualToIgnoringCase(hop);
    assertThat(connector.connections).hasSize(connections);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:5090/tcp, '', 127.0.0.1:5090/tcp",
    "'', Route: <sip:127.0.0.2:5070;lr>, 127.0.0.2:5070/TCP"
  })
  @Requirement("DISC-16")
  void aCancelWithoutTransactionGoesToTheExplicitProxyOrItsRoute(
      String proxy, String header, String hop) throws Exception {
    if (!proxy.isEmpty()) {
      properties.setProperty("javax.sip.OUTBOUND_PROXY", proxy);
    }
    Request cancel =
        request("CANCEL", "sip:bob@contoso.com", header.isEmpty() ? "" : header + "\r\n");
    assertThat(router().getNextHop(cancel)).hasToString(hop);
    assertThat(dns.queries()).isEmpty();
  }

  @Requirement("DISC-16")
  @Test
  void aCancelGoesWhereItsInviteWentThoughItHasNoRoute() throws Exception {
    SipStackImpl stack = new SipStackImpl(properties);
    StackScope.of(stack).put(Connector.class, connector);
    try {
      SipProvider provider =
          stack.createSipProvider(
              stack.createListeningPoint("127.0.0.1", Stacks.freePort(), "udp"));
      Request invite =
          request(
              "INVITE",
              "sip:bob@contoso.com",
              "Route: <sip:127.0.0.2:5070;lr;transport=udp>\r\nContact: <sip:a@127.0.0.1>\r\n");
      ClientTransaction transaction = provider.getNewClientTransaction(invite);
      transaction.sendRequest();
      Request cancel = transaction.createCancel();
      cancel.removeHeader(RouteHeader.NAME);
      assertThat(stack.getRouter().getNextHop(cancel)).hasToString("127.0.0.2:5070/udp");
      assertThat(dns.queries()).isEmpty();
    } finally {
      StackStop.of(stack);
    }
  }

  @Test
  void whoeverIsInterruptedWhileItWaitsStaysInterrupted() throws Exception {
    dns.drop("_sipinternaltls._tcp.contoso.com");
    Router router = router();
    Request request = request("REGISTER", "sip:contoso.com", "");
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> router.getNextHop(request))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("interrupted while discovery went on");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aRequestThatCannotWaitForTheNextDiscoveryIsToldHowTheLastOneEnded() throws Exception {
    properties.setProperty("net.conmgmt.sip.DISCOVERY_TIMEOUT", "1");
    Router router = router();
    Request request = request("REGISTER", "sip:contoso.com", "");
    assertThatThrownBy(() -> router.getNextHop(request))
        .hasMessageContaining("DNS has no SRV record for SIP in contoso.com");
    assertThatThrownBy(() -> router.getNextHop(request))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("the next discovery begins in ")
        .hasMessageContaining("; the last one: DNS has no SRV record for SIP in contoso.com")
        .cause()
        .isInstanceOfSatisfying(
            DiscoveryException.class,
            e -> assertThat(Objects.requireNonNull(e.report()).queries()).hasSize(5));
  }

  @Test
  @SuppressWarnings("deprecation")
  void theFormerMethodGivesTheOneHopOrNull() throws Exception {
    Router router = router();
    ListIterator<?> hops =
        Objects.requireNonNull(
            router.getNextHops(
                request("MESSAGE", "sip:bob@contoso.com", "Route: <sip:127.0.0.2:5070;lr>\r\n")));
    assertThat(hops.next()).isInstanceOf(Hop.class).hasToString("127.0.0.2:5070/TCP");
    assertThat(hops.hasNext()).isFalse();
    Request fromTel = request("MESSAGE", "sip:b@contoso.com", "tel:+1", "<tel:+2>", "");
    assertThat((Object) router.getNextHops(fromTel)).isNull();
  }
}
