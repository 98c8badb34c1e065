package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.testing.StubConnection;
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

  @ParameterizedTest
  @CsvSource({
    "CLIENT, connection #3 to sip.contoso.test (127.0.0.1:40000/TLS)",
    "PROXY, connection #3 from 127.0.0.1:40000/TLS",
  })
  void aConnectionHasItsNumberWhoOpenedItAndThePeer(ManagedConnection.Side side, String text) {
    ManagedConnection connection = new StubConnection(3, side, "TLS");
    assertThat(ConnectionText.of(connection)).isEqualTo(text);
    assertThat(ConnectionText.of(connection, "alice")).isEqualTo(text + " alice");
  }

  @Test
  void anAddressThatWasNotLookedUpStandsByItsName() {
    assertThat(ConnectionText.of(InetSocketAddress.createUnresolved("sip.contoso.com", 53)))
        .isEqualTo("sip.contoso.com:53");
  }
}
