package net.conmgmt.sip.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Whether a certificate carries a name (3.2, 3.3; RFC 5922 section 7, RFC 6125). Subject
 * alternative names count: dNSName, SIP URIs without a user part, and IP addresses; the common name
 * only where there are none. A wildcard stands for one whole left-most label, and only if allowed.
 * Stateless.
 */
public final class PeerIdentity {

  private static final int DNS_NAME = 2;
  private static final int URI = 6;
  private static final int IP_ADDRESS = 7;

  private PeerIdentity() {}

  /**
   * Checks that {@code certificate} carries {@code expectedName}.
   *
   * @throws SSLPeerUnverifiedException when it does not, with the names that it carries
   */
  public static void verify(
      X509Certificate certificate, String expectedName, boolean wildcardsAllowed)
      throws SSLPeerUnverifiedException {
    List<String> names = names(certificate);
    String expected = canonical(expectedName);
    for (String name : names) {
      if (matches(canonical(name), expected, wildcardsAllowed)) {
        return;
      }
    }
    throw new SSLPeerUnverifiedException(
        "Certificate name mismatch: expected "
            + expectedName
            + ", the certificate carries "
            + (names.isEmpty() ? "no name" : String.join(", ", names)));
  }

  /** The names that count, as they stand in the certificate. */
  public static List<String> names(X509Certificate certificate) throws SSLPeerUnverifiedException {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives == null) {
        addCommonNames(certificate, names);
        return names;
      }
      for (List<?> alternative : alternatives) {
        int type = (Integer) alternative.get(0);
        String value = String.valueOf(alternative.get(1));
        if (type == DNS_NAME || type == IP_ADDRESS) {
          names.add(value);
        } else if (type == URI) {
          String lower = value.toLowerCase(Locale.ROOT);
          // RFC 5922 section 7.1: a URI with a user part names a user, not a domain.
          if (lower.startsWith("sip:") && value.indexOf('@') < 0) {
            names.add(value.substring("sip:".length()));
          }
        }
      }
      return names;
    } catch (CertificateParsingException | InvalidNameException e) {
      SSLPeerUnverifiedException unreadable =
          new SSLPeerUnverifiedException("The names of the certificate cannot be read: " + e);
      unreadable.initCause(e);
      throw unreadable;
    }
  }

  private static void addCommonNames(X509Certificate certificate, List<String> names)
      throws InvalidNameException {
    for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
      if (rdn.getType().equalsIgnoreCase("CN")) {
        names.add(String.valueOf(rdn.getValue()));
      }
    }
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

  private static String canonical(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
