package net.conmgmt.sip.internal.framing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.conmgmt.sip.testing.Requirement;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a peer sends, however the network cuts it. */
class StreamFramerFuzzTest {

  private static final int MAX_HEAD = 256;
  private static final int MAX_BODY = 64;
  private static final Pattern EMPTY_LINE = Pattern.compile("\n\r?\n");
  private static final Pattern CONTENT_LENGTH =
      Pattern.compile("(?imd)^(?:content-length|l)[ \\t]*:\\s*([0-9]+)");

  /** A refused message has its header section as text, and a body that follows it. */
  private record Part(String text, boolean refused, int skipped) {
    Part(String text) {
      this(text, false, 0);
    }
  }

  /** What was found in a stream: the parts in order, and the fault that ended it. */
  private record Found(List<Part> parts, String fault) {}

  static Stream<byte[]> streams() {
    String message = "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n";
    String withBody = "MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 4\r\n\r\n\r\n\r\n";
    return Stream.of(
            "",
            "\u0001\r\n\r\n",
            "\u0007\r\n\r\n" + message + "\r\n" + withBody + "\r\n\r\n" + message,
            "\u0010" + withBody + withBody,
            " MESSAGE sip:a@b SIP/2.0\r\nl:\r\n  3\r\n\r\nabc" + message,
            "\u0003MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 65\r\n\r\n",
            "\u0003MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\nab",
            "\u0003MESSAGE sip:a@b SIP/2.0\r\nContent-Length: -1\r\n\r\n",
            "\u0002\u0000\r\n\u0000\u00ef\u00bb\u00bf" + message + "\t" + withBody,
            "\u0005MESSAGE sip:a@b SIP/2.0\r\nA: b\r\r\nl: 3\r\n\r\nabc" + message,
            "\u0005MESSAGE sip:a@b SIP/2.0\r\nA: b\rl: 3\r\n\r\nabc" + message,
            "\u0009MESSAGE sip:a@b SIP/2.0\r\nl: 65\r\n\r\n" + "b".repeat(65) + message,
            "\u0007MESSAGE sip:a@b SIP/2.0\r\nl: 99999999999999999999\r\n\r\nabc",
            "\u0005\r" + message.replace(": 1", ":\r1"),
            "@OPTIONS sip:a@b SIP/2.0\r\nSubject: " + "x".repeat(300))
        .map(stream -> stream.getBytes(ISO_8859_1));
  }

  /** The first byte says into pieces of which size the rest is cut. */
  @MethodSource("streams")
  @FuzzTest
  @Requirement("MSG-1")
  void everyStreamIsSplitAlikeWhereverItIsCut(byte[] input) {
    if (input.length == 0) {
      return;
    }
    String stream = new String(input, 1, input.length - 1, ISO_8859_1);

    Found whole = feed(stream, Math.max(1, stream.length()));

    assertThat(feed(stream, 1 + (input[0] & 0x7f))).isEqualTo(whole);
    String left = stream;
    for (Part part : whole.parts()) {
      left = part.refused() ? withoutRefused(left, part) : withoutPart(left, part.text());
    }
    if (whole.fault().isEmpty() && left.matches("[\r\n]*")) {
      assertThat(left).as("not reported at the end of the stream").doesNotContain("\r\n");
    }
  }

  private static Found feed(String stream, int pieceLength) {
    List<Part> parts = new ArrayList<>();
    StreamFramer framer =
        new StreamFramer(
            new StreamFramer.Sink() {
              @Override
              public void message(byte[] head, byte[] body) {
                parts.add(new Part(new String(head, ISO_8859_1) + new String(body, ISO_8859_1)));
                verify(new String(head, ISO_8859_1), body.length);
              }

              @Override
              public void crlf() {
                parts.add(new Part("\r\n"));
              }

              @Override
              public void passedOver(byte stray) {
                parts.add(new Part(String.valueOf((char) (stray & 0xff))));
              }

              @Override
              public void refused(byte[] head, String status, String why) {
                String text = new String(head, ISO_8859_1);
                verifyHead(text);
                parts.add(new Part(text, true, lengthIn(text)));
              }
            },
            MAX_HEAD,
            MAX_BODY);
    ByteBuffer bytes = ByteBuffer.wrap(stream.getBytes(ISO_8859_1));
    try {
      for (int at = 0; at < stream.length(); at += pieceLength) {
        bytes.position(at).limit(Math.min(at + pieceLength, stream.length()));
        framer.feed(bytes);
      }
    } catch (FramingException e) {
      return new Found(parts, String.valueOf(e.getMessage()));
    }
    return new Found(parts, "");
  }

  private static void verify(String head, int bodyLength) {
    assertThat(head).doesNotContainPattern("\r(?!\n)");
    verifyHead(head);
    assertThat(bodyLength).isEqualTo(lengthIn(head));
  }

  private static int lengthIn(String head) {
    Matcher length = CONTENT_LENGTH.matcher(head);
    return length.find()
        ? new BigInteger(length.group(1)).min(BigInteger.valueOf(Integer.MAX_VALUE)).intValue()
        : 0;
  }

  private static void verifyHead(String head) {
    assertThat(head.length()).isLessThanOrEqualTo(MAX_HEAD);
    Matcher emptyLine = EMPTY_LINE.matcher(head);
    assertThat(emptyLine.find()).isTrue();
    assertThat(emptyLine.end()).isEqualTo(head.length());
  }

  /** A refused message is its header section with a blank for each bare CR, and its body. */
  private static String withoutRefused(String stream, Part part) {
    String message = stream.replaceFirst("^(?:\r(?!\n)|\n)+", "");
    String left = withoutPart(message.replaceAll("\r(?!\n)", " "), part.text());
    // The rest is taken from the stream itself, of the same length.
    String original = stream.substring(stream.length() - left.length());
    return original.substring(Math.min(part.skipped(), original.length()));
  }

  /** Between the parts of a stream nothing may be left out but single CR and LF. */
  private static String withoutPart(String stream, String part) {
    int at = 0;
    while (!stream.startsWith(part, at)) {
      assertThat(stream.substring(at)).matches("(?s)\r(?!\n).*|\n.*");
      at++;
    }
    return stream.substring(at + part.length());
  }
}
