package net.conmgmt.sip.internal.framing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptsTest {

  @Test
  void anExcerptOfABrokenHeaderFieldShowsNoCredentials() {
    assertThat(Excerpts.printable("Authorization: Digest username=\"alice\", response=\"00112233"))
        .isEqualTo("'Authorization: ***'");
    assertThat(Excerpts.printable("X: response=\"0123456789abcdef0123\"\u0007"))
        .isEqualTo("'X: response=\"***\"?'");
  }
}
