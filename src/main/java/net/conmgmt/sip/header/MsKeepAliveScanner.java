package net.conmgmt.sip.header;

import net.conmgmt.sip.header.MsKeepAliveHeader.Role;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values of one header line (2.2.1) in one pass; never throws. Where the grammar leaves
 * it open:
 *
 * <ol>
 *   <li>A comma outside a quoted string ends a value and begins the next, so it counts as two.
 *   <li>The parameters may stand in any order, but no name twice (RFC 3261 section 7.3.1).
 *   <li>hop-hop, end-end, tcp and timeout are no generic parameters: with a value that is not
 *       theirs the header value is malformed.
 *   <li>Any other name with the plain value yes or no is a reserved mechanism.
 *   <li>Line breaks count as white space: the RI unfolds before this is reached, but a text given
 *       by an application may still carry them.
 * </ol>
 */
final class MsKeepAliveScanner {

  /** A line with more than this is one malformed value; its end is not looked at. */
  static final int MAX_CHARS = 1024;

  static final String TIMEOUT = "timeout";
  private static final String YES = "yes";
  private static final String NO = "no";

  private final String text;
  private final int end;
  private int at;
  private boolean more = true;

  // Of the value being read.
  private int start;
  private int roleEnd;
  private @Nullable Role role;
  private boolean hopByHop;
  private int timeoutSeconds;
  private boolean canonical;
  private boolean insideQuotes;

  /** Reads what follows index {@code from} of {@code line}. */
  MsKeepAliveScanner(String line, int from) {
    int last = line.length();
    while (last > from && line.charAt(last - 1) <= ' ') {
      last--;
    }
    text = hasLineBreak(line, from, last) ? line.replace('\r', ' ').replace('\n', ' ') : line;
    end = last;
    at = from;
  }

  private static boolean hasLineBreak(String line, int from, int to) {
    for (int i = from; i < to; i++) {
      if (line.charAt(i) == '\n' || line.charAt(i) == '\r') {
        return true;
      }
    }
    return false;
  }

  /** Whether there is another value; an empty line has one, which is malformed. */
  boolean hasNext() {
    return more;
  }

  /** The next value. */
  MsKeepAlive next() {
    skipSpace();
    start = at;
    if (end - start > MAX_CHARS) {
      more = false;
      return MsKeepAlive.invalid(
          text.substring(start, end),
          "expected at most "
              + MAX_CHARS
              + " characters in the header line, found "
              + (end - start));
    }
    role = null;
    hopByHop = false;
    timeoutSeconds = MsKeepAlive.NO_TIMEOUT;
    canonical = true;
    insideQuotes = false;
    String fault = readValue();
    if (fault != null) {
      skipToComma();
    }
    int stop = at;
    more = at < end;
    at++;
    while (stop > start && text.charAt(stop - 1) <= ' ') {
      stop--;
    }
    return fault == null
        ? MsKeepAlive.valid(encoded(stop), role, hopByHop, timeoutSeconds)
        : MsKeepAlive.invalid(text.substring(start, stop), fault);
  }

  private String encoded(int stop) {
    if (canonical || role == null) {
      return text.substring(start, stop);
    }
    StringBuilder out = new StringBuilder(stop - start).append(role.name());
    ParameterCursor parameters = new ParameterCursor(text, roleEnd, stop);
    while (parameters.advance()) {
      parameters.appendTo(out);
    }
    return out.toString();
  }

  private @Nullable String readValue() {
    String fault = readRole();
    while (fault == null && !atEndOfValue()) {
      if (text.charAt(at) != ';') {
        return expected("';' and a parameter, or the end of the value");
      }
      at++;
      fault = readParameter();
    }
    return fault;
  }

  private @Nullable String readRole() {
    skipToken();
    roleEnd = at;
    for (Role known : Role.values()) {
      if (Grammar.isWord(text, start, at, known.name())) {
        role = known;
        canonical = text.startsWith(known.name(), start);
        skipSpace();
        return null;
      }
    }
    return at == start
        ? expected("the role UAC or UAS")
        : "expected the role UAC or UAS, found " + Excerpt.of(text.substring(start, at));
  }

  private @Nullable String readParameter() {
    int separator = at - 1;
    skipSpace();
    int nameStart = at;
    skipToken();
    int nameEnd = at;
    if (nameStart == nameEnd) {
      return expected("the name of a parameter after ';'");
    }
    if (isNameBefore(separator, nameStart, nameEnd)) {
      return "expected each parameter once, found "
          + Excerpt.of(text.substring(nameStart, nameEnd))
          + " again";
    }
    skipSpace();
    int valueStart = at;
    int valueEnd = at;
    if (at < end && text.charAt(at) == '=') {
      at++;
      skipSpace();
      valueStart = at;
      String fault = skipParameterValue();
      if (fault != null) {
        return fault;
      }
      valueEnd = at;
      skipSpace();
    }
    return take(nameStart, nameEnd, valueStart, valueEnd);
  }

