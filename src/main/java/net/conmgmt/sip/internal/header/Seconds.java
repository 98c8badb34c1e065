package net.conmgmt.sip.internal.header;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Reads a number of seconds that a peer wrote. Pure. */
public final class Seconds {

  private Seconds() {}

  /** Digits and nothing else, saturating however many there are; empty for any other text. */
  public static OptionalInt parse(@Nullable String text) {
    int seconds = text == null ? -1 : in(text, 0, text.length());
    return seconds < 0 ? OptionalInt.empty() : OptionalInt.of(seconds);
  }

  /** The same for the range [from, to) of a text; -1 where it is anything but digits. */
  static int in(String text, int from, int to) {
    long seconds = from < to ? 0 : -1;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      seconds = Math.min(seconds * 10 + (c - '0'), Integer.MAX_VALUE);
    }
    return (int) seconds;
  }
}
