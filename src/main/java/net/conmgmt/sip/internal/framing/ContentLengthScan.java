package net.conmgmt.sip.internal.framing;

import java.util.Arrays;
import net.conmgmt.sip.internal.logging.Excerpt;

/** Finds Content-Length in a header section without parsing the rest of it. */
final class ContentLengthScan {

  private static final String LONG_NAME = "content-length";

  private ContentLengthScan() {}

  /**
   * The value of Content-Length, 0 where there is none.
   *
   * @param head a header section that ends with an empty line
   * @throws FramingException when the value is no number, or two values differ: where the next
   *     message begins is then unknown
   */
  static int contentLength(byte[] head) throws FramingException {
    int found = -1;
    int lineStart = 0;
    while (lineStart < head.length) {
      int nameEnd = nameEnd(head, lineStart);
      if (nameEnd >= 0) {
        int value = value(head, nameEnd);
        if (found >= 0 && found != value) {
          throw new FramingException(
              "Two Content-Length values, " + found + " and " + value + ", in one message");
        }
        found = value;
      }
      while (lineStart < head.length && head[lineStart] != '\n') {
        lineStart++;
      }
      lineStart++;
    }
    return Math.max(found, 0);
  }

  /**
   * The index behind the colon if the line is Content-Length in its long or compact form, or -1.
   */
  private static int nameEnd(byte[] head, int start) {
    int i = start;
    if (matches(head, start, LONG_NAME)) {
      i += LONG_NAME.length();
    } else if (matches(head, start, "l")) {
      i++;
    } else {
      return -1;
    }
    while (i < head.length && (head[i] == ' ' || head[i] == '\t')) {
      i++;
    }
    return i < head.length && head[i] == ':' ? i + 1 : -1;
  }

  static boolean matches(byte[] head, int start, String lowerCaseName) {
    if (start + lowerCaseName.length() > head.length) {
      return false;
    }
    for (int i = 0; i < lowerCaseName.length(); i++) {
      if (Character.toLowerCase((char) head[start + i]) != lowerCaseName.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static int value(byte[] head, int start) throws FramingException {
    int i = skipWhiteSpace(head, start);
    int firstDigit = i;
    long value = 0;
    while (i < head.length && head[i] >= '0' && head[i] <= '9') {
      value = Math.min(value * 10 + (head[i] - '0'), Integer.MAX_VALUE);
      i++;
    }
    int end = skipWhiteSpace(head, i);
    boolean ended = end < head.length && (head[end] == '\r' || head[end] == '\n');
    if (i == firstDigit || !ended) {
      throw new FramingException(
          "Expected digits in Content-Length, found "
              + Excerpt.firstLine(
                  Arrays.copyOfRange(head, start, head.length), head.length - start));
    }
    return (int) value;
  }

  /** Passes blanks and line folding. */
  private static int skipWhiteSpace(byte[] head, int start) {
    int i = start;
    while (i < head.length) {
      if (head[i] == ' ' || head[i] == '\t') {
        i++;
      } else if (i + 2 < head.length
          && head[i] == '\r'
          && head[i + 1] == '\n'
          && (head[i + 2] == ' ' || head[i + 2] == '\t')) {
        i += 3;
      } else if (i + 1 < head.length
          && head[i] == '\n'
          && (head[i + 1] == ' ' || head[i + 1] == '\t')) {
        i += 2;
      } else {
        break;
      }
    }
    return i;
  }
}
