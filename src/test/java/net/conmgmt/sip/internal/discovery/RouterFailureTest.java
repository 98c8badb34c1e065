package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.util.Throwables.getStackTrace;

import gov.nist.javax.sip.SipStackImpl;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import javax.sip.PeerUnavailableException;
import javax.sip.SipException;
import javax.sip.address.Hop;
import javax.sip.address.Router;
import javax.sip.message.Request;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryException;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.Connector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the router says when it has no hop for a request, and what a stack refuses to start with.
 */
class RouterFailureTest extends RouterFixture {

  @Test
  void aFailureSaysWhatWasTriedAndCarriesTheReport() throws Exception {
    dns.zone()
        .srv("_sipinternaltls._tcp.contoso.com", 0, 0, 5061, "a.contoso.com")
        .address("a.contoso.com", ip("127.0.0.8"));
    SSLHandshakeException refusal = new SSLHandshakeException("wrong name");
    connector.fail("127.0.0.8:5061", refusal);
    Router router = router();
    Request request = request("REGISTER", "sip:contoso.com", "");
    assertThatThrownBy(() -> router.getNextHop(request))
        .isInstanceOf(SipException.class)
        .hasMessageStartingWith("No outbound proxy of contoso.com for REGISTER: ")
        .hasMessageContaining("a.contoso.com:5061/TLS at 127.0.0.8:5061")
        .hasMessageContaining("reached, but TLS failed: wrong name")
        .cause()
        .isInstanceOfSatisfying(
            DiscoveryException.class,
            e -> {
              assertThat(e).hasCause(refusal);
              assertThat(Objects.requireNonNull(e.report()).attempts()).hasSize(1);
            });
  }

  /** As an application writes it into its log. */
  @Test
  void aPrintedFailureSaysEachThingOnceInAFewLines() throws Exception {
    connector.fail("127.0.0.8:443", new ConnectException("Connection refused"));
    connector.fail("127.0.0.8:5060", new ConnectException("Connection refused"));
    dns.zone().address("sip.contoso.com", ip("127.0.0.8"));
    Router router = router();
    Request request = request("REGISTER", "sip:contoso.com", "");
    StringWriter printed = new StringWriter();
    assertThatThrownBy(() -> router.getNextHop(request))
        .satisfies(e -> e.printStackTrace(new PrintWriter(printed)));
    List<String> lines =
        printed.toString().lines().filter(line -> !line.startsWith("\tat ")).toList();
    assertThat(lines.get(0))
        .startsWith(
            "javax.sip.SipException: No outbound proxy of contoso.com for REGISTER: DNS has no SRV"
                + " record for SIP in contoso.com, and sip.contoso.com:443/TLS at 127.0.0.8:443:"
                + " TCP connect failed: Connection refused. Add an SRV record");
    assertThat(lines)
        .hasSizeLessThanOrEqualTo(5)
        .filteredOn(line -> line.contains("DNS has no SRV record"))
        .hasSize(1);
    assertThat(printed.toString().lines().toList())
        .endsWith("Caused by: java.net.ConnectException: Connection refused");
  }

  @Test
  void aRequestWaitsNoLongerThanThePropertySays() throws Exception {
    dns.drop("_sipinternaltls._tcp.contoso.com");
    properties.setProperty("net.conmgmt.sip.DISCOVERY_TIMEOUT", "1");
    properties.setProperty("net.conmgmt.sip.DNS_TIMEOUT", "300");
    Router router = router();
    Request request = request("REGISTER", "sip:contoso.com", "");
    assertThatThrownBy(() -> router.getNextHop(request))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("discovery goes on")
        .hasMessageContaining("at most 1 s (net.conmgmt.sip.DISCOVERY_TIMEOUT)")
        .hasCauseInstanceOf(DiscoveryException.class);
  }

  @Test
  void aRequestWithoutAnyDomainSaysWhatToSet() throws Exception {
    Router router = router();
    Request fromIp =
        request("MESSAGE", "sip:b@contoso.com", "sip:a@127.0.0.1", "<sip:b@contoso.com>", "");
    assertThatThrownBy(() -> router.getNextHop(fromIp))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("is an IP address")
        .hasMessageContaining("Set net.conmgmt.sip.DOMAIN or javax.sip.OUTBOUND_PROXY");
    Request fromTel = request("MESSAGE", "sip:b@contoso.com", "tel:+1", "<tel:+2>", "");
    assertThatThrownBy(() -> router.getNextHop(fromTel))
        .isInstanceOf(SipException.class)
        .hasMessageContaining("its From has no SIP URI");
  }

  @Test
  void aRequestFromTheDiscoveryThreadIsRefusedInsteadOfHanging() throws Exception {
    dns.zone().address("sip.contoso.com", ip("127.0.0.8"));
    SipStackImpl stack = new SipStackImpl(properties);
    StackScope scope = StackScope.of(stack);
    scope.put(Connector.class, connector);
    CompletableFuture<Hop> hop = new CompletableFuture<>();
    ConnectionRegistry.of(scope)
        .listeners()
        .add(
            new ConnectionManagementListener() {
              @Override
              public void discoveryCandidateBegun(String domain, Candidate candidate) {
                try {
                  hop.complete(
                      stack.getRouter().getNextHop(request("REGISTER", "sip:contoso.com", "")));
                } catch (Exception e) {
                  hop.completeExceptionally(e);
                }
              }
            });
    assertThat(
            Discovery.of(scope).discover("sip:a@contoso.com").get(30, TimeUnit.SECONDS).succeeded())
        .isTrue();
    assertThatThrownBy(() -> hop.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(SipException.class)
        .hasMessageContaining("send it from a thread of the application");
  }

  @ParameterizedTest
  @CsvSource({
    "net.conmgmt.sip.DNS_SERVERS, dns.contoso.com, expected for example",
    "net.conmgmt.sip.DNS_TIMEOUT, 0, expected whole seconds",
    "net.conmgmt.sip.DOMAIN, 127.0.0.1, is an IP address",
    "net.conmgmt.sip.DOMAIN, [::1], is an IP address",
    "net.conmgmt.sip.DOMAIN, sip:contoso.com, has a ':'",
    "net.conmgmt.sip.DOMAIN, contoso.com:5061, has a ':'",
    "net.conmgmt.sip.DOMAIN, alice@contoso.com, has the bad label 'alice@contoso'"
  })
  void aBadPropertyKeepsTheStackFromStarting(String name, String value, String expected) {
    properties.setProperty(name, value);
    assertThatThrownBy(() -> new SipStackImpl(properties))
        .isInstanceOf(PeerUnavailableException.class)
        .hasStackTraceContaining(name + " = '" + value + "'")
        .hasStackTraceContaining(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "sip:contoso.com", "sip:alice@contoso.com", "contoso.com:1"})
  void aBadDomainPropertyIsToldWhatADomainIs(String value) {
    properties.setProperty("net.conmgmt.sip.DOMAIN", value);
    Throwable failure = catchThrowable(() -> new SipStackImpl(properties));
    assertThat(failure).hasStackTraceContaining("expected a domain alone, such as contoso.com");
    assertThat(getStackTrace(failure)).doesNotContain("expected an address-of-record");
    if (!value.equals("127.0.0.1")) {
      assertThat(getStackTrace(failure)).doesNotContain("is an IP address");
    }
  }
}