  private boolean isNameBefore(int separator, int nameStart, int nameEnd) {
    ParameterCursor before = new ParameterCursor(text, roleEnd, separator);
    while (before.advance()) {
      if (before.isNamedLike(nameStart, nameEnd)) {
        return true;
      }
    }
    return false;
  }

  /** Notes what the parameter means to the negotiation. */
  private @Nullable String take(int nameStart, int nameEnd, int valueStart, int valueEnd) {
    if (Grammar.isWord(text, nameStart, nameEnd, TIMEOUT)) {
      return takeTimeout(valueStart, valueEnd);
    }
    boolean hop = Grammar.isWord(text, nameStart, nameEnd, MsKeepAliveHeader.HOP_HOP);
    if (!hop
        && !Grammar.isWord(text, nameStart, nameEnd, "end-end")
        && !Grammar.isWord(text, nameStart, nameEnd, "tcp")) {
      return null;
    }
    boolean yes = Grammar.isWord(text, valueStart, valueEnd, YES);
    if (!yes && !Grammar.isWord(text, valueStart, valueEnd, NO)) {
      return "expected "
          + text.substring(nameStart, nameEnd)
          + "=yes or =no, found "
          + Excerpt.of(text.substring(valueStart, valueEnd));
    }
    hopByHop |= hop && yes;
    return null;
  }

  private @Nullable String takeTimeout(int from, int to) {
    long seconds = 0;
    boolean digits = from < to;
    for (int i = from; i < to && digits; i++) {
      digits = Grammar.isDigit(text.charAt(i));
      seconds = Math.min(seconds * 10 + (text.charAt(i) - '0'), Integer.MAX_VALUE);
    }
    if (!digits) {
      return "expected timeout=seconds in decimal digits, found "
          + Excerpt.of(text.substring(from, to));
    }
    timeoutSeconds = (int) seconds;
    return null;
  }

  /** Steps over a token, an IPv6 reference or a quoted string. */
  private @Nullable String skipParameterValue() {
    int from = at;
    if (at < end && text.charAt(at) == '"') {
      return skipQuoted();
    }
    if (at < end && text.charAt(at) == '[') {
      at++;
      while (at < end && Grammar.isIpv6(text.charAt(at))) {
        at++;
      }
      if (at == end || text.charAt(at) != ']' || at == from + 1) {
        return expected("an IPv6 address and ']'");
      }
      at++;
      return null;
    }
    skipToken();
    return at > from ? null : expected("a token, host or quoted string after '='");
  }

  private @Nullable String skipQuoted() {
    at++;
    while (at < end) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return null;
      }
      if (c == '\\') {
        at++;
        if (at < end && text.charAt(at) > 0x7f) {
          insideQuotes = true;
          return expected("an ASCII character after '\\'");
        }
      } else if ((c < ' ' && c != '\t') || c == 0x7f) {
        insideQuotes = true;
        return expected("no control character in a quoted string");
      }
      at++;
    }
    at = end;
    return "expected '\"' at the end of a quoted string, found the end of the line";
  }

  /** After a fault: goes to where the next value begins, if there is one. */
  private void skipToComma() {
    boolean quoted = insideQuotes;
    while (at < end) {
      char c = text.charAt(at);
      if (quoted && c == '\\') {
        at++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        return;
      }
      at++;
    }
    at = end;
  }

  /**
   * Whether only control characters are left before a comma or the end. They do not count: the RI
   * cuts them off at the end of a line, and a value must mean the same when it is sent on.
   */
  private boolean atEndOfValue() {
    int next = at;
    while (next < end && text.charAt(next) <= ' ') {
      next++;
    }
    if (next < end && text.charAt(next) != ',') {
      return false;
    }
    at = next;
    return true;
  }

  private void skipToken() {
    while (at < end && Grammar.isToken(text.charAt(at))) {
      at++;
    }
  }

  private void skipSpace() {
    while (at < end && Grammar.isSpace(text.charAt(at))) {
      at++;
      canonical = false;
    }
  }

  private String expected(String what) {
    String found =
        at >= end || text.charAt(at) == ','
            ? "the end"
            : Excerpt.of(text.substring(at, at + 1)) + " at character " + (at - start + 1);
    return "expected " + what + ", found " + found;
  }
}
