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

  private final String text;
  private final int end;
  private int at;

  // Of the value being read.
  private boolean hopByHop;
  private int timeoutSeconds;

  /** Reads what follows index {@code from} of {@code line}. */
  MsKeepAliveScanner(String line, int from) {
    end = withoutTrailingSpace(line, from, line.length());
    text =
        isBefore(line.indexOf('\n', from), end) || isBefore(line.indexOf('\r', from), end)
            ? line.replace('\r', ' ').replace('\n', ' ')
            : line;
    at = from;
  }

  private static boolean isBefore(int found, int end) {
    return found >= 0 && found < end;
  }

  private static int withoutTrailingSpace(String line, int from, int to) {
    int last = to;
    while (last > from && line.charAt(last - 1) <= ' ') {
      last--;
    }
    return last;
  }

  /** Whether there is another value; an empty line has one, which is malformed. */
  boolean hasNext() {
    return at <= end;
  }

  /** The next value. */
  MsKeepAlive next() {
    int start = at;
    while (start < end && Grammar.isSpace(text.charAt(start))) {
      start++;
    }
    if (end - start > MAX_CHARS) {
      at = end + 1;
      return MsKeepAlive.invalid(
          text.substring(start, end),
          "expected at most "
              + MAX_CHARS
              + " characters in the header line, found "
              + (end - start));
    }
    ParameterCursor value = new ParameterCursor(text, start, end);
    Role role = read(value);
    int next = value.endOfValue();
    at = next + 1;
    int stop = withoutTrailingSpace(text, start, next);
    String fault = value.fault();
    if (role == null || fault != null) {
      return MsKeepAlive.invalid(text.substring(start, stop), String.valueOf(fault));
    }
    boolean asSent = !value.spaced() && text.startsWith(role.name(), start);
    return MsKeepAlive.valid(
        asSent
            ? text.substring(start, stop)
            : encoded(role, new ParameterCursor(text, start, stop)),
        role,
        hopByHop,
        timeoutSeconds);
  }

  private static String encoded(Role role, ParameterCursor parameters) {
    StringBuilder out = new StringBuilder().append(role.name());
    while (parameters.advance()) {
      parameters.appendTo(out);
    }
    return out.toString();
  }

  /** Goes through the whole value and notes what it means; null only with a fault. */
  private @Nullable Role read(ParameterCursor value) {
    hopByHop = false;
    timeoutSeconds = MsKeepAlive.NO_TIMEOUT;
    Role role = role(value);
    if (role != null) {
      boolean more = value.advance();
      while (more) {
        more = take(value) && value.advance();
      }
    }
    return role;
  }

  private static @Nullable Role role(ParameterCursor value) {
    if (value.isRole("UAC")) {
      return Role.UAC;
    }
    if (value.isRole("UAS")) {
      return Role.UAS;
    }
    String found = value.role();
    value.fail(
        found.isEmpty()
            ? value.expected("the role UAC or UAS")
            : "expected the role UAC or UAS, found " + Excerpt.of(found));
    return null;
  }

  /** Notes what the parameter means to the negotiation; false if it has a fault. */
  private boolean take(ParameterCursor parameter) {
    if (parameter.repeatsName()) {
      return parameter.fail(
          "expected each parameter once, found " + Excerpt.of(parameter.name()) + " again");
    }
    if (parameter.isNamed("timeout")) {
      timeoutSeconds = parameter.number();
      return timeoutSeconds >= 0
          || parameter.fail(
              "expected timeout=seconds in decimal digits, found "
                  + Excerpt.of(parameter.rawValue()));
    }
    boolean hop = parameter.isNamed(MsKeepAliveHeader.HOP_HOP);
    if (hop || parameter.isNamed("end-end") || parameter.isNamed("tcp")) {
      boolean yes = parameter.isValue("yes");
      hopByHop |= hop && yes;
      return yes
          || parameter.isValue("no")
          || parameter.fail(
              "expected "
                  + parameter.name()
                  + "=yes or =no, found "
                  + Excerpt.of(parameter.rawValue()));
    }
    return true;
  }
}
