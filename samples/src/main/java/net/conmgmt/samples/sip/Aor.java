package net.conmgmt.samples.sip;

import java.util.Locale;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import org.jspecify.annotations.Nullable;

/** Addresses-of-record and contact addresses in one spelling each, so that they can be compared. */
public final class Aor {

  private Aor() {}

  /** {@code sip:user@domain} without port and parameters, or null where there is no user. */
  public static @Nullable String of(URI uri) {
    if (!(uri instanceof SipURI sip) || sip.getUser() == null || sip.getUser().isEmpty()) {
      return null;
    }
    return "sip:" + sip.getUser() + "@" + domain(sip.getHost());
  }

  /** A domain in lower case without trailing dot. */
  public static String domain(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  /** The part of an address-of-record before the {@code @}, without scheme. */
  public static String user(String addressOfRecord) {
    String rest = addressOfRecord.replaceFirst("^(?i:sips?:)", "");
    int at = rest.indexOf('@');
    return at < 0 ? "" : rest.substring(0, at);
  }

  /** What makes two contact addresses the same: user, host and port (RFC 3261 section 19.1.4). */
  public static @Nullable String contactKey(URI uri) {
    if (!(uri instanceof SipURI sip)) {
      return null;
    }
    String user = sip.getUser() == null ? "" : sip.getUser();
    return user + "@" + domain(sip.getHost()) + ":" + sip.getPort();
  }
}
