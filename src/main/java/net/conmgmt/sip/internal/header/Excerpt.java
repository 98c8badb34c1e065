package net.conmgmt.sip.internal.header;

/** Text of a peer made fit for a log line: bounded, and without control characters. */
public final class Excerpt {

  static final int MAX_CHARS = 128;

  private Excerpt() {}

  /** The beginning of {@code text} in quotes; all but printable ASCII is escaped. */
  public static String of(String text) {
    int shown = Math.min(text.length(), MAX_CHARS);
    StringBuilder out = new StringBuilder(shown + 32).append('"');
    for (int i = 0; i < shown; i++) {
      append(out, text.charAt(i));
    }
    out.append('"');
    if (shown < text.length()) {
      out.append("... (").append(text.length()).append(" characters)");
    }
    return out.toString();
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
