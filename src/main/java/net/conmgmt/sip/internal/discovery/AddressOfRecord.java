package net.conmgmt.sip.internal.discovery;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;
import net.conmgmt.sip.internal.config.HostNames;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Address;

/**
 * Finds the domain of an address-of-record, from which autodiscovery starts ([MS-CONMGMT] 3.1.4).
 * Pure functions.
 *
 * <p>Domains are lower case, in ASCII form (RFC 5890) and without final dot.
 */
public final class AddressOfRecord {

  private static final Pattern LABEL = Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
  private static final Pattern ALL_DIGITS = Pattern.compile("[0-9]+");

  /** A name has 253 characters at most, and the longest prefix of a query needs its part. */
  private static final int MAX_DOMAIN_LENGTH = 253 - "_sipinternaltls._tcp.".length();

  private AddressOfRecord() {}

  /**
   * The domain of {@code sip:user@domain}, {@code sips:} or a bare {@code user@domain}.
   *
   * @throws IllegalArgumentException when there is no domain, or an IP address in its place
   */
  static String domainOf(String addressOfRecord) {
    String uri = addressOfRecord.trim();
    int open = uri.indexOf('<');
    if (open >= 0 && uri.endsWith(">")) {
      uri = uri.substring(open + 1, uri.length() - 1);
    }
    String scheme = uri.substring(0, Math.max(0, uri.indexOf(':'))).toLowerCase(Locale.ROOT);
    boolean hasScheme = scheme.equals("sip") || scheme.equals("sips");
    String rest = hasScheme ? uri.substring(scheme.length() + 1) : uri;
    int at = rest.lastIndexOf('@');
    if (!hasScheme && at < 0) {
      throw refused(addressOfRecord, "it has neither a scheme sip: or sips: nor an @");
    }
    return domainOfHost(hostOf(rest.substring(at + 1)), addressOfRecord);
  }

  /**
   * The domain that {@code host} names.
   *
   * @param whole what the host was taken from, for the error text
   * @throws IllegalArgumentException when it is no domain name
   */
  public static String domainOfHost(String host, String whole) {
    try {
      return domain(host);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(text(whole, String.valueOf(e.getMessage())), e);
    }
  }

  /**
   * The domain in its one form.
   *
   * @throws IllegalArgumentException with the reason alone, when it is no domain name
   */
  public static String domain(String host) {
    String literal = host.startsWith("[") ? host.substring(0, host.indexOf(']') + 1) : host;
    if (parseIp(literal) != null) {
      throw new IllegalArgumentException(
          "'" + host + "' is an IP address, which has no DNS domain");
    }
    if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "'" + host + "' has a ':', but a domain has neither scheme nor port");
    }
    String domain = HostNames.toAscii(host);
    if (domain.isEmpty()) {
      throw new IllegalArgumentException("it has no host");
    }
    if (domain.length() > MAX_DOMAIN_LENGTH) {
      throw new IllegalArgumentException(
          "its host is longer than " + MAX_DOMAIN_LENGTH + " characters");
    }
    String last = "";
    for (String label : domain.split("\\.", -1)) {
      if (!LABEL.matcher(label).matches()) {
        throw new IllegalArgumentException("'" + host + "' has the bad label '" + label + "'");
      }
      last = label;
    }
    if (ALL_DIGITS.matcher(last).matches()) {
      throw new IllegalArgumentException(
          "'" + host + "' ends in a number, so it is no domain name");
    }
    return domain;
  }

  /** The address that {@code text} spells, brackets of IPv6 allowed, or null; asks no DNS. */
  static @Nullable InetAddress parseIp(String text) {
    boolean bracketed = text.startsWith("[") && text.endsWith("]");
    String bare = bracketed ? text.substring(1, text.length() - 1) : text;
    byte[] bytes = bracketed ? null : Address.toByteArray(bare, Address.IPv4);
    if (bytes == null && bare.indexOf(':') >= 0) {
      bytes = Address.toByteArray(bare, Address.IPv6);
    }
    if (bytes == null) {
      return null;
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("An address of " + bytes.length + " bytes", e);
    }
  }

  private static String hostOf(String hostPart) {
    int end = hostPart.length();
    for (int i = 0; i < hostPart.length(); i++) {
      char c = hostPart.charAt(i);
      if (c == ';' || c == '?' || c == '>') {
        end = i;
        break;
      }
    }
    String hostPort = hostPart.substring(0, end);
    int colon = hostPort.lastIndexOf(':');
    boolean hasPort = colon >= 0 && colon == hostPort.indexOf(':') && !hostPort.startsWith("[");
    return (hasPort ? hostPort.substring(0, colon) : hostPort).trim();
  }

  private static IllegalArgumentException refused(String whole, String why) {
    return new IllegalArgumentException(text(whole, why));
  }

  private static String text(String whole, String why) {
    return "Cannot discover the outbound proxy of '"
        + whole
        + "': "
        + why
        + "; expected an address-of-record with a domain, such as sip:alice@contoso.com";
  }
}
