package net.conmgmt.sip;

import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A protocol client endpoint: one device of one user ([MS-CONMGMT] 3.5.5). Immutable.
 *
 * <p>Address-of-record and instance are brought to one spelling when the endpoint is made, so that
 * {@code sip:alice@Contoso.com.}, {@code sip:%61lice@contoso.com;transport=tls} and {@code
 * sips:alice@contoso.com} are the same user (RFC 3261 sections 10.3 and 19.1.4, RFC 5630 section
 * 5.3).
 *
 * @param addressOfRecord the user's address-of-record, for example {@code sip:alice@contoso.com};
 *     port and parameters are left out, and {@code sips} is {@code sip}
 * @param instance the device: {@code epid} of From, or {@code +sip.instance} of Contact, or the
 *     Contact URI where the client says neither; empty where there is no Contact either
 * @param regId the number of the device's flow where SIP outbound is in force ({@code reg-id}, RFC
 *     5626 section 4.2.1): one device may have several flows, each on a connection of its own; 0
 *     where it is not in force
 */
public record Endpoint(String addressOfRecord, String instance, int regId) {

  /** Apart, so that a stack does not load at its start what few names need. */
  private static final class Escapes {
    private static final Pattern BROKEN = Pattern.compile("%(?![0-9A-Fa-f]{2})");
    private static final Pattern ESCAPED = Pattern.compile("%([0-9A-Fa-f]{2})");
    private static final String UNRESERVED =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()";

    /** What must be escaped stays so. */
    static String undone(String user) {
      if (BROKEN.matcher(user).find()) {
        return user;
      }
      return ESCAPED
          .matcher(user)
          .replaceAll(
              found -> {
                char c = (char) HexFormat.fromHexDigits(found.group(1));
                return UNRESERVED.indexOf(c) >= 0
                    ? Matcher.quoteReplacement(String.valueOf(c))
                    : found.group().toUpperCase(Locale.ROOT);
              });
    }
  }

  /** An endpoint without flows, as it is unless SIP outbound is in force. */
  public Endpoint(String addressOfRecord, String instance) {
    this(addressOfRecord, instance, 0);
  }

  /** Brings address-of-record and instance to their one spelling. */
  public Endpoint {
    addressOfRecord = normalizedUri(addressOfRecord.strip());
    instance = normalizedInstance(instance.strip());
  }

  private static String normalizedUri(String uri) {
    int colon = uri.indexOf(':');
    String scheme = colon < 0 ? "" : uri.substring(0, colon + 1).toLowerCase(Locale.ROOT);
    int parameters = uri.indexOf(';', uri.indexOf('@') + 1);
    String bare = uri.substring(colon + 1, parameters < 0 ? uri.length() : parameters);
    if (!scheme.equals("sip:") && !scheme.equals("sips:")) {
      return (scheme + bare).toLowerCase(Locale.ROOT);
    }
    int at = bare.lastIndexOf('@');
    String host = normalizedHost(bare.substring(at + 1));
    if (at < 0) {
      return "sip:" + host;
    }
    String user = bare.substring(0, at);
    int password = user.indexOf(':');
    return "sip:" + unescaped(password < 0 ? user : user.substring(0, password)) + "@" + host;
  }

  private static String normalizedHost(String hostPort) {
    int port = hostPort.indexOf(':', hostPort.indexOf(']') + 1);
    String host = port < 0 ? hostPort : hostPort.substring(0, port);
    return (host.endsWith(".") ? host.substring(0, host.length() - 1) : host)
        .toLowerCase(Locale.ROOT);
  }

  private static String unescaped(String user) {
    return user.indexOf('%') < 0 ? user : Escapes.undone(user);
  }

  /** A URN is compared without regard to case (RFC 8141), and some clients omit the brackets. */
  private static String normalizedInstance(String text) {
    boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
    String bare = quoted ? text.substring(1, text.length() - 1) : text;
    if (bare.startsWith("<") && bare.endsWith(">")) {
      bare = bare.substring(1, bare.length() - 1);
    }
    return bare.regionMatches(true, 0, "urn:", 0, 4) ? bare.toLowerCase(Locale.ROOT) : bare;
  }

  // In plain code, here and in the other keys of a new connection: a record's own are put together
  // when first called, which was 20 ms of the first registration.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Endpoint that
        && addressOfRecord.equals(that.addressOfRecord)
        && instance.equals(that.instance)
        && regId == that.regId;
  }

  @Override
  public int hashCode() {
    return 31 * (31 * addressOfRecord.hashCode() + instance.hashCode()) + regId;
  }

  /** Names the flow only where there are flows. */
  @Override
  public String toString() {
    return "Endpoint[addressOfRecord="
        + addressOfRecord
        + ", instance="
        + instance
        + (regId == 0 ? "]" : ", regId=" + regId + "]");
  }
}
