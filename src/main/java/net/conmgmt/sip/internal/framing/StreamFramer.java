package net.conmgmt.sip.internal.framing;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import net.conmgmt.sip.internal.logging.Excerpt;
import org.jspecify.annotations.Nullable;

/**
 * Splits a byte stream into SIP messages and CRLFs between them (RFC 3261 section 18.3, RFC 5626
 * section 4.4.1), however the stream was cut. Holds no bytes between messages.
 *
 * <p>A fault after which it is still certain where the next message begins costs one message at
 * most: stray bytes between messages are passed over, and a message with a bare CR or a body above
 * the limit is refused while its body is skipped. Any other fault ends the stream.
 *
 * <p>Not thread-safe: one thread at a time feeds it.
 */
public final class StreamFramer {

  /** Takes what was found, in the order of the stream. */
  public interface Sink {
    /**
     * A whole message.
     *
     * @param head the start line and header fields with the empty line at the end
     */
    void message(byte[] head, byte[] body);

    /** CR LF between two messages; two in a row are a keep-alive. */
    void crlf();

    /** A byte between two messages that is not part of a CRLF and begins a message. */
    default void messageBegins() {}

    /** A byte between two messages was passed over that belongs to no message and no CRLF. */
    default void passedOver(byte stray) {}

    /**
     * A message is passed over, with its body; which of them it was is clear.
     *
     * @param head the start line and header fields with the empty line at the end; a space stands
     *     for each bare CR
     * @param status the status with which a request is answered
     */
    void refused(byte[] head, String status, String why);
  }

  /** The status of a message with a bare CR. */
  public static final String BAD_REQUEST = "400 Bad Request";

  /** The status of a message whose body is above the limit (RFC 3261 section 21.4.11). */
  public static final String TOO_LARGE = "413 Request Entity Too Large";

  private static final byte CR = '\r';
  private static final byte LF = '\n';
  private static final byte[] NO_BYTES = new byte[0];
  private static final int FIRST_CAPACITY = 1024;

  /** So many bodies of the largest size are skipped for one that is larger. */
  private static final int SKIPPED_BODIES = 16;

  /** More stray bytes than this in a row are not SIP. */
  private static final int MAX_STRAY_BYTES = 64;

  private final Sink sink;
  private final int maxHeadBytes;
  private final int maxBodyBytes;

  private byte @Nullable [] head;
  private int headLength;
  private byte @Nullable [] body;
  private int bodyLength;
  private int expectedBodyLength;
  private boolean sawCr;
  private boolean bareCr;
  private boolean controlAtLineEnd;
  private int strayBytes;
  private long bytesToSkip;
  private long begun;

  public StreamFramer(Sink sink, int maxHeadBytes, int maxBodyBytes) {
    this.sink = sink;
    this.maxHeadBytes = maxHeadBytes;
    this.maxBodyBytes = maxBodyBytes;
  }

  /** How many messages have begun. */
  public long begun() {
    return begun;
  }

  /** Whether the stream stands inside a message. */
  public boolean insideMessage() {
    return head != null || body != null || bytesToSkip > 0;
  }

  /** The memory that the message takes which the stream stands inside. */
  public int heldBytes() {
    return (head == null ? 0 : head.length) + (body == null ? 0 : body.length);
  }

  /**
   * Takes in all remaining bytes of {@code bytes}.
   *
   * @throws FramingException when the stream is not SIP or a limit is passed
   */
  public void feed(ByteBuffer bytes) throws FramingException {
    while (bytes.hasRemaining()) {
      if (bytesToSkip > 0) {
        skipBody(bytes);
      } else if (body != null) {
        readBody(body, bytes);
      } else if (head != null) {
        readHead(bytes);
      } else {
        readBetweenMessages(bytes);
      }
    }
  }

  private void readBetweenMessages(ByteBuffer bytes) throws FramingException {
    byte b = bytes.get();
    if (b == CR) {
      sawCr = true;
    } else if (b == LF) {
      // A bare LF is neither a CRLF nor the beginning of anything: passed over.
      if (sawCr) {
        strayBytes = 0;
        sink.crlf();
      }
      sawCr = false;
    } else if (isTokenByte(b)) {
      sawCr = false;
      strayBytes = 0;
      sink.messageBegins();
      begun++;
      byte[] buffer = new byte[Math.min(FIRST_CAPACITY, maxHeadBytes)];
      buffer[0] = b;
      head = buffer;
      headLength = 1;
    } else {
      sawCr = false;
      passOver(b);
    }
  }

  /** Some stacks send a NUL behind a message, or begin it with a byte order mark. */
  private void passOver(byte b) throws FramingException {
    boolean tls = begun == 0 && (b == 0x16 || b == (byte) 0x80);
    if (tls || !isStray(b)) {
      throw new FramingException(
          "Expected a SIP message or CRLF, found "
              + describe(b)
              + (tls ? " (a TLS client on a TCP port?)" : ""));
    }
    strayBytes++;
    if (strayBytes > MAX_STRAY_BYTES) {
      throw new FramingException(
          "Expected a SIP message or CRLF, found more than "
              + MAX_STRAY_BYTES
              + " other bytes, the last one "
              + describe(b));
    }
    sink.passedOver(b);
  }

