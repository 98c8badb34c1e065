package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionTextTest {

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1:53",
    "::1, [0:0:0:0:0:0:0:1]:53",
  })
  void thePortOfAnIpv6AddressStandsBehindBrackets(String ip, String text) {
    assertThat(ConnectionText.of(new InetSocketAddress(ip, 53))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "sip.contoso.com, sip.contoso.com:53",
    "::1, [::1]:53",
    "[::1], [::1]:53",
  })
  void bracketsAreAddedWhereThereAreNone(String host, String text) {
    assertThat(ConnectionText.of(host, 53)).isEqualTo(text);
  }

  @Test
  void anAddressThatWasNotLookedUpStandsByItsName() {
    assertThat(ConnectionText.of(InetSocketAddress.createUnresolved("sip.contoso.com", 53)))
        .isEqualTo("sip.contoso.com:53");
  }
}
