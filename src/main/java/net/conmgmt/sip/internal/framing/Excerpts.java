package net.conmgmt.sip.internal.framing;

import java.nio.charset.StandardCharsets;
import net.conmgmt.sip.internal.logging.Masking;

/** A peer's bytes as they may stand in a log: one line, printable, bounded, no credentials. */
public final class Excerpts {

  private static final int MAX_CHARACTERS = 80;

  private Excerpts() {}

  /** The first line of the bytes, in quotes. */
  public static String firstLine(byte[] bytes, int length) {
    int end = 0;
    while (end < Math.min(length, MAX_CHARACTERS) && bytes[end] != '\r' && bytes[end] != '\n') {
      end++;
    }
    return printable(new String(bytes, 0, end, StandardCharsets.ISO_8859_1));
  }

  /** The text in quotes, without control characters and credentials. */
  public static String printable(String text) {
    String masked = Masking.mask(text);
    StringBuilder printable = new StringBuilder().append('\'');
    for (int i = 0; i < Math.min(masked.length(), MAX_CHARACTERS); i++) {
      char c = masked.charAt(i);
      printable.append(c < 0x20 || c > 0x7e ? '?' : c);
    }
    return printable.append(masked.length() > MAX_CHARACTERS ? "…'" : "'").toString();
  }
}
