package net.conmgmt.sip.internal.discovery;

import java.util.Locale;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Comparison of domain names as DNS compares them: label by label, without regard to letter case or
 * to the final dot. Pure functions.
 */
final class DnsNames {

  private DnsNames() {}

  /** The absolute name that {@code text} spells, with or without final dot. */
  static Name absolute(String text) throws TextParseException {
    return Name.fromString(text, Name.root);
  }

  /** Whether {@code name} is {@code domain} or below it; what is no DNS name is not. */
  static boolean isAtOrBelow(String name, String domain) {
    try {
      return absolute(name).subdomain(absolute(domain));
    } catch (TextParseException e) {
      return false;
    }
  }

  /** {@code name} without final dot. */
  static String withoutDot(String name) {
    return name.endsWith(".") && !name.endsWith("\\.")
        ? name.substring(0, name.length() - 1)
        : name;
  }

  /** A key that is equal for equal names. */
  static String key(String name) {
    return withoutDot(name).toLowerCase(Locale.ROOT);
  }
}
