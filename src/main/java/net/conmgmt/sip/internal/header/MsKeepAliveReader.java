package net.conmgmt.sip.internal.header;

import net.conmgmt.sip.header.MsKeepAliveHeader;
import net.conmgmt.sip.header.MsKeepAliveHeader.Role;
import net.conmgmt.sip.internal.logging.Excerpt;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values of one header line ([MS-CONMGMT] 2.2.1) in one pass and copies nothing; never
 * throws. Not thread-safe. Where the grammar leaves it open:
 *
 * <ol>
 *   <li>A comma outside a quoted string ends a value and begins the next, so it counts as two.
 *   <li>The parameters may stand in any order, but no name twice (RFC 3261 section 7.3.1).
 *   <li>hop-hop and timeout are no generic parameters: with a value that is not theirs the header
 *       value is malformed.
 *   <li>Any other name, end-end and tcp included, is a reserved mechanism with the plain value yes
 *       or no, and a generic parameter with any other.
 *   <li>White space is SP and HTAB; any other control character makes the value malformed.
 *   <li>Line breaks count as white space: the RI unfolds before this is reached, but a text given
 *       by an application may still carry them.
 * </ol>
 */
public final class MsKeepAliveReader {

  /** A value with more parameters is malformed: to find a repeated name, all are gone through. */
  static final int MAX_PARAMETERS = 64;

  /** What follows so many values of one line is one malformed value. */
  static final int MAX_VALUES = 64;

  private final String text;
  private final int start;
  private final int end;
  private int at;
  private boolean spaced;
  private int seenNames;
  private @Nullable String fault;

  // Of the parameter that was reached. A parameter without a value has an empty range.
  private int nameStart;
  private int nameEnd;
  private int valueStart;
  private int valueEnd;

  /** Begins in front of the value at {@code from}; knows nothing from {@code end} on. */
  MsKeepAliveReader(String text, int from, int end) {
    this.text = text;
    this.end = end;
    at = from;
    skipSpace();
    start = at;
    spaced = false;
  }

  /**
   * All values that follow index {@code from} of {@code line}, in order. There is always one: an
   * empty line is a malformed value.
   */
  public static MsKeepAliveList read(String line, int from) {
    int end = withoutSpace(line, from, line.length());
    boolean broken = contains(line, '\n', from, end) || contains(line, '\r', from, end);
    String text = broken ? line.replace('\r', ' ').replace('\n', ' ') : line;
    MsKeepAliveList values = new MsKeepAliveList();
    int comma = from - 1;
    do {
      MsKeepAlive value =
          values.size() == MAX_VALUES
              ? malformed("expected fewer values in one line", text, comma + 1, end)
              : header(text, comma + 1, end);
      values.add(value);
      // Nothing but white space is between a value and the comma behind it.
      comma = text.indexOf(',', value.end());
    } while (comma >= 0);
    return values;
  }

  private static boolean contains(String line, char c, int from, int end) {
    int found = line.indexOf(c, from);
    return found >= 0 && found < end;
  }

  private static int withoutSpace(String line, int from, int to) {
    int last = to;
    while (last > from && " \t\r\n".indexOf(line.charAt(last - 1)) >= 0) {
      last--;
    }
    return last;
  }

  /** The value that begins at {@code from}. */
  private static MsKeepAlive header(String text, int from, int end) {
    MsKeepAliveReader reader = new MsKeepAliveReader(text, from, end);
    Role role = reader.role();
    boolean hopByHop = false;
    boolean reserved = false;
    int timeoutSeconds = KeepAliveValue.NO_TIMEOUT;
    for (int i = 0; reader.advance(); i++) {
      if (i == MAX_PARAMETERS || reader.repeatsName()) {
        reader.refuse(i);
      } else if (reader.isNamed(MsKeepAliveHeader.HOP_HOP)) {
        hopByHop = reader.saysYes();
      } else if (reader.isNamed("timeout")) {
        timeoutSeconds = reader.seconds();
      } else {
        reserved |= reader.isValue("yes");
      }
    }
    if (role == null || reader.fault != null) {
      return malformed(String.valueOf(reader.fault), text, reader.start, reader.comma());
    }
    boolean asWritten = !reader.spaced && text.startsWith(role.name(), reader.start);
    return new MsKeepAlive(
        new KeepAliveValue(role, hopByHop, reserved, timeoutSeconds, null),
        new ValueText(
            text,
            reader.start,
            withoutSpace(text, reader.start, reader.at),
            asWritten ? null : role));
  }

  private static MsKeepAlive malformed(String reason, String text, int from, int to) {
    return new MsKeepAlive(
        KeepAliveValue.malformed(reason),
        new ValueText(text, from, withoutSpace(text, from, to), null));
  }

  private void refuse(int parameters) {
    fault =
        parameters == MAX_PARAMETERS
            ? "expected at most " + MAX_PARAMETERS + " parameters, found more"
            : "expected each parameter once, found " + Excerpt.of(name()) + " again";
  }

  private boolean saysYes() {
    boolean yes = isValue("yes");
    if (!yes && !isValue("no")) {
      fault = "expected " + name() + "=yes or =no, found " + Excerpt.of(value());
    }
    return yes;
  }

  private int seconds() {
    int seconds = Seconds.in(text, valueStart, valueEnd);
    if (seconds < 0) {
      fault = "expected timeout=seconds in decimal digits, found " + Excerpt.of(value());
    }
    return seconds;
  }

