package net.conmgmt.sip.internal.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code javax.sip.OUTBOUND_PROXY} may say. */
class NextHopTest {

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1:5061/TLS, 192.0.2.1:5061/TLS",
    "proxy.contoso.com/tls, proxy.contoso.com:5061/tls",
    "proxy.contoso.com, proxy.contoso.com:5060/UDP",
    "proxy.b\u00fccher.example/TLS, proxy.xn--bcher-kva.example:5061/TLS",
    "[2001:db8::1]:5070/TCP, [2001:db8::1]:5070/TCP",
    "[2001:db8::1]/TCP, [2001:db8::1]:5060/TCP",
    "[2001:db8::]:5070/TCP, [2001:db8::]:5070/TCP"
  })
  void anOutboundProxyIsHostPortTransport(String property, String hop) {
    assertThat(NextHop.parse(property)).hasToString(hop);
  }

  @ParameterizedTest
  @CsvSource({"':5060/TCP'", "host:x/TCP", "host:70000/TCP", "host:5060/", "/TCP", "''"})
  void aMalformedOutboundProxyIsRefused(String property) {
    assertThatThrownBy(() -> NextHop.parse(property))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("javax.sip.OUTBOUND_PROXY = '" + property + "'")
        .hasMessageContaining("expected host:port/transport");
  }

  @Test
  void anIpv6AddressWithoutBracketsGetsThem() {
    assertThat(new NextHop("::1", 5070, "TCP").getHost()).isEqualTo("[::1]");
    assertThat(new NextHop("[::1]", 5070, "TCP").getHost()).isEqualTo("[::1]");
  }
}
