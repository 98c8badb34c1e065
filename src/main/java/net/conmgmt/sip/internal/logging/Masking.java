package net.conmgmt.sip.internal.logging;

import java.util.regex.Pattern;

/**
 * Masks secrets in what is logged (credentials, passwords, keys of media streams), and control
 * characters that could forge log lines.
 */
public final class Masking {

  private static final String MASK = "***";

  /** A chain of causes may be a circle. */
  private static final int MAX_CAUSES = 16;

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

  /**
   * The value of a property whose name says that it is secret, in text like {@code {a=b, c=d}} or
   * {@code a = b}. It ends where the next property begins. Every repetition is bounded, as the text
   * may be a peer's.
   */
  private static final Pattern SECRET_PROPERTY =
      Pattern.compile(
          "((?:passwor[dt]|passwd|passphrase|secret|token)[\\w.-]{0,64}+[ \\t]{0,8}+=[ \\t]{0,8}+)"
              + "(?!\\*{3})[^\\r\\n]*?(?=,[ \\t]{0,8}+[\\w.-]{1,128}+=|\\}?[ \\t]{0,8}+(?:[\\r\\n]|$))",
          Pattern.CASE_INSENSITIVE);

  /** The password of a SIP URI: deprecated, yet some clients send it (RFC 3261 section 19.1.1). */
  private static final Pattern URI_PASSWORD =
      Pattern.compile("(sips?:[^\\s:@<>;]{1,256}:)[^\\s@<>]{1,256}@", Pattern.CASE_INSENSITIVE);

  /** User and password of a Redis server, which may hold anything. */
  private static final Pattern REDIS_PASSWORD =
      Pattern.compile("\\b(rediss?[\\w+-]{0,16}://)\\S{1,256}@", Pattern.CASE_INSENSITIVE);

  /** The key of a media stream in a session description (RFC 4568 section 6.1). */
  private static final Pattern MEDIA_KEY = Pattern.compile("(inline:)[\\w+/=-]+");

  private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}&&[^\\r\\n\\t]]");

  private Masking() {}

  /** {@code text} as it may be logged. */
  public static String mask(String text) {
    return CONTROL.matcher(withoutSecrets(text)).replaceAll("?");
  }

  /** The same, with its control characters. */
  static String withoutSecrets(String text) {
    String masked = CREDENTIALS.matcher(text).replaceAll("$1 " + MASK);
    masked = DIGEST_RESULT.matcher(masked).replaceAll("$1$2\"" + MASK + "\"");
    masked = SECRET_PROPERTY.matcher(masked).replaceAll("$1" + MASK);
    masked = URI_PASSWORD.matcher(masked).replaceAll("$1" + MASK + "@");
    masked = REDIS_PASSWORD.matcher(masked).replaceAll("$1" + MASK + "@");
    return MEDIA_KEY.matcher(masked).replaceAll("$1" + MASK);
  }

  /**
   * {@code failure} as it may be logged: itself, unless its text or that of a cause has to be
   * masked.
   */
  public static Throwable mask(Throwable failure) {
    int depth = 0;
    for (Throwable t = failure; t != null && depth < MAX_CAUSES; t = t.getCause()) {
      if (!mask(t.toString()).equals(t.toString())) {
        return new MaskedFailure(failure, 0);
      }
      depth++;
    }
    return failure;
  }

  /**
   * Carries the masked text and the stack trace of the failure that it stands for; never thrown.
   */
  private static final class MaskedFailure extends Exception {
    private static final long serialVersionUID = 1L;

    MaskedFailure(Throwable original, int depth) {
      super(
          mask(original.toString()),
          original.getCause() == null || depth == MAX_CAUSES
              ? null
              : new MaskedFailure(original.getCause(), depth + 1));
      setStackTrace(original.getStackTrace());
    }
  }
}
