package net.conmgmt.sip.internal.logging;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {

  @Test
  void anExcerptOfABrokenHeaderFieldShowsNoCredentials() {
    assertThat(Excerpt.of("Authorization: Digest username=\"alice\", response=\"00112233"))
        .isEqualTo("'Authorization: ***'");
    assertThat(Excerpt.of("X: response=\"0123456789abcdef0123\"\u0007"))
        .isEqualTo("'X: response=\"***\"\\u0007'");
  }

  @Test
  void aSecretThatEndsBehindWhatIsShownIsNotShown() {
    String padding = "X: " + "a".repeat(Excerpt.MAX_CHARS - 30) + " ";
    assertThat(Excerpt.of(padding + "response=\"" + "0123456789abcdef".repeat(8) + "\" and more"))
        .doesNotContain("0123");
  }

  @Test
  void whatIsShownIsBoundedAndPrintable() {
    assertThat(Excerpt.of("é\\" + "b".repeat(5_000)))
        .startsWith("'\\u00e9\\\\bbb")
        .endsWith("b'... (5002 characters)")
        .hasSizeLessThan(Excerpt.MAX_CHARS + 40);
  }

  @Test
  void ofBytesOnlyTheFirstLineIsShown() {
    byte[] bytes = "OPTIONS sip:a SIP/2.0\r\nVia: x".getBytes(ISO_8859_1);
    assertThat(Excerpt.firstLine(bytes, bytes.length)).isEqualTo("'OPTIONS sip:a SIP/2.0'");
    assertThat(Excerpt.firstLine(bytes, 7)).isEqualTo("'OPTIONS'");
  }
}
