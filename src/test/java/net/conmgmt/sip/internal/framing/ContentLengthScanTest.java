package net.conmgmt.sip.internal.framing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentLengthScanTest {

  private static final String START = "OPTIONS sip:a@b SIP/2.0\r\n";

  private static int contentLength(String lines) throws FramingException {
    return ContentLengthScan.contentLength(
        (START + lines + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 190",
        "CONTENT-LENGTH\t :\t190 \t",
        "l:190",
        "Content-Length:\r\n 190",
        "Content-Length:\r\n\t190",
        "Content-Length:\n 190",
        "Content-Length:\n\t190",
        "Content-Length: 190\r\n ",
        "Content-Length: 190\n\t",
        "Content-Length:\r\n \r\n\t190",
        "Content-Lengths: 5\r\nl: 190",
        "l: 190\r\nContent-Length: 190",
      })
  void theLengthIsTheSameHoweverItsHeaderIsWritten(String lines) throws FramingException {
    assertThat(contentLength(lines)).isEqualTo(190);
  }

  @ParameterizedTest
  @ValueSource(strings = {"l: /", "l: :", "l:", "l: 1a", "l: 1 2", "l:\r\n190", "l:\n190", "l: -1"})
  void whatIsNoNumberEndsTheStream(String line) {
    assertThatThrownBy(() -> contentLength(line)).isInstanceOf(FramingException.class);
  }

  /** Who believes the other one reads a message of somebody else's making. */
  @ParameterizedTest
  @ValueSource(strings = {"l: 0\r\nl: 5", "l: 5\r\nContent-Length: 0", "l: 1\r\nl: 2"})
  void twoLengthsThatDifferEndTheStreamThoughOneIsZero(String lines) {
    assertThatThrownBy(() -> contentLength(lines))
        .isInstanceOf(FramingException.class)
        .hasMessageContaining("Two Content-Length values");
  }

  @Test
  void aNumberOfAnyLengthIsAtMostTheLargestOne() throws FramingException {
    assertThat(contentLength("l: 2147483646")).isEqualTo(Integer.MAX_VALUE - 1);
    assertThat(contentLength("l: 2147483648")).isEqualTo(Integer.MAX_VALUE);
    assertThat(contentLength("l: " + "9".repeat(100))).isEqualTo(Integer.MAX_VALUE);
  }

  /** The end of the bytes is an end like any other, wherever it is. */
  @Test
  void noByteBehindTheEndIsLookedAt() {
    byte[] head =
        (START + "Content-Length \t:\r\n 0\n\t\r\nl: 0\r\n\ti: x\r\nCall-ID :\r\n a\n b\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    for (int end = 1; end < head.length; end++) {
      byte[] cut = Arrays.copyOf(head, end);
      assertThat(CallIdScan.callOf(cut)).as("cut at %d", end).isNotZero();
      try {
        assertThat(ContentLengthScan.contentLength(cut)).as("cut at %d", end).isZero();
      } catch (FramingException cutShort) {
        assertThat(cutShort).hasMessageContaining("Expected digits");
      }
    }
  }
}
