package net.conmgmt.sip.internal.logging;

import java.util.regex.Pattern;

/** Takes credentials, and control characters that would forge log lines, out of what is logged. */
public final class Masking {

  private static final String MASK = "***";

  /**
   * The value of Authorization and Proxy-Authorization, folded lines included. Possessive, as the
   * stack of a thread is too short for as many lines as a peer may send.
   */
  private static final Pattern CREDENTIALS =
      Pattern.compile(
          "((?:Proxy-)?Authorization[ \\t]*:)[^\\r\\n]*(?:\\r?\\n[ \\t]++[^\\r\\n]*+)*+",
          Pattern.CASE_INSENSITIVE);

  /** Digest results outside those headers: an RI debug line shows single parameters. */
  private static final Pattern DIGEST_RESULT =
      Pattern.compile(
          "\\b(response|rspauth)([ \\t]*=[ \\t]*)\"[0-9a-f]{16,}\"", Pattern.CASE_INSENSITIVE);

  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}&&[^\\r\\n\\t]]");

  private Masking() {}

  /** {@code text} as it may be logged. */
  public static String mask(String text) {
    String masked = CREDENTIALS.matcher(text).replaceAll("$1 " + MASK);
    masked = DIGEST_RESULT.matcher(masked).replaceAll("$1$2\"" + MASK + "\"");
    return CONTROL.matcher(masked).replaceAll("?");
  }
}
