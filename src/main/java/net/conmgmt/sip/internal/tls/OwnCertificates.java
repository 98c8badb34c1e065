package net.conmgmt.sip.internal.tls;

import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why peers will refuse the certificates that a stack shows. The JDK says only that there
 * is "no available authentication scheme".
 */
public final class OwnCertificates {

  private static final int LEAST_RSA_BITS = 1_024;

  private OwnCertificates() {}

  /** One text for each certificate that peers refuse, whatever they trust. */
  public static List<String> faults(KeyManager @Nullable [] keyManagers) {
    List<String> faults = new ArrayList<>();
    for (X509Certificate[] chain : chains(keyManagers)) {
      for (int i = 0; i < chain.length; i++) {
        faultOf(chain[i], i == 0).ifPresent(faults::add);
      }
    }
    return faults;
  }

  /** The one that is shown first in its chain and expires before the others; null for none. */
  public static @Nullable X509Certificate firstToExpire(KeyManager @Nullable [] keyManagers) {
    return chains(keyManagers).stream()
        .filter(chain -> chain.length > 0)
        .map(chain -> chain[0])
        .min(Comparator.comparing(X509Certificate::getNotAfter))
        .orElse(null);
  }

  /** The chain of each entry that a server may show. */
  private static List<X509Certificate[]> chains(KeyManager @Nullable [] keyManagers) {
    List<X509Certificate[]> chains = new ArrayList<>();
    for (KeyManager manager : keyManagers == null ? new KeyManager[0] : keyManagers) {
      if (manager instanceof X509KeyManager x509) {
        Set<String> aliases = new TreeSet<>();
        for (String keyType : TlsIdentity.KEY_TYPES) {
          String[] found = x509.getServerAliases(keyType, null);
          aliases.addAll(found == null ? List.of() : List.of(found));
        }
        aliases.stream()
            .map(x509::getCertificateChain)
            .filter(Objects::nonNull)
            .forEach(chains::add);
      }
    }
    return chains;
  }

  private static Optional<String> faultOf(X509Certificate certificate, boolean shownFirst) {
    List<String> faults = new ArrayList<>();
    String dates = ChainFault.outOfDate(certificate);
    if (dates != null) {
      faults.add(dates);
    }
    String subject = String.valueOf(certificate.getSubjectX500Principal());
    String algorithm = certificate.getSigAlgName();
    String digest = algorithm.toLowerCase(Locale.ROOT).replaceFirst("with.*", "");
    if (disabledDigests().contains(digest) && (shownFirst || !isSelfIssued(certificate))) {
      faults.add(subject + " is signed with " + algorithm + ", which the JDK has disabled");
    }
    if (certificate.getPublicKey() instanceof RSAPublicKey key
        && key.getModulus().bitLength() < LEAST_RSA_BITS) {
      faults.add(
          subject
              + " has an RSA key of "
              + key.getModulus().bitLength()
              + " bits; expected at least "
              + LEAST_RSA_BITS);
    }
    return faults.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", faults));
  }

  /** Of a root nobody looks at the signature. */
  private static boolean isSelfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  /** Those that are disabled without a condition. */
  private static Set<String> disabledDigests() {
    String disabled = Security.getProperty("jdk.certpath.disabledAlgorithms");
    return Stream.of((disabled == null ? "" : disabled).split(","))
        .map(entry -> entry.trim().toLowerCase(Locale.ROOT))
        .filter(Predicate.not(entry -> entry.contains(" ")))
        .collect(Collectors.toSet());
  }
}
