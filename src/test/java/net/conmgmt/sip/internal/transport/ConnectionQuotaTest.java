package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class ConnectionQuotaTest {

  private final ConnectionQuota quota = new ConnectionQuota(3, 2);

  private static InetAddress ip(String address) throws UnknownHostException {
    return InetAddress.getByName(address);
  }

  @Test
  void oneAddressIsRefusedAtItsBoundAndOthersAreNot() throws Exception {
    assertThat(quota.take(ip("127.0.0.1"))).isNull();
    assertThat(quota.take(ip("127.0.0.1"))).isNull();
    assertThat(quota.take(ip("127.0.0.1")))
        .isEqualTo("there are 2 from that address already (MAX_CONNECTIONS_PER_ADDRESS)");
    assertThat(quota.take(ip("127.0.0.2"))).isNull();
  }

  @Test
  void theTotalIsBounded() throws Exception {
    for (int i = 1; i <= 3; i++) {
      assertThat(quota.take(ip("127.0.0." + i))).isNull();
    }
    assertThat(quota.take(ip("127.0.0.4"))).isEqualTo("there are 3 already (MAX_CONNECTIONS)");
  }

  @Test
  void theAddressesOfOneIpv6NetworkCountTogether() throws Exception {
    assertThat(quota.take(ip("2001:db8::1"))).isNull();
    assertThat(quota.take(ip("2001:db8::2"))).isNull();
    assertThat(quota.take(ip("2001:db8::3"))).isNotNull();
    assertThat(quota.take(ip("2001:db8:0:1::3"))).isNull();
  }

  @Test
  void eachHostOfALinkCountsByItself() throws Exception {
    assertThat(quota.take(ip("fe80::1"))).isNull();
    assertThat(quota.take(ip("fe80::1"))).isNull();
    assertThat(quota.take(ip("fe80::1"))).isNotNull();
    assertThat(quota.take(ip("fe80::2"))).isNull();
  }

  @Test
  void whatIsReleasedIsFreeAgainAndNotRemembered() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(quota.take(ip("127.0.0.1"))).isNull();
      assertThat(quota.take(ip("::1"))).isNull();
      quota.release(ip("127.0.0.1"));
      quota.release(ip("::1"));
    }
    assertThat(quota.retained()).isZero();
  }
}
