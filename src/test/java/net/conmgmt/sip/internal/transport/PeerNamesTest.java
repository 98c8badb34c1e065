package net.conmgmt.sip.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class PeerNamesTest {

  private final PeerNames names = new PeerNames();

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private void add(int first, int count) {
    for (int port = first; port < first + count; port++) {
      names.put(address(port), "peer" + port + ".contoso.test");
    }
  }

  @Test
  void aNameThatIsInUseOutlivesThoseThatAreNot() {
    add(1, 256);
    assertThat(names.nameAt(address(1))).isEqualTo("peer1.contoso.test");
    assertThat(names.addressOf("PEER2.contoso.test", 2)).isEqualTo(address(2));
    add(257, 250);
    for (int used = 1; used <= 2; used++) {
      assertThat(names.nameAt(address(used))).isEqualTo("peer" + used + ".contoso.test");
      assertThat(names.addressOf("peer" + used + ".contoso.test", used)).isEqualTo(address(used));
    }
    assertThat(names.nameAt(address(3))).isNull();
  }

  @Test
  void asManyAsFitAreKept() {
    add(1, 300);
    assertThat(names.nameAt(address(44))).isNull();
    assertThat(names.nameAt(address(45))).isEqualTo("peer45.contoso.test");
  }
}
