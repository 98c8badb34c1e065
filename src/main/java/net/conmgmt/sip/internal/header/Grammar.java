package net.conmgmt.sip.internal.header;

/**
 * Tests characters and words of an Ms-Keep-Alive value by the grammar of RFC 3261 section 25. Pure
 * functions.
 */
final class Grammar {

  private static final boolean[] TOKEN = new boolean[128];

  static {
    for (char c = 0; c < TOKEN.length; c++) {
      TOKEN[c] =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || isDigit(c)
              || "-.!%*_+`'~".indexOf(c) >= 0;
    }
  }

  private Grammar() {}

  static boolean isToken(char c) {
    return c < TOKEN.length && TOKEN[c];
  }

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** White space within one line; a line break is no character of a value. */
  static boolean isSpace(char c) {
    return c == ' ' || c == '\t';
  }

  /** What may stand between the brackets of an IPv6 reference; its sense is not looked at. */
  static boolean isIpv6(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
  }

  /** Whether the range [from, to) of {@code text} is {@code word} in any ASCII letter case. */
  static boolean isWord(String text, int from, int to, String word) {
    if (to - from != word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (lower(text.charAt(from + i)) != lower(word.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c;
  }

  /** Whether all of {@code text} is one token. */
  static boolean isWholeToken(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isToken(text.charAt(i))) {
        return false;
      }
    }
    return !text.isEmpty();
  }
}
