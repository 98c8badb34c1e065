package net.conmgmt.sip.internal.header;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Reads a number of seconds that a peer wrote. Pure. */
public final class Seconds {

  private static final int MOST_DIGITS = 10;

  private Seconds() {}

  /** Digits and nothing else, saturating however many there are; empty for any other text. */
  public static OptionalInt parse(@Nullable String text) {
    if (text == null || text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalInt.empty();
    }
    String digits = text.replaceFirst("^0+(?=.)", "");
    return OptionalInt.of(
        digits.length() > MOST_DIGITS
            ? Integer.MAX_VALUE
            : (int) Math.min(Integer.MAX_VALUE, Long.parseLong(digits)));
  }
}
