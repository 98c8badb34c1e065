package net.conmgmt.samples.sip;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.sip.address.SipURI;
import javax.sip.address.URI;
import net.conmgmt.sip.Endpoint;
import org.jspecify.annotations.Nullable;

/** Addresses-of-record and contact addresses in one spelling each, so that they can be compared. */
public final class Aor {

  private Aor() {}

  /** {@code sip:user@domain} without port and parameters, or null where there is no user. */
  public static @Nullable String of(URI uri) {
    if (!(uri instanceof SipURI sip) || sip.getUser() == null || sip.getUser().isEmpty()) {
      return null;
    }
    return in(sip.getUser(), domain(sip.getHost()));
  }

  /** The address-of-record of a user in a domain, as the library spells it in its directory. */
  public static String in(String user, String domain) {
    return new Endpoint("sip:" + user + "@" + domain, "").addressOfRecord();
  }

  /** The name of the user of an address-of-record, without {@code %}. */
  public static String userName(String addressOfRecord) {
    return unescaped(user(addressOfRecord));
  }

  private static String unescaped(String user) {
    if (user.indexOf('%') < 0) {
      return user;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] given = user.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < given.length; i++) {
      int high = i + 2 < given.length ? Character.digit(given[i + 1], 16) : -1;
      int low = i + 2 < given.length ? Character.digit(given[i + 2], 16) : -1;
      if (given[i] == '%' && high >= 0 && low >= 0) {
        bytes.write(high * 16 + low);
        i += 2;
      } else {
        bytes.write(given[i]);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** A domain in lower case without trailing dot. */
  public static String domain(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }

  /** The part of an address-of-record before the {@code @}, without scheme. */
  public static String user(String addressOfRecord) {
    String rest = addressOfRecord.replaceFirst("^(?i:sips?:)", "");
    int at = rest.lastIndexOf('@');
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
