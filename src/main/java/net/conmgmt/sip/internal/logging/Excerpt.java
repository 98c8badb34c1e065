package net.conmgmt.sip.internal.logging;

import java.nio.charset.StandardCharsets;

/**
 * Makes an excerpt of a peer's text that is fit for a log or an error: its beginning in quotes, on
 * one line, bounded and without secrets. Everything except printable ASCII is escaped.
 */
public final class Excerpt {

  /** How much of the text is shown. */
  public static final int MAX_CHARS = 128;

  /** How much is looked at, so that a secret which begins in what is shown is whole. */
  private static final int MAX_READ = 8 * MAX_CHARS;

  private Excerpt() {}

  /** The beginning of {@code text}. */
  public static String of(String text) {
    String masked =
        Masking.withoutSecrets(text.length() > MAX_READ ? text.substring(0, MAX_READ) : text);
    int shown = Math.min(masked.length(), MAX_CHARS);
    StringBuilder out = new StringBuilder(shown + 32).append('\'');
    for (int i = 0; i < shown; i++) {
      append(out, masked.charAt(i));
    }
    out.append('\'');
    if (shown < masked.length()) {
      out.append("... (").append(text.length()).append(" characters)");
    }
    return out.toString();
  }

  /** The first line of the bytes. */
  public static String firstLine(byte[] bytes, int length) {
    int end = 0;
    while (end < Math.min(length, MAX_READ) && bytes[end] != '\r' && bytes[end] != '\n') {
      end++;
    }
    return of(new String(bytes, 0, end, StandardCharsets.ISO_8859_1));
  }

  private static void append(StringBuilder out, char c) {
    if (c >= ' ' && c < 0x7f && c != '\\') {
      out.append(c);
    } else if (c == '\\') {
      out.append("\\\\");
    } else {
      out.append(String.format("\\u%04x", (int) c));
    }
  }
}
