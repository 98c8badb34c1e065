package net.conmgmt.sip.internal.framing;

/**
 * Keeps the control characters at the end of a line of Ms-Keep-Alive from being lost: the RI's
 * message parser cuts them off before the header's own parser sees the line, so that a malformed
 * value would pass for a good one. DEL, which it does not cut off, takes their place. Pure
 * functions.
 */
final class LineEnds {

  private static final String NAME = "ms-keep-alive";
  private static final byte DEL = 0x7f;

  private LineEnds() {}

  /** Whether a control character other than white space stands before the line break. */
  static boolean isControlBefore(byte[] head, int lineEnd) {
    return isControl(head, lastOf(head, lineEnd));
  }

  /** The last byte of a line before its CR LF or LF and the white space there. */
  private static int lastOf(byte[] head, int lineEnd) {
    int last = lineEnd - 2;
    if (last >= 0 && head[last] == '\r') {
      last--;
    }
    while (last >= 0 && (head[last] == ' ' || head[last] == '\t')) {
      last--;
    }
    return last;
  }

  private static boolean isControl(byte[] head, int index) {
    return index >= 0
        && head[index] >= 0
        && head[index] < ' '
        && head[index] != '\r'
        && head[index] != '\n'
        && head[index] != '\t';
  }

  /** Puts DEL in place of the control characters at the ends of lines of Ms-Keep-Alive. */
  static void keepControls(byte[] head) {
    boolean ours = false;
    int start = 0;
    for (int i = 0; i < head.length; i++) {
      if (head[i] == '\n') {
        boolean folded = head[start] == ' ' || head[start] == '\t';
        ours = folded ? ours : isOurs(head, start);
        for (int at = lastOf(head, i + 1); ours && isControl(head, at); at--) {
          head[at] = DEL;
        }
        start = i + 1;
      }
    }
  }

  private static boolean isOurs(byte[] head, int start) {
    for (int i = 0; i < NAME.length(); i++) {
      if (start + i >= head.length
          || Character.toLowerCase((char) head[start + i]) != NAME.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
