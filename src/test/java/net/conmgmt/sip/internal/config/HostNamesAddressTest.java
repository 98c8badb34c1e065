package net.conmgmt.sip.internal.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostNamesAddressTest {

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "::1", "[2001:db8::1]", "2001:db8::192.0.2.1", "1"})
  void anIpAddressIsToldFromAName(String host) {
    assertThat(HostNames.isAddress(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "sip.contoso.com", "192.0.2.1.contoso.com", "a1", "sip1", "x.4net"})
  void aNameIsNoAddressWhateverDigitsItHas(String host) {
    assertThat(HostNames.isAddress(host)).isFalse();
  }
}
