package net.conmgmt.sip.internal.config;

import java.net.IDN;
import java.text.Normalizer;
import java.util.Locale;

/**
 * Brings host names into the one form in which DNS and certificates carry them: lower case, ASCII
 * labels (A-labels, RFC 5890), without final dot. Pure functions.
 *
 * <p>The JDK converts by the older IDNA2003 (RFC 3490), which maps some characters to the name of
 * another owner: it makes {@code strasse.de} of {@code straße.de}. A name on which it and IDNA2008
 * (RFC 5891) disagree is refused, so that nobody ever asks for another name.
 */
public final class HostNames {

  // These are characters of their own in IDNA2008 (UTS 46 section 7), and mapped or dropped before.
  private static final String DEVIATIONS = "\u00df\u1e9e\u03c2\u200c\u200d";

  // Letters by RFC 5892, sections 2.6 and 2.7, that have no category of a letter.
  private static final String LETTERS_BY_EXCEPTION = "-._\u00b7\u0375\u05f3\u05f4\u30fb";

  private HostNames() {}

  /**
   * The ASCII form of {@code name}.
   *
   * @throws IllegalArgumentException with the reason, when it has none that is beyond doubt
   */
  public static String toAscii(String name) {
    String plain = withoutDot(name);
    if (isAscii(plain)) {
      return plain.toLowerCase(Locale.ROOT);
    }
    for (int i = 0; i < plain.length(); i++) {
      char c = plain.charAt(i);
      if (DEVIATIONS.indexOf(c) >= 0) {
        throw new IllegalArgumentException(
            String.format(
                "'%s' has the character U+%04X, for which IDNA2003 and IDNA2008 ask for different"
                    + " names; write the name with its A-labels (xn--...)",
                name, (int) c));
      }
    }
    String ascii;
    try {
      ascii = IDN.toASCII(plain).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'" + name + "' is not a domain name: " + e.getMessage(), e);
    }
    requireIdna2008(name, IDN.toUnicode(ascii));
    return ascii;
  }

  /** The ASCII form of {@code name}, or its lower case where it has none: for comparisons. */
  public static String comparable(String name) {
    try {
      return toAscii(name);
    } catch (IllegalArgumentException e) {
      return withoutDot(name).toLowerCase(Locale.ROOT);
    }
  }

  /** RFC 5892 section 3: letters, marks and digits that lower case and NFKC leave as they are. */
  private static void requireIdna2008(String name, String unicode) {
    String stable =
        Normalizer.normalize(
            Normalizer.normalize(unicode, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT),
            Normalizer.Form.NFKC);
    boolean letters =
        unicode.codePoints().allMatch(c -> isLetter(c) || LETTERS_BY_EXCEPTION.indexOf(c) >= 0);
    if (!letters || !stable.equals(unicode)) {
      throw new IllegalArgumentException(
          "'" + name + "' has a character that IDNA2008 does not allow in a domain name");
    }
  }

  private static boolean isLetter(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.LOWERCASE_LETTER,
          Character.OTHER_LETTER,
          Character.MODIFIER_LETTER,
          Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.DECIMAL_DIGIT_NUMBER ->
          true;
      default -> false;
    };
  }

  /**
   * Whether a host is an IP address, as the last label of no host name is a number. Allocates
   * nothing, as it is asked for each message.
   */
  public static boolean isAddress(String host) {
    if (host.indexOf(':') >= 0) {
      return true;
    }
    int last = host.length() - 1;
    int at = last;
    while (at >= 0 && host.charAt(at) >= '0' && host.charAt(at) <= '9') {
      at--;
    }
    return at < last && (at < 0 || host.charAt(at) == '.');
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 128) {
        return false;
      }
    }
    return true;
  }

  private static String withoutDot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
