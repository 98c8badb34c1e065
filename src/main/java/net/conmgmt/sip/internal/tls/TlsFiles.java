package net.conmgmt.sip.internal.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import org.jspecify.annotations.Nullable;

/**
 * The files of a stack's own certificate and of the certificates that it trusts. The RI names them
 * {@code javax.net.ssl.keyStore} and {@code javax.net.ssl.trustStore}, and reads them itself when
 * the stack is made: it takes PKCS12 and JKS only. The {@code TLS_…_FILE} properties of this
 * library come before those and take PEM too.
 *
 * <p>Immutable and thread-safe; each call reads the files anew.
 */
public final class TlsFiles {

  private static final String RI = "javax.net.ssl.";

  private final @Nullable StoreFile own;
  private final @Nullable Path ownKey;
  private final @Nullable StoreFile trusted;
  private final boolean wildcards;
  private final Revocation revocation;

  /**
   * Takes the names of the files from a stack's properties; reads none.
   *
   * @throws IllegalArgumentException when {@code TLS_KEY_FILE} stands alone
   */
  public TlsFiles(Properties raw, ConnectionManagementProperties properties) {
    own = file(raw, properties.text(Key.TLS_CERTIFICATE_FILE), Key.TLS_CERTIFICATE_FILE, "key");
    trusted = file(raw, properties.text(Key.TLS_TRUST_FILE), Key.TLS_TRUST_FILE, "trust");
    String key = properties.text(Key.TLS_KEY_FILE);
    ownKey = key.isEmpty() ? null : Path.of(key);
    if (ownKey != null && own == null) {
      throw new IllegalArgumentException(
          "Property "
              + Key.TLS_KEY_FILE.propertyName()
              + " = '"
              + key
              + "': expected "
              + Key.TLS_CERTIFICATE_FILE.propertyName()
              + " too, found none");
    }
    wildcards = properties.isOn(Key.TLS_WILDCARDS);
    revocation = Revocation.of(properties.text(Key.TLS_REVOCATION));
  }

  private static @Nullable StoreFile file(
      Properties raw, String ours, Key property, String storeName) {
    String theirs = raw.getProperty(RI + storeName + "Store");
    String password = raw.getProperty(RI + storeName + "StorePassword");
    if (password == null && storeName.equals("trust")) {
      // As the RI has it.
      password = raw.getProperty(RI + "keyStorePassword");
    }
    if (!ours.isEmpty()) {
      return new StoreFile(property.propertyName(), Path.of(ours), null, password);
    }
    return theirs == null
        ? null
        : new StoreFile(
            RI + storeName + "Store",
            Path.of(theirs),
            raw.getProperty(RI + storeName + "StoreType"),
            password);
  }

  /** Every file that is read. */
  public List<Path> paths() {
    List<Path> paths = new ArrayList<>();
    if (own != null) {
      paths.add(own.path());
    }
    if (ownKey != null) {
      paths.add(ownKey);
    }
    if (trusted != null) {
      paths.add(trusted.path());
    }
    return paths;
  }

  /**
   * Reads the own certificate and key; none where no file is named.
   *
   * @throws IOException when a file cannot be read, saying which, what was expected and found
   * @throws GeneralSecurityException when the JDK cannot use what is in it
   */
  public KeyManager[] keyManagers() throws IOException, GeneralSecurityException {
    return own == null ? new KeyManager[0] : own.keyManagers(ownKey);
  }

  /**
   * Reads the trusted certificates; those of the JVM where no file is named. What it makes checks
   * the chain, and the name of a proxy where the TLS engine knows it.
   *
   * @throws IOException as {@link #keyManagers()}
   * @throws GeneralSecurityException as {@link #keyManagers()}
   */
  public TrustManager[] trustManagers() throws IOException, GeneralSecurityException {
    return new TrustManager[] {
      new PeerTrust(
          trusted == null ? trustedByJvm() : trusted.trusted(),
          trusted == null ? "the JVM's trusted certificates" : trusted.toString(),
          wildcards,
          revocation)
    };
  }

  private static List<X509Certificate> trustedByJvm() throws GeneralSecurityException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init((KeyStore) null);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return List.of(x509.getAcceptedIssuers());
      }
    }
    throw new GeneralSecurityException("The JVM has no trusted certificates");
  }
}
