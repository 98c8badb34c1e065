package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;

class RecentNoncesTest {

  @Test
  @Requirement("OBP-5")
  void whatWasNeitherSentNorUsedForTheLongestTimeMakesRoom() {
    RecentNonces nonces = new RecentNonces(3);
    assertThat(nonces.isEmpty()).isTrue();
    for (String nonce : new String[] {"a", "b", "c"}) {
      nonces.add(nonce);
    }
    assertThat(nonces.knows("a")).isTrue();
    nonces.add("d");

    assertThat(nonces.knows("b")).isFalse();
    assertThat(nonces.knows("a")).isTrue();
    assertThat(nonces.knows("c")).isTrue();
    assertThat(nonces.knows("d")).isTrue();
  }

  @Test
  void anEmptyOrEndlessNonceIsNotRemembered() {
    RecentNonces nonces = new RecentNonces(3);
    String endless = "n".repeat(10_000);
    nonces.add("");
    nonces.add(endless);

    assertThat(nonces.isEmpty()).isTrue();
    assertThat(nonces.knows(endless)).isFalse();
  }

  @Test
  void theLongestThatIsRememberedHas512Characters() {
    RecentNonces nonces = new RecentNonces(3);
    nonces.add("n".repeat(512));
    nonces.add("n".repeat(513));
    assertThat(nonces.knows("n".repeat(512))).isTrue();
    assertThat(nonces.knows("n".repeat(513))).isFalse();
    assertThat(nonces.isEmpty()).isFalse();
  }
}
