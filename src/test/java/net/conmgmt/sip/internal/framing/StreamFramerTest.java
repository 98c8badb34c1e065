package net.conmgmt.sip.internal.framing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.api.Test;

class StreamFramerTest {

  private static final String WITHOUT_BODY =
      "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 0\r\n\r\n";
  private static final String WITH_BODY =
      "MESSAGE sip:a@b SIP/2.0\r\nl : 4\r\nCall-ID: 2\r\n\r\n\r\n\r\n";

  private final List<String> log = new ArrayList<>();
  private final StreamFramer framer = framer(1024, 64);

  private StreamFramer framer(int maxHead, int maxBody) {
    return new StreamFramer(
        new StreamFramer.Sink() {
          @Override
          public void message(byte[] head, byte[] body) {
            log.add(text(head) + "|" + text(body));
          }

          @Override
          public void crlf() {
            log.add("crlf");
          }

          @Override
          public void passedOver(byte stray) {
            log.add("stray " + stray);
          }

          @Override
          public void refused(byte[] head, String status, String why) {
            log.add(status + " " + text(head));
          }
        },
        maxHead,
        maxBody);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static final String STREAM =
      "\r\n\r\n" + WITHOUT_BODY + "\r\n" + WITH_BODY + "\r\n\r\n" + WITH_BODY + WITHOUT_BODY;

  private static final List<String> FOUND =
      List.of(
          "crlf",
          "crlf",
          WITHOUT_BODY + "|",
          "crlf",
          WITH_BODY.substring(0, WITH_BODY.length() - 4) + "|\r\n\r\n",
          "crlf",
          "crlf",
          WITH_BODY.substring(0, WITH_BODY.length() - 4) + "|\r\n\r\n",
          WITHOUT_BODY + "|");

  @Test
  @Requirement("MSG-1")
  void theSameIsFoundWhereverTheStreamIsCutInTwo() throws FramingException {
    for (int cut = 0; cut <= STREAM.length(); cut++) {
      log.clear();
      StreamFramer fresh = framer(1024, 64);
      fresh.feed(bytes(STREAM.substring(0, cut)));
      fresh.feed(bytes(STREAM.substring(cut)));
      assertThat(log).as("cut at %d", cut).isEqualTo(FOUND);
    }
  }

  @Test
  @Requirement("HDR-5")
  void aControlCharacterAtTheEndOfMsKeepAliveIsKeptWhereTheParserWouldTrimIt()
      throws FramingException {
    framer.feed(bytes("OPTIONS sip:a@b SIP/2.0\r\nMs-Keep-Alive: UAC;hop-hop=yes\0\r\n\r\n"));
    framer.feed(bytes(WITHOUT_BODY));
    assertThat(log)
        .containsExactly(
            "OPTIONS sip:a@b SIP/2.0\r\nMs-Keep-Alive: UAC;hop-hop=yes\u007f\r\n\r\n|",
            WITHOUT_BODY + "|");
  }

  @Test
  void eachMessageIsToldAndCountedWhenItBegins() throws FramingException {
    StreamFramer counting =
        new StreamFramer(
            new StreamFramer.Sink() {
              @Override
              public void messageBegins() {
                log.add("begins");
              }

              @Override
              public void message(byte[] head, byte[] body) {
                log.add("ends");
              }

              @Override
              public void crlf() {
                log.add("crlf");
              }

              @Override
              public void refused(byte[] head, String status, String why) {
                log.add(status);
              }
            },
            1024,
            64);
    counting.feed(bytes(WITHOUT_BODY + "\r\n" + WITH_BODY + "O"));
    assertThat(log).containsExactly("begins", "ends", "crlf", "begins", "ends", "begins");
    assertThat(counting.begun()).isEqualTo(3);
  }

  @Test
  void aBodyIsSkippedUpToSixteenTimesTheLargestAndABiggerOneEndsTheStream()
      throws FramingException {
    String head = "MESSAGE sip:a@b SIP/2.0\r\nl: ";
    framer.feed(bytes(head + 16 * 1024 + "\r\n\r\n"));
    assertThat(log).singleElement().asString().startsWith("413");
    assertThatThrownBy(() -> framer(1024, 64).feed(bytes(head + (16 * 1024 + 1) + "\r\n\r\n")))
        .isInstanceOf(FramingException.class);
  }

  @Test
  void theSameIsFoundByteByByte() throws FramingException {
    for (int i = 0; i < STREAM.length(); i++) {
      framer.feed(bytes(STREAM.substring(i, i + 1)));
    }
    assertThat(log).isEqualTo(FOUND);
    assertThat(framer.insideMessage()).isFalse();
  }

  @Test
  void whatIsHeldIsTheIncompleteMessageAndNothingBetweenMessages() throws FramingException {
    StreamFramer large = framer(10_000, 1_000_000);
    assertThat(large.heldBytes()).isZero();
    large.feed(bytes("MESSAGE sip:a@b SIP/2.0\r\nSubject: " + "s".repeat(5_000)));
    assertThat(large.heldBytes()).isBetween(5_000, 10_000);
    large.feed(bytes("\r\nContent-Length: 900000\r\n\r\n"));
    assertThat(large.heldBytes()).isBetween(5_000, 10_000);
    large.feed(bytes("b".repeat(800_000)));
    assertThat(large.heldBytes()).isBetween(805_000, 910_000);
    large.feed(bytes("b".repeat(100_000)));
    assertThat(large.heldBytes()).isZero();
  }

  /** RFC 3261 section 25.1. */
  @Test
  void aMessageBeginsWithAnyByteOfATokenAndWithNoOther() {
    for (char c = '!'; c <= 0xff; c++) {
      char first = c;
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      boolean stray = c == 0x7f || c == 0xef || c == 0xbb || c == 0xbf;
      log.clear();
      if (letter || "-.!%*_+`'~".indexOf(c) >= 0) {
        String message = c + WITHOUT_BODY;
        assertThatCode(() -> framer(1024, 64).feed(bytes(message)))
            .as("%x", (int) first)
            .doesNotThrowAnyException();
        assertThat(log).containsExactly(message + "|");
      } else if (!stray) {
        assertThatThrownBy(() -> framer(1024, 64).feed(bytes(first + WITHOUT_BODY)))
            .as("%x", (int) first)
            .isInstanceOf(FramingException.class);
      }
    }
  }

  @Test
  void aBodyOfTheLargestSizeIsTakenAndOneOfAByteMoreIsRefused() throws FramingException {
    String head = "MESSAGE sip:a@b SIP/2.0\r\nl: ";
    framer.feed(bytes(head + "64\r\n\r\n" + "b".repeat(64)));
    assertThat(log).containsExactly(head + "64\r\n\r\n|" + "b".repeat(64));
    log.clear();
    framer.feed(bytes(head + "65\r\n\r\n" + "b".repeat(65) + WITHOUT_BODY));
    assertThat(log).hasSize(2);
    assertThat(log.get(0)).startsWith("413 ");
    assertThat(log.get(1)).isEqualTo(WITHOUT_BODY + "|");
  }

  @Test
  void aMessageWithoutContentLengthHasNoBody() throws FramingException {
    framer.feed(bytes("OPTIONS sip:a@b SIP/2.0\r\n\r\n" + WITHOUT_BODY));
    assertThat(log).containsExactly("OPTIONS sip:a@b SIP/2.0\r\n\r\n|", WITHOUT_BODY + "|");
  }

  @Test
  void aContentLengthMayBeFolded() throws FramingException {
    String head = "MESSAGE sip:a@b SIP/2.0\r\nContent-Length:\r\n  2\r\n\r\n";
    framer.feed(bytes(head + "hi"));
    assertThat(log).containsExactly(head + "|hi");
  }

  @Test
  void aHeaderSectionAboveTheLimitEndsTheStream() {
    String tooLong = "OPTIONS sip:a@b SIP/2.0\r\nSubject: " + "x".repeat(2000);
    assertThatThrownBy(() -> framer.feed(bytes(tooLong)))
        .isInstanceOf(FramingException.class)
        .hasMessageContaining("1024 bytes (MAX_HEADER_BYTES)")
        .hasMessageContaining("'OPTIONS sip:a@b SIP/2.0'");
  }

  @Test
  void aBodyAboveTheLimitIsSkippedAndItsMessageRefused() throws FramingException {
    String head = "MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 65\r\n\r\n";
    String stream = head + "b".repeat(65) + WITHOUT_BODY;
    for (int cut = 0; cut < stream.length(); cut++) {
      log.clear();
      StreamFramer fresh = framer(1024, 64);
      fresh.feed(bytes(stream.substring(0, cut)));
      assertThat(fresh.heldBytes()).isLessThanOrEqualTo(1024);
      fresh.feed(bytes(stream.substring(cut)));
      assertThat(log).containsExactly("413 Request Entity Too Large " + head, WITHOUT_BODY + "|");
    }
  }

  @Test
  void aContentLengthBeyondAllNumbersEndsTheStream() {
    String huge = "MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 99999999999999999999\r\n\r\n";
    assertThatThrownBy(() -> framer.feed(bytes(huge)))
        .isInstanceOf(FramingException.class)
        .hasMessageContaining("Content-Length 2147483647 is above");
  }

  @Test
  void aContentLengthThatIsNoNumberEndsTheStream() {
    for (String bad : List.of("-1", "", "1x", "0x10", "1 2")) {
      String head = "MESSAGE sip:a@b SIP/2.0\r\nContent-Length: " + bad + "\r\n\r\n";
      assertThatThrownBy(() -> framer(1024, 64).feed(bytes(head)))
          .as(bad)
          .isInstanceOf(FramingException.class)
          .hasMessageContaining("Expected digits in Content-Length");
    }
  }

  @Test
  void twoDifferentContentLengthsEndTheStream() {
    String two = "MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\n";
    assertThatThrownBy(() -> framer.feed(bytes(two)))
        .isInstanceOf(FramingException.class)
        .hasMessageContaining("Two Content-Length values, 1 and 2");
  }

  /** Some readers end a line there: they would see a body where others see none. */
  @Test
  void aBareCarriageReturnThatMakesTheLengthAmbiguousEndsTheStream() {
    for (String hidden :
        List.of(
            "Subject: x\rContent-Length: 9\r\n\r\n",
            "Content-Length: 1\r2\r\n\r\n",
            "Content-Le\rngth: 2\r\n\r\n",
            "Content-Length: 5\r 6\r\n\r\n",
            "Subject: x\r\n\r\r\nContent-Length: 9\r\n\r\n")) {
      String stream = "OPTIONS sip:a@b SIP/2.0\r\n" + hidden;
      for (int cut = 0; cut < stream.length(); cut++) {
        StreamFramer fresh = framer(1024, 64);
        String begin = stream.substring(0, cut);
        String rest = stream.substring(cut);
        assertThatThrownBy(
                () -> {
                  fresh.feed(bytes(begin));
                  fresh.feed(bytes(rest));
                })
            .as(hidden)
            .isInstanceOf(FramingException.class);
      }
    }
    assertThat(log).isEmpty();
  }

  @Test
  void aBareCarriageReturnThatLeavesTheLengthClearCostsItsMessageOnly() throws FramingException {
    for (String bare : List.of("Subject: x\ry\r\n", "Subject: x\r\r\n", "\rSubject: x\r\n")) {
      log.clear();
      String head = "MESSAGE sip:a@b SIP/2.0\r\n" + bare + "Content-Length: 4\r\n\r\n";
      framer.feed(bytes(head + "\r\n\r\n" + WITHOUT_BODY));
      assertThat(log)
          .containsExactly(
              "400 Bad Request " + head.replaceAll("\r(?!\n)", " "), WITHOUT_BODY + "|");
    }
  }

  @Test
  void strayBytesBetweenMessagesArePassedOver() throws FramingException {
    framer.feed(bytes("\r\n\u0000\u00ef\u00bb\u00bf" + WITHOUT_BODY + "\u0000\t " + WITHOUT_BODY));
    assertThat(log)
        .containsExactly(
            "crlf",
            "stray 0",
            "stray -17",
            "stray -69",
            "stray -65",
            WITHOUT_BODY + "|",
            "stray 0",
            "stray 9",
            "stray 32",
            WITHOUT_BODY + "|");
  }

  @Test
  void aStreamOfNothingButStrayBytesEnds() throws FramingException {
    for (int i = 0; i < 10; i++) {
      framer.feed(bytes("\u0000".repeat(64) + WITHOUT_BODY));
    }
    assertThatThrownBy(() -> framer.feed(bytes("\u0000".repeat(65))))
        .isInstanceOf(FramingException.class)
        .hasMessageContaining("found more than 64 other bytes, the last one byte 0x00");
  }

  @Test
  void aTlsHelloOnATcpPortIsNamed() {
    assertThatThrownBy(() -> framer.feed(ByteBuffer.wrap(new byte[] {0x16, 3, 1})))
        .isInstanceOf(FramingException.class)
        .hasMessageContaining("byte 0x16 (a TLS client on a TCP port?)");
  }
}
