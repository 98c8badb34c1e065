package net.conmgmt.sip.internal.framing;

import java.util.Arrays;
import net.conmgmt.sip.internal.logging.Excerpt;

/**
 * Reads the body's length from a header section in which a CR stands without LF. Readers differ
 * about such a CR: some see the end of a line, some a blank, some nothing at all. A peer could hide
 * a message from one of them, so the length counts only where all of them agree.
 */
final class BareCr {

  private BareCr() {}

  /** The header section with a space for each bare CR. */
  static byte[] replaced(byte[] head) {
    return with(head, (byte) ' ');
  }

  /**
   * The value of Content-Length, 0 where there is none.
   *
   * @throws FramingException when readers would find different ones, or different ends of the
   *     header section
   */
  static int contentLength(byte[] head) throws FramingException {
    int blank = ContentLengthScan.contentLength(replaced(head));
    if (blank != ContentLengthScan.contentLength(with(head, (byte) '\n'))
        || blank != ContentLengthScan.contentLength(removed(head))
        || hasEmptyLineOfCrs(head)) {
      throw new FramingException(
          "A CR without LF makes it ambiguous where the next message begins, in "
              + Excerpt.firstLine(head, head.length));
    }
    return blank;
  }

  private static boolean isBare(byte[] head, int i) {
    return head[i] == '\r' && (i + 1 == head.length || head[i + 1] != '\n');
  }

  private static byte[] with(byte[] head, byte substitute) {
    byte[] copy = head.clone();
    for (int i = 0; i < head.length; i++) {
      if (isBare(head, i)) {
        copy[i] = substitute;
      }
    }
    return copy;
  }

  private static byte[] removed(byte[] head) {
    byte[] copy = new byte[head.length];
    int length = 0;
    for (int i = 0; i < head.length; i++) {
      if (!isBare(head, i)) {
        copy[length++] = head[i];
      }
    }
    return Arrays.copyOf(copy, length);
  }

  /** CR CR LF as a whole line. */
  private static boolean hasEmptyLineOfCrs(byte[] head) {
    for (int i = 1; i + 2 < head.length; i++) {
      if (head[i - 1] == '\n' && head[i] == '\r' && head[i + 1] == '\r') {
        return true;
      }
    }
    return false;
  }
}
