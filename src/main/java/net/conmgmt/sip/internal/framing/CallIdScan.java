package net.conmgmt.sip.internal.framing;

/**
 * Tells the calls of a connection apart without parsing their messages: a number for each Call-ID.
 * Two that have the same one by chance are taken for one call, which costs no more than time.
 */
public final class CallIdScan {

  private static final String LONG_NAME = "call-id";
  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private CallIdScan() {}

  /**
   * The number of the call that a message belongs to: even for a request, one more for a response.
   * Never 0.
   *
   * @param head a start line and header fields with an empty line at the end
   */
  public static long callOf(byte[] head) {
    long hash = FNV_OFFSET;
    int lineStart = 0;
    while (lineStart < head.length) {
      int valueStart = valueStart(head, lineStart);
      if (valueStart >= 0) {
        hash = hash(head, valueStart);
        break;
      }
      while (lineStart < head.length && head[lineStart] != '\n') {
        lineStart++;
      }
      lineStart++;
    }
    return ((hash | 2) & ~1L) | (isResponse(head) ? 1 : 0);
  }

  private static boolean isResponse(byte[] head) {
    return head.length > 3 && head[0] == 'S' && head[1] == 'I' && head[2] == 'P' && head[3] == '/';
  }

  private static int valueStart(byte[] head, int start) {
    int first = head[start] | 0x20;
    int i;
    if (first == 'c' && ContentLengthScan.matches(head, start, LONG_NAME)) {
      i = start + LONG_NAME.length();
    } else if (first == 'i') {
      i = start + 1;
    } else {
      return -1;
    }
    while (i < head.length && (head[i] == ' ' || head[i] == '\t')) {
      i++;
    }
    return i < head.length && head[i] == ':' ? i + 1 : -1;
  }

  /** Of all but blanks, as far as the line and what is folded go. */
  private static long hash(byte[] head, int start) {
    long hash = FNV_OFFSET;
    for (int i = start; i < head.length; i++) {
      byte b = head[i];
      if (b == '\n' && !(i + 1 < head.length && (head[i + 1] == ' ' || head[i + 1] == '\t'))) {
        break;
      }
      if (b > ' ' || b < 0) {
        hash = (hash ^ b) * FNV_PRIME;
      }
    }
    return hash;
  }
}
