package net.conmgmt.sip.internal.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;
import net.conmgmt.sip.internal.config.HostNames;
import org.jspecify.annotations.Nullable;

/**
 * Checks that a certificate is valid now and carries an expected name ([MS-CONMGMT] 3.2, 3.3; RFC
 * 5922 section 7, RFC 6125).
 *
 * <ul>
 *   <li>Subject alternative names count: dNSName, and the host of a SIP URI without a user part.
 *       The text asks for the proxy's own name, not for that of its SIP domain, so a SIP URI does
 *       not take a dNSName's place.
 *   <li>The common name counts only where there is no alternative name of any kind.
 *   <li>An IP address counts only as iPAddress.
 *   <li>A wildcard stands for one whole left-most label, with at least two labels behind it, and
 *       only if allowed.
 * </ul>
 *
 * Stateless.
 */
public final class PeerIdentity {

  private static final int DNS_NAME = 2;
  private static final int URI = 6;
  private static final int IP_ADDRESS = 7;
  private static final String SIP = "sip:";

  private record Name(boolean isAddress, String text) {}

  private PeerIdentity() {}

  /**
   * Checks that {@code certificate} is valid now and carries {@code expectedName}. To be called for
   * each connection: a resumed TLS session skips every other check.
   *
   * @throws SSLPeerUnverifiedException when it does not, with the names that it carries
   */
  public static void verify(
      X509Certificate certificate, String expectedName, boolean wildcardsAllowed)
      throws SSLPeerUnverifiedException {
    String dates = ChainFault.outOfDate(certificate);
    if (dates != null) {
      throw new SSLPeerUnverifiedException(
          "The certificate of " + expectedName + " is not accepted: " + dates);
    }
    List<Name> names = names(certificate);
    String expected = HostNames.comparable(expectedName);
    boolean isAddress = HostNames.isAddress(expected);
    for (Name name : names) {
      if (name.isAddress == isAddress
          && matches(HostNames.comparable(name.text), expected, wildcardsAllowed && !isAddress)) {
        return;
      }
    }
    throw new SSLPeerUnverifiedException(
        "Certificate name mismatch: expected "
            + expectedName
            + ", the certificate carries "
            + (names.isEmpty()
                ? noName(certificate)
                : String.join(", ", names.stream().map(Name::text).toList())));
  }

  /** What a person sees in a certificate none of whose names counts. */
  private static String noName(X509Certificate certificate) throws SSLPeerUnverifiedException {
    try {
      String commonName = commonName(certificate);
      return commonName == null
          ? "no name of a host"
          : "no name of a host: its common name "
              + commonName
              + " does not count, because the certificate has subject alternative names"
              + " (RFC 6125 section 6.4.4); issue it with the alternative name DNS:"
              + commonName;
    } catch (NamingException e) {
      throw unreadable(e);
    }
  }

  private static SSLPeerUnverifiedException unreadable(Exception cause) {
    SSLPeerUnverifiedException unreadable =
        new SSLPeerUnverifiedException("The names of the certificate cannot be read: " + cause);
    unreadable.initCause(cause);
    return unreadable;
  }

  private static List<Name> names(X509Certificate certificate) throws SSLPeerUnverifiedException {
    List<Name> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives == null) {
        String commonName = commonName(certificate);
        return commonName == null ? names : List.of(new Name(false, commonName));
      }
      for (List<?> alternative : alternatives) {
        String text = String.valueOf(alternative.get(1));
        switch ((Integer) alternative.get(0)) {
          case DNS_NAME -> names.add(new Name(false, text));
          case IP_ADDRESS -> names.add(new Name(true, text));
          case URI -> {
            String host = hostOfSipUri(text);
            if (host != null) {
              names.add(new Name(false, host));
            }
          }
          default -> {
            // Mail addresses, directory names and the like name no host.
          }
        }
      }
      return names;
    } catch (CertificateParsingException | NamingException e) {
      throw unreadable(e);
    }
  }

  /** RFC 5922 section 7.1: a URI with a user part names a user, not a domain. */
  private static @Nullable String hostOfSipUri(String uri) {
    if (!uri.regionMatches(true, 0, SIP, 0, SIP.length()) || uri.indexOf('@') >= 0) {
      return null;
    }
    String host = uri.substring(SIP.length()).split("[:;?]", 2)[0];
    return host.isEmpty() || HostNames.isAddress(host) ? null : host;
  }

  /** The most specific common name, or null. */
  private static @Nullable String commonName(X509Certificate certificate) throws NamingException {
    String found = null;
    for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
      Attribute commonName = rdn.toAttributes().get("CN");
      if (commonName != null) {
        found = Objects.toString(commonName.get(), null);
      }
    }
    return found;
  }

  private static boolean matches(String name, String expected, boolean wildcardsAllowed) {
    if (name.equals(expected)) {
      return true;
    }
    int dot = expected.indexOf('.');
    return wildcardsAllowed
        && name.startsWith("*.")
        && dot > 0
        && name.indexOf('.', 2) > 0
        && name.substring(1).equals(expected.substring(dot));
  }
}
