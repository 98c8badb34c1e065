package net.conmgmt.sip.internal.tls;

import java.security.NoSuchAlgorithmException;
import java.security.cert.CertPathBuilder;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The ways to find out whether a certificate was revoked. A certificate of which that cannot be
 * found out is refused.
 */
enum Revocation {
  /** Not at all. */
  OFF,
  /** By the lists that the certificates name. */
  CRL,
  /**
   * By the answer that the peer staples to its certificate, else by asking who the latter names.
   */
  OCSP;

  static Revocation of(String value) {
    return valueOf(value.toUpperCase(Locale.ROOT));
  }

  /** Makes the building of chains ask. */
  void addTo(PKIXBuilderParameters parameters) throws NoSuchAlgorithmException {
    parameters.setRevocationEnabled(this != OFF);
    if (this != OFF) {
      PKIXRevocationChecker checker =
          (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
      Set<Option> options = EnumSet.of(Option.NO_FALLBACK);
      if (this == CRL) {
        options.add(Option.PREFER_CRLS);
      }
      checker.setOptions(options);
      parameters.addCertPathChecker(checker);
    }
  }
}
