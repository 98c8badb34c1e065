package net.conmgmt.sip.internal.discovery;

import java.nio.charset.StandardCharsets;
import net.conmgmt.sip.internal.config.HostNames;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Compares domain names as DNS does: label by label, ignoring letter case and the final dot. Pure
 * functions.
 */
final class DnsNames {

  private static final Logger LOG = LogManager.getLogger(DnsNames.class);

  private DnsNames() {}

  /** The absolute name that {@code text} spells, with or without final dot. */
  static Name absolute(String text) throws TextParseException {
    return Name.fromString(text, Name.root);
  }

  /** A host as text without final dot; its labels as A-labels where a zone has them in UTF-8. */
  static String hostOf(Name name) {
    StringBuilder utf8 = new StringBuilder();
    boolean ascii = true;
    for (int i = 0; i < name.labels() - 1; i++) {
      byte[] label = name.getLabel(i);
      String text = new String(label, 1, label.length - 1, StandardCharsets.UTF_8);
      ascii &= text.chars().allMatch(c -> c < 128);
      utf8.append(i == 0 ? "" : ".").append(text);
    }
    if (!ascii) {
      try {
        return HostNames.toAscii(utf8.toString());
      } catch (IllegalArgumentException e) {
        LOG.debug("The target of an SRV record is taken byte by byte", e);
      }
    }
    return name.toString(true);
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
}
