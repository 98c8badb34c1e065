package net.conmgmt.sip.internal.tls;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Explains why a certificate chain was not accepted: it names the fault and what to change.
 * Immutable.
 */
final class ChainFault {

  private final Set<X500Principal> trustedNames;
  private final String source;
  private final Revocation revocation;

  ChainFault(List<X509Certificate> trusted, String source, Revocation revocation) {
    this.revocation = revocation;
    trustedNames =
        trusted.stream()
            .map(X509Certificate::getSubjectX500Principal)
            .collect(Collectors.toUnmodifiableSet());
    this.source = source;
  }

  /** The same refusal with a better text. */
  CertificateException explain(String whose, X509Certificate[] chain, CertificateException cause) {
    return new CertificateException(
        "The certificate of " + whose + " is not accepted: " + reason(chain, cause), cause);
  }

  private String reason(X509Certificate[] chain, CertificateException cause) {
    for (X509Certificate certificate : chain) {
      String dates = outOfDate(certificate);
      if (dates != null) {
        return dates;
      }
    }
    String revoked = revocation(cause);
    return revoked != null ? revoked : untrusted(chain, cause);
  }

  /** What is wrong with the dates of a certificate now, or null. */
  static @Nullable String outOfDate(X509Certificate certificate) {
    try {
      certificate.checkValidity();
      return null;
    } catch (CertificateExpiredException e) {
      return certificate.getSubjectX500Principal()
          + " expired at "
          + certificate.getNotAfter().toInstant();
    } catch (CertificateNotYetValidException e) {
      return certificate.getSubjectX500Principal()
          + " is not valid before "
          + certificate.getNotBefore().toInstant();
    }
  }

  private @Nullable String revocation(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertPathValidatorException path) {
        if (path.getReason() == BasicReason.REVOKED) {
          return "it was revoked: " + path.getMessage();
        }
        // The JDK gives no reason where the certificate does not even say whom to ask.
        boolean nobodyToAsk =
            revocation != Revocation.OFF && path.getReason() == BasicReason.UNSPECIFIED;
        if (nobodyToAsk || path.getReason() == BasicReason.UNDETERMINED_REVOCATION_STATUS) {
          return "expected to find out whether it was revoked (TLS_REVOCATION = "
              + revocation.name().toLowerCase(Locale.ROOT)
              + "), found: "
              + path.getMessage();
        }
      }
    }
    return null;
  }

  private String untrusted(X509Certificate[] chain, CertificateException cause) {
    X509Certificate own = chain[0];
    X509Certificate last = chain[chain.length - 1];
    String expected = "; expected a chain to a certificate in " + source;
    if (isSelfIssued(own)) {
      return "it is self-signed" + expected;
    }
    if (trustedNames.contains(last.getIssuerX500Principal())) {
      // A trusted name is there, so the fault is another one, or somebody else bears that name.
      return cause.getMessage() + expected;
    }
    return isSelfIssued(last)
        ? "its root " + last.getSubjectX500Principal() + " is not trusted" + expected
        : "the issuer "
            + last.getIssuerX500Principal()
            + " was neither sent nor is it trusted: the peer must send its intermediate"
            + " certificates, or its root is missing"
            + expected;
  }

  private static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }
}
