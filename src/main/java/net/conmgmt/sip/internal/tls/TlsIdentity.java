package net.conmgmt.sip.internal.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Checks a proxy's own certificate before the proxy accepts TLS connections ([MS-CONMGMT] 3.3).
 * Stateless.
 */
public final class TlsIdentity {

  static final String[] KEY_TYPES = {"RSA", "EC", "EdDSA", "RSASSA-PSS", "DSA"};

  private TlsIdentity() {}

  /**
   * Checks that a certificate with a private key is there, valid now, and carries the name.
   *
   * @param fqdn the proxy's own name
   * @throws GeneralSecurityException saying what is wrong with which certificate
   */
  public static void verifyOwn(
      KeyManager @Nullable [] keyManagers, String fqdn, boolean wildcardsAllowed)
      throws GeneralSecurityException {
    List<String> faults = new ArrayList<>();
    if (keyManagers != null) {
      for (KeyManager manager : keyManagers) {
        if (manager instanceof X509KeyManager x509) {
          for (String keyType : KEY_TYPES) {
            String[] aliases = x509.getServerAliases(keyType, null);
            for (String alias : aliases == null ? new String[0] : aliases) {
              String fault = faultOf(x509, alias, fqdn, wildcardsAllowed);
              if (fault == null) {
                return;
              }
              faults.add(fault);
            }
          }
        }
      }
    }
    throw new GeneralSecurityException(
        "This proxy cannot show that it is "
            + fqdn
            + " (net.conmgmt.sip.FQDN): "
            + (faults.isEmpty()
                ? "expected a certificate with its private key, found none; see"
                    + " javax.net.ssl.keyStore or net.conmgmt.sip.TLS_CERTIFICATE_FILE"
                : String.join("; ", faults)));
  }

  /** Whether there is a certificate with a private key, without which no client is accepted. */
  public static boolean isPresent(KeyManager[] keyManagers) {
    for (KeyManager manager : keyManagers) {
      if (manager instanceof X509KeyManager x509) {
        for (String keyType : KEY_TYPES) {
          String[] aliases = x509.getServerAliases(keyType, null);
          if (aliases != null && aliases.length > 0) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static @Nullable String faultOf(
      X509KeyManager manager, String alias, String fqdn, boolean wildcardsAllowed) {
    X509Certificate[] chain = manager.getCertificateChain(alias);
    PrivateKey key = manager.getPrivateKey(alias);
    if (chain == null || chain.length == 0) {
      return "the entry " + alias + " has no certificate";
    }
    if (key == null) {
      return chain[0].getSubjectX500Principal() + " has no private key";
    }
    try {
      PeerIdentity.verify(chain[0], fqdn, wildcardsAllowed);
      return null;
    } catch (SSLPeerUnverifiedException e) {
      return e.getMessage();
    }
  }
}
