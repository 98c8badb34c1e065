package net.conmgmt.sip.internal.header;

import static net.conmgmt.sip.header.MsKeepAliveHeader.NAME;

import java.text.ParseException;
import net.conmgmt.sip.header.MsKeepAliveHeader;
import net.conmgmt.sip.header.MsKeepAliveHeader.Role;
import net.conmgmt.sip.internal.logging.Excerpt;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values of one header line ([MS-CONMGMT] 2.2.1) in one pass; never throws. Where the
 * grammar leaves it open:
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
public final class MsKeepAliveValues {

  /** A value with more parameters is malformed: to find a repeated name, all are gone through. */
  static final int MAX_PARAMETERS = 64;

  /** What follows so many values of one line is one malformed value. */
  static final int MAX_VALUES = 64;

  private MsKeepAliveValues() {}

  /**
   * All values that follow index {@code from} of {@code line}, in order. There is always one: an
   * empty line is a malformed value.
   */
  public static MsKeepAliveList read(String line, int from) {
    int end = withoutTrailingSpace(line, from, line.length());
    boolean broken =
        isBefore(line.indexOf('\n', from), end) || isBefore(line.indexOf('\r', from), end);
    String text = broken ? line.replace('\r', ' ').replace('\n', ' ') : line;
    MsKeepAliveList values = new MsKeepAliveList();
    int at = from;
    while (at <= end) {
      int start = at;
      while (start < end && Grammar.isSpace(text.charAt(start))) {
        start++;
      }
      if (values.size() == MAX_VALUES) {
        values.add(MsKeepAlive.invalid(text, start, end, "expected fewer values in one line"));
        return values;
      }
      ParameterCursor value = new ParameterCursor(text, start, end);
      values.add(readOne(value, text, start));
      at = value.endOfValue() + 1;
    }
    return values;
  }

  /**
   * The one value of a text that is to be sent by us, so with nothing forgiven.
   *
   * @throws ParseException if it is malformed or not alone
   * @throws IllegalArgumentException if it says yes to a reserved mechanism
   */
  public static MsKeepAlive single(String text) throws ParseException {
    MsKeepAliveList values = read(text, 0);
    MsKeepAlive header = values.get(0);
    if (!header.isValid()) {
      throw new ParseException(
          "Not a value of " + NAME + ": " + Excerpt.of(text) + ": " + header.invalidReason(), 0);
    }
    if (values.size() > 1) {
      throw new ParseException(
          "Expected one value of " + NAME + ", found a comma and another: " + Excerpt.of(text), 0);
    }
    header.requireSendable();
    return header;
  }

  private static boolean isBefore(int found, int end) {
    return found >= 0 && found < end;
  }

  private static int withoutTrailingSpace(String line, int from, int to) {
    int last = to;
    while (last > from && isSpaceOrLineBreak(line.charAt(last - 1))) {
      last--;
    }
    return last;
  }

  private static boolean isSpaceOrLineBreak(char c) {
    return Grammar.isSpace(c) || c == '\r' || c == '\n';
  }

  private static MsKeepAlive readOne(ParameterCursor value, String text, int start) {
    Role role = role(value);
    boolean hopByHop = false;
    boolean reserved = false;
    int timeoutSeconds = MsKeepAlive.NO_TIMEOUT;
    int left = MAX_PARAMETERS;
    while (value.advance()) {
      left--;
      if (left < 0) {
        value.fail("expected at most " + MAX_PARAMETERS + " parameters, found more");
      } else if (value.repeatsName()) {
        value.fail("expected each parameter once, found " + Excerpt.of(value.name()) + " again");
      } else if (value.isNamed(MsKeepAliveHeader.HOP_HOP)) {
        hopByHop = saysYes(value);
      } else if (value.isNamed("timeout")) {
        timeoutSeconds = number(value);
      } else {
        reserved |= value.isValue("yes");
      }
    }
    String fault = value.fault();
    int stop = withoutTrailingSpace(text, start, value.endOfValue());
    return role == null || fault != null
        ? MsKeepAlive.invalid(text, start, stop, String.valueOf(fault))
        : MsKeepAlive.valid(text, start, stop, role, hopByHop, reserved, timeoutSeconds);
  }

  /** Null only with a fault. */
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

  private static boolean saysYes(ParameterCursor mechanism) {
    boolean yes = mechanism.isValue("yes");
    if (!yes && !mechanism.isValue("no")) {
      mechanism.fail(
          "expected "
              + mechanism.name()
              + "=yes or =no, found "
              + Excerpt.of(mechanism.rawValue()));
    }
    return yes;
  }

  private static int number(ParameterCursor timeout) {
    int seconds = timeout.seconds();
    if (seconds < 0) {
      timeout.fail(
          "expected timeout=seconds in decimal digits, found " + Excerpt.of(timeout.rawValue()));
    }
    return seconds;
  }
}
