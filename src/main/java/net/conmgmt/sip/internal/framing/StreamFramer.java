package net.conmgmt.sip.internal.framing;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Splits a byte stream into SIP messages and CRLFs between them (RFC 3261 section 18.3, RFC 5626
 * section 4.4.1), however the stream was cut. Holds no bytes between messages.
 *
 * <p>Not thread-safe: one thread at a time feeds it.
 */
public final class StreamFramer {

  /** What was found, in the order of the stream. */
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
  }

  private static final byte CR = '\r';
  private static final byte LF = '\n';
  private static final byte[] NO_BYTES = new byte[0];
  private static final int FIRST_CAPACITY = 1024;

  private final Sink sink;
  private final int maxHeadBytes;
  private final int maxBodyBytes;

  private byte @Nullable [] head;
  private int headLength;
  private byte @Nullable [] body;
  private int bodyLength;
  private int expectedBodyLength;
  private boolean sawCr;
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
    return head != null || body != null;
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
      if (body != null) {
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
        sink.crlf();
      }
      sawCr = false;
    } else {
      sawCr = false;
      if (!isTokenByte(b)) {
        throw new FramingException(
            "Expected a SIP message or CRLF, found "
                + describe(b)
                + (b == 0x16 || b == (byte) 0x80 ? " (a TLS client on a TCP port?)" : ""));
      }
      sink.messageBegins();
      begun++;
      byte[] buffer = new byte[Math.min(FIRST_CAPACITY, maxHeadBytes)];
      buffer[0] = b;
      head = buffer;
      headLength = 1;
    }
  }

  private void readHead(ByteBuffer bytes) throws FramingException {
    byte[] buffer = Objects.requireNonNull(head);
    int length = headLength;
    while (bytes.hasRemaining()) {
      byte b = bytes.get();
      if (b != LF && buffer[length - 1] == CR) {
        // Some read it as the end of a line: they would find another Content-Length than we do.
        throw new FramingException(
            "Expected LF after CR in the header section, found "
                + describe(b)
                + ", in "
                + Excerpts.firstLine(buffer, length));
      }
      if (length == buffer.length) {
        if (length >= maxHeadBytes) {
          throw new FramingException(
              "The header section is longer than "
                  + maxHeadBytes
                  + " bytes (MAX_HEADER_BYTES); it begins with "
                  + Excerpts.firstLine(buffer, length));
        }
        buffer = Arrays.copyOf(buffer, Math.min(maxHeadBytes, length * 2));
        head = buffer;
      }
      buffer[length++] = b;
      if (b == LF && isEmptyLine(buffer, length)) {
        headLength = length;
        endOfHead(Arrays.copyOf(buffer, length));
        return;
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
    int contentLength = ContentLengthScan.contentLength(wholeHead);
    if (contentLength > maxBodyBytes) {
      throw new FramingException(
          "Content-Length "
              + contentLength
              + " is above "
              + maxBodyBytes
              + " bytes (MAX_BODY_BYTES) in "
              + Excerpts.firstLine(wholeHead, wholeHead.length));
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

  private static String describe(byte b) {
    return String.format("byte 0x%02x", b & 0xff);
  }
}
