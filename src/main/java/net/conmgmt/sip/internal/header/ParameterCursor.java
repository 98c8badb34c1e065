package net.conmgmt.sip.internal.header;

import net.conmgmt.sip.internal.logging.Excerpt;
import org.jspecify.annotations.Nullable;

/**
 * Walks one value of the header field, {@code role;name=value;...}, and checks its grammar on the
 * way, without copying anything: the role first, then one parameter at a time. Knows no meaning.
 * Not thread-safe.
 *
 * <p>Ends at the end of the text, at a comma outside a quoted string, or at the first {@link
 * #fault()}.
 */
final class ParameterCursor {

  private final String text;
  private final int start;
  private final int end;
  private final int roleEnd;
  private int at;
  private boolean insideQuotes;
  private int seenNames;
  private @Nullable String fault;

  // Of the parameter that was reached. A parameter without a value has an empty range.
  private int nameStart;
  private int nameEnd;
  private int valueStart;
  private int valueEnd;

  /** Begins in front of the role; white space there was passed already. */
  ParameterCursor(String text, int start, int end) {
    this.text = text;
    this.start = start;
    this.end = end;
    at = start;
    skipToken();
    roleEnd = at;
    skipSpace();
  }

  /** Goes to the next parameter; false when there is none, or a fault was found. */
  boolean advance() {
    if (fault != null || atEndOfValue()) {
      return false;
    }
    if (text.charAt(at) != ';') {
      fail(expected("';' and a parameter, or the end of the value"));
      return false;
    }
    at++;
    skipSpace();
    nameStart = at;
    skipToken();
    nameEnd = at;
    if (nameStart == nameEnd) {
      fail(expected("the name of a parameter after ';'"));
      return false;
    }
    skipSpace();
    valueStart = at;
    valueEnd = at;
    if (at < end && text.charAt(at) == '=') {
      at++;
      skipSpace();
      valueStart = at;
      skipValue();
      valueEnd = at;
      skipSpace();
    }
    return fault == null;
  }

  private boolean atEndOfValue() {
    return at >= end || text.charAt(at) == ',';
  }

  /** Steps over a token, an IPv6 reference or a quoted string. */
  private void skipValue() {
    char first = at < end ? text.charAt(at) : ';';
    if (first == '"') {
      skipQuoted();
    } else if (first == '[') {
      skipIpv6();
    } else {
      skipToken();
      if (at == valueStart) {
        fail(expected("a token, host or quoted string after '='"));
      }
    }
  }

  private void skipIpv6() {
    at++;
    int first = at;
    while (at < end && Grammar.isIpv6(text.charAt(at))) {
      at++;
    }
    if (at == end || text.charAt(at) != ']' || at == first) {
      fail(expected("an IPv6 address and ']'"));
    } else {
      at++;
    }
  }

  private void skipQuoted() {
    insideQuotes = true;
    at++;
    while (at < end) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        insideQuotes = false;
        return;
      }
      if (c == '\\') {
        at++;
        if (at < end && text.charAt(at) > 0x7f) {
          fail(expected("an ASCII character after '\\'"));
          return;
        }
      } else if ((c < ' ' && c != '\t') || c == 0x7f) {
        fail(expected("no control character in a quoted string"));
        return;
      }
      at++;
    }
    at = end;
    fail("expected '\"' at the end of a quoted string, found the end of the line");
  }

  private void skipToken() {
    int next = at;
    while (next < end && Grammar.isToken(text.charAt(next))) {
      next++;
    }
    at = next;
  }

  private void skipSpace() {
    int next = at;
    while (next < end && Grammar.isSpace(text.charAt(next))) {
      next++;
    }
    at = next;
  }

  /** The beginning of the complaint about what stands here. */
  String expected(String what) {
    String found =
        at >= end || text.charAt(at) == ','
            ? "the end"
            : Excerpt.of(text.substring(at, at + 1)) + " at character " + (at - start + 1);
    return "expected " + what + ", found " + found;
  }

  /** Notes what is wrong here, which ends the walk. */
  void fail(String what) {
    fault = what;
  }

  /** What is wrong, for a log line; null as long as nothing is. */
  @Nullable String fault() {
    return fault;
  }

  /** Where the value ends, which is a comma or the end of the text; looks for it after a fault. */
  int endOfValue() {
    while (fault != null && at < end && (insideQuotes || text.charAt(at) != ',')) {
      char c = text.charAt(at);
      if (insideQuotes && c == '\\') {
        at++;
      } else if (c == '"') {
        insideQuotes = !insideQuotes;
      }
      at++;
    }
    return Math.min(at, end);
  }

  boolean isRole(String word) {
    return Grammar.isWord(text, start, roleEnd, word);
  }

  String role() {
    return text.substring(start, roleEnd);
  }

  boolean isNamed(String name) {
    return Grammar.isWord(text, nameStart, nameEnd, name);
  }

  /** Whether a parameter before this one has its name. To be asked once for each. */
  boolean repeatsName() {
    int length = nameEnd - nameStart;
    int hash = 31 * lower(nameStart) + 7 * lower(nameEnd - 1) + length;
    // Only a name that shares its bit with another is worth a second look.
    int bit = 1 << hash;
    boolean suspect = (seenNames & bit) != 0;
    seenNames |= bit;
    if (suspect) {
      ParameterCursor before = new ParameterCursor(text, start, end);
      while (before.advance() && before.nameStart < nameStart) {
        if (before.nameEnd - before.nameStart == length
            && text.regionMatches(true, nameStart, text, before.nameStart, length)) {
          return true;
        }
      }
    }
    return false;
  }

  private int lower(int index) {
    return text.charAt(index) | 0x20;
  }

  boolean hasValue() {
    return valueStart < valueEnd;
  }

  boolean isQuoted() {
    return hasValue() && text.charAt(valueStart) == '"';
  }

  boolean isValue(String word) {
    return Grammar.isWord(text, valueStart, valueEnd, word);
  }

  /** The value in seconds; -1 if it is not all digits. */
  int seconds() {
    return Seconds.in(text, valueStart, valueEnd);
  }

  String name() {
    return text.substring(nameStart, nameEnd);
  }

  /** The value as it stands, quotes included; empty when there is none. */
  String rawValue() {
    return text.substring(valueStart, valueEnd);
  }

  /** The value without quotes; empty when there is none. */
  String value() {
    return isQuoted() ? text.substring(valueStart + 1, valueEnd - 1) : rawValue();
  }

  /** Appends the parameter with its semicolon and without white space. */
  void appendTo(StringBuilder out) {
    out.append(';').append(text, nameStart, nameEnd);
    if (hasValue()) {
      out.append('=').append(text, valueStart, valueEnd);
    }
  }
}