  /** Where a malformed value ends: at the first comma that is not quoted, or with the text. */
  private int comma() {
    boolean quoted = false;
    int i = start;
    while (i < end && (quoted || text.charAt(i) != ',')) {
      quoted ^= text.charAt(i) == '"';
      i += quoted && text.charAt(i) == '\\' ? 2 : 1;
    }
    return Math.min(i, end);
  }

  /** Null only with a fault. */
  private @Nullable Role role() {
    int roleEnd = skipRole();
    if (isWord(start, roleEnd, "uac")) {
      return Role.UAC;
    }
    if (isWord(start, roleEnd, "uas")) {
      return Role.UAS;
    }
    fault =
        start == roleEnd
            ? expected("the role UAC or UAS")
            : "expected the role UAC or UAS, found " + Excerpt.of(text.substring(start, roleEnd));
    return null;
  }

  /** Goes to the first parameter, whatever the role is; returns where the role ends. */
  int skipRole() {
    skipToken();
    int roleEnd = at;
    skipSpace();
    return roleEnd;
  }

  /** Goes to the next parameter; false when there is none, or a fault was found. */
  boolean advance() {
    if (fault != null || isAtEnd()) {
      return false;
    }
    if (!skip(';')) {
      fault = expected("';' and a parameter, or the end of the value");
      return false;
    }
    nameStart = at;
    skipToken();
    nameEnd = at;
    if (nameStart == nameEnd) {
      fault = expected("the name of a parameter after ';'");
      return false;
    }
    skipSpace();
    boolean hasValue = skip('=');
    valueStart = at;
    if (hasValue) {
      skipValue();
    }
    valueEnd = at;
    skipSpace();
    return fault == null;
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
        fault = expected("a token, host or quoted string after '='");
      }
    }
  }

  /** The sense of what stands between the brackets is not looked at. */
  private void skipIpv6() {
    int first = ++at;
    while (at < end && isIpv6(text.charAt(at))) {
      at++;
    }
    if (at == end || text.charAt(at) != ']' || at == first) {
      fault = expected("an IPv6 address and ']'");
    } else {
      at++;
    }
  }

  private void skipQuoted() {
    for (at++; at < end; at++) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return;
      }
      if (c == '\\') {
        at++;
        if (at < end && text.charAt(at) > 0x7f) {
          fault = expected("an ASCII character after '\\'");
          return;
        }
      } else if ((c < ' ' && c != '\t') || c == 0x7f) {
        fault = expected("no control character in a quoted string");
        return;
      }
    }
    at = end;
    fault = "expected '\"' at the end of a quoted string, found the end of the line";
  }

  /** Steps over that separator and the white space behind it, where it stands here. */
  private boolean skip(char separator) {
    boolean found = at < end && text.charAt(at) == separator;
    if (found) {
      at++;
      skipSpace();
    }
    return found;
  }

  private void skipToken() {
    while (at < end && isToken(text.charAt(at))) {
      at++;
    }
  }

  private void skipSpace() {
    while (at < end && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
      at++;
      spaced = true;
    }
  }

  private boolean isAtEnd() {
    return at >= end || text.charAt(at) == ',';
  }

  /** What is wrong here. */
  private String expected(String what) {
    return "expected "
        + what
        + ", found "
        + (isAtEnd()
            ? "the end"
            : Excerpt.of(text.substring(at, at + 1)) + " at character " + (at - start + 1));
  }

  /** Whether a parameter before this one has its name. To be asked once for each. */
  private boolean repeatsName() {
    // Only a name that shares its bit with another is worth a second look.
    int bit = 1 << (31 * lower(nameStart) + 7 * lower(nameEnd - 1) + nameEnd - nameStart);
    boolean suspect = (seenNames & bit) != 0;
    seenNames |= bit;
    return suspect && isNamedBefore(text, start, nameStart, nameEnd);
  }

  private int lower(int index) {
    return text.charAt(index) | 0x20;
  }

  /** Whether a parameter of the value at {@code start} is named like the one that follows it. */
  private static boolean isNamedBefore(String text, int start, int nameStart, int nameEnd) {
    int length = nameEnd - nameStart;
    MsKeepAliveReader before = new MsKeepAliveReader(text, start, nameStart - 1);
    before.skipRole();
    while (before.advance()) {
      if (before.nameEnd - before.nameStart == length
          && text.regionMatches(true, before.nameStart, text, nameStart, length)) {
        return true;
      }
    }
    return false;
  }

  private boolean isNamed(String name) {
    return isWord(nameStart, nameEnd, name);
  }

  private boolean isValue(String word) {
    return isWord(valueStart, valueEnd, word);
  }

  /** Whether that range of a value is {@code word}, which is lower case, in any letter case. */
  private boolean isWord(int from, int to, String word) {
    if (to - from != word.length()) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (lower(i) != word.charAt(i - from)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isToken(char c) {
    char lower = (char) (c | 0x20);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || "-.!%*_+`'~".indexOf(c) >= 0;
  }

  private static boolean isIpv6(char c) {
    return (c < 0x80 && Character.digit(c, 16) >= 0) || c == ':' || c == '.';
  }

  String name() {
    return text.substring(nameStart, nameEnd);
  }

  /** The value as it stands, quotes included; empty when there is none. */
  String value() {
    return text.substring(valueStart, valueEnd);
  }
}