  private void readHead(ByteBuffer bytes) throws FramingException {
    byte[] buffer = Objects.requireNonNull(head);
    int length = headLength;
    while (bytes.hasRemaining()) {
      byte b = bytes.get();
      // Some read it as the end of a line: this message is not for us to interpret.
      bareCr |= b != LF && buffer[length - 1] == CR;
      if (length == buffer.length) {
        if (length >= maxHeadBytes) {
          throw new FramingException(
              "The header section is longer than "
                  + maxHeadBytes
                  + " bytes (MAX_HEADER_BYTES); it begins with "
                  + Excerpt.firstLine(buffer, length));
        }
        buffer = Arrays.copyOf(buffer, Math.min(maxHeadBytes, length * 2));
        head = buffer;
      }
      buffer[length++] = b;
      if (b == LF) {
        if (isEmptyLine(buffer, length)) {
          headLength = length;
          endOfHead(Arrays.copyOf(buffer, length));
          return;
        }
        controlAtLineEnd |= LineEnds.isControlBefore(buffer, length);
      }
    }
    headLength = length;
  }

  /**
   * Whether the line that has just ended is empty. A bare LF ends a line too: the RI reads such
   * messages.
   */
  private static boolean isEmptyLine(byte[] buffer, int length) {
    int before = length > 1 && buffer[length - 2] == CR ? length - 3 : length - 2;
    return before >= 0 && buffer[before] == LF;
  }

  private void endOfHead(byte[] wholeHead) throws FramingException {
    if (controlAtLineEnd) {
      controlAtLineEnd = false;
      LineEnds.keepControls(wholeHead);
    }
    if (bareCr) {
      bareCr = false;
      byte[] printable = BareCr.replaced(wholeHead);
      refuse(
          printable,
          BareCr.contentLength(wholeHead),
          BAD_REQUEST,
          "a CR without LF stands in its header section");
      return;
    }
    int contentLength = ContentLengthScan.contentLength(wholeHead);
    if (contentLength > maxBodyBytes) {
      refuse(
          wholeHead,
          contentLength,
          TOO_LARGE,
          "Content-Length "
              + contentLength
              + " is above "
              + maxBodyBytes
              + " bytes (MAX_BODY_BYTES)");
      return;
    }
    if (contentLength == 0) {
      head = null;
      sink.message(wholeHead, NO_BYTES);
    } else {
      head = wholeHead;
      // Grows with what really arrives: a number in a header reserves no memory.
      body = new byte[Math.min(contentLength, FIRST_CAPACITY)];
      bodyLength = 0;
      expectedBodyLength = contentLength;
    }
  }

  private void refuse(byte[] wholeHead, int contentLength, String status, String why)
      throws FramingException {
    head = null;
    sink.refused(wholeHead, status, why);
    if (contentLength > (long) SKIPPED_BODIES * Math.max(maxBodyBytes, maxHeadBytes)) {
      throw new FramingException(
          "Too much to skip: Content-Length "
              + contentLength
              + " is above "
              + maxBodyBytes
              + " bytes (MAX_BODY_BYTES) in "
              + Excerpt.firstLine(wholeHead, wholeHead.length));
    }
    bytesToSkip = contentLength;
  }

  private void skipBody(ByteBuffer bytes) {
    int skipped = (int) Math.min(bytesToSkip, bytes.remaining());
    bytes.position(bytes.position() + skipped);
    bytesToSkip -= skipped;
  }

  private void readBody(byte[] buffer, ByteBuffer bytes) {
    int wanted = Math.min(expectedBodyLength - bodyLength, bytes.remaining());
    if (bodyLength + wanted > buffer.length) {
      int capacity = Math.max(bodyLength + wanted, Math.min(expectedBodyLength, buffer.length * 2));
      buffer = Arrays.copyOf(buffer, capacity);
      body = buffer;
    }
    bytes.get(buffer, bodyLength, wanted);
    bodyLength += wanted;
    if (bodyLength == expectedBodyLength) {
      byte[] wholeHead = Objects.requireNonNull(head);
      head = null;
      body = null;
      sink.message(
          wholeHead, buffer.length == bodyLength ? buffer : Arrays.copyOf(buffer, bodyLength));
    }
  }

  /** RFC 3261 section 25.1: a start line begins with a method or "SIP", both tokens. */
  private static boolean isTokenByte(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || "-.!%*_+`'~".indexOf(b) >= 0;
  }

  /** Control characters, blanks and the bytes of a byte order mark in UTF-8. */
  private static boolean isStray(byte b) {
    return (b >= 0 && b <= ' ')
        || b == 0x7f
        || b == (byte) 0xef
        || b == (byte) 0xbb
        || b == (byte) 0xbf;
  }

  private static String describe(byte b) {
    return String.format("byte 0x%02x", b & 0xff);
  }
}
