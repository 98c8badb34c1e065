package net.conmgmt.samples.sip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PeerAddressTest {

  @Test
  void portAndTransportHaveDefaults() {
    assertThat(PeerAddress.parse("--proxy", "proxy.test")).hasToString("proxy.test:5060/TCP");
    assertThat(PeerAddress.parse("--proxy", "[::1]/tls")).hasToString("[::1]:5061/TLS");
  }

  @Test
  void aNameWithoutAddressIsRefusedWithItsOption() {
    assertThatCode(() -> PeerAddress.parse("--next-hop", "127.0.0.1").requireAddress("--next-hop"))
        .doesNotThrowAnyException();
    PeerAddress unknown = PeerAddress.parse("--next-hop", "foo.invalid");
    assertThatThrownBy(() -> unknown.requireAddress("--next-hop"))
        .hasMessage(
            "--next-hop foo.invalid:5060/TCP: expected a host that has an address, found none for"
                + " foo.invalid");
  }
}
