package net.conmgmt.sip.internal.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import org.jspecify.annotations.Nullable;

/**
 * A file of keys or trusted certificates that a stack property names. Its content tells its format:
 * PEM, otherwise the type that the property names, otherwise PKCS12 or JKS. Immutable.
 *
 * @param property the property that names the file
 * @param type a key store type, or null for what the JDK finds out itself
 * @param password the password of the store and its keys, or null
 */
record StoreFile(String property, Path path, @Nullable String type, @Nullable String password) {

  private static final String KEY_PROPERTY = Key.TLS_KEY_FILE.propertyName();
  private static final char[] NO_PASSWORD = {};

  /**
   * Reads own certificates with their keys.
   *
   * @param keyFile the PEM file of the private key where it is not in this one, or null
   */
  KeyManager[] keyManagers(@Nullable Path keyFile) throws IOException, GeneralSecurityException {
    byte[] content = content(path);
    if (!PemFile.isPem(content)) {
      if (keyFile != null) {
        throw new IOException(
            this
                + ": expected PEM, because TLS_KEY_FILE names its private key; found something"
                + " else. Key stores hold their keys themselves");
      }
      char[] secret = password == null ? NO_PASSWORD : password.toCharArray();
      return keyManagers(store(content, secret, "javax.net.ssl.keyStorePassword"), secret);
    }
    PemFile pem = new PemFile(path, content);
    if (pem.certificates().isEmpty()) {
      throw new IOException(this + ": expected a certificate (BEGIN CERTIFICATE), found none");
    }
    X509Certificate own = pem.certificates().get(0);
    PemFile holder = keyFile == null ? pem : new PemFile(keyFile, content(keyFile));
    KeyStore store = emptyStore();
    try {
      store.setKeyEntry(
          "pem",
          holder.keyOf(own),
          NO_PASSWORD,
          pem.certificates().toArray(new X509Certificate[0]));
    } catch (GeneralSecurityException e) {
      throw new IOException(
          this + ": expected the certificate and then each one's issuer, found: " + e.getMessage(),
          e);
    }
    return keyManagers(store, NO_PASSWORD);
  }

  private static KeyManager[] keyManagers(KeyStore store, char[] password)
      throws GeneralSecurityException {
    // Of several certificates this kind takes that which suits the asked name and is valid.
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(store, password);
    KeyManager[] managers = factory.getKeyManagers();
    for (int i = 0; i < managers.length; i++) {
      if (managers[i] instanceof X509ExtendedKeyManager x509) {
        managers[i] = new HeldKeys(x509);
      }
    }
    return managers;
  }

  /** Reads trusted certificates; at least one. */
  List<X509Certificate> trusted() throws IOException, GeneralSecurityException {
    byte[] content = content(path);
    List<X509Certificate> trusted = new ArrayList<>();
    if (PemFile.isPem(content)) {
      trusted.addAll(new PemFile(path, content).certificates());
    } else {
      // Without a password the JDK leaves out what is encrypted, be it with an empty one.
      String secretProperty = "javax.net.ssl.trustStorePassword";
      KeyStore store =
          store(content, password == null ? null : password.toCharArray(), secretProperty);
      if (password == null && store.size() == 0) {
        store = store(content, NO_PASSWORD, secretProperty);
      }
      for (String alias : Collections.list(store.aliases())) {
        if (store.getCertificate(alias) instanceof X509Certificate certificate) {
          trusted.add(certificate);
        }
      }
    }
    if (trusted.isEmpty()) {
      throw new IOException(this + ": expected trusted certificates, found none");
    }
    return trusted;
  }

  private byte[] content(Path file) throws IOException {
    String named = file.equals(path) ? property : KEY_PROPERTY;
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new IOException("There is no file " + file + " (" + named + ")", e);
    } catch (IOException e) {
      throw new IOException("Cannot read " + file + " (" + named + "): " + e, e);
    }
  }

  private KeyStore store(byte[] content, char @Nullable [] secret, String secretProperty)
      throws IOException, GeneralSecurityException {
    // Either of the JDK's own two types reads the other one too.
    KeyStore store = KeyStore.getInstance(type == null ? "PKCS12" : type);
    try {
      store.load(new ByteArrayInputStream(content), secret);
    } catch (IOException e) {
      throw new IOException(
          this
              + " is neither PEM nor a readable "
              + (type == null ? "PKCS12 or JKS key store" : "key store of type " + type)
              + " ("
              + (e.getMessage() == null ? "reading it ended early" : e.getMessage())
              + "). For a key store set its password in "
              + secretProperty
              + (password == null ? ", which is not set" : ""),
          e);
    }
    return store;
  }

  private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  @Override
  public String toString() {
    return path + " (" + property + ")";
  }
}
