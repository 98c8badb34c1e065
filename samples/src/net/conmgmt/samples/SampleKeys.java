package net.conmgmt.samples;

import gov.nist.core.net.SecurityManagerProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Keys and trusted certificates of a sample, for the stack property {@code
 * gov.nist.javax.sip.SECURITY_MANAGER_PROVIDER_CLASS}. Besides the key stores that the RI reads it
 * takes certificates as PEM, and a PKCS12 trust store without a password.
 */
public final class SampleKeys implements SecurityManagerProvider {

  /** The file of {@code --trust}. */
  static final String TRUST = "net.conmgmt.samples.TRUST";

  private static final String STORE = "javax.net.ssl.";

  private KeyManager[] keys = {};
  private TrustManager[] trusted = {};

  /** Made by the stack. */
  public SampleKeys() {}

  @Override
  public void init(Properties properties) throws GeneralSecurityException, IOException {
    keys = keyManagers(properties);
    String file = properties.getProperty(TRUST, properties.getProperty(STORE + "trustStore"));
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore store =
        file == null
            ? null
            : trust(Path.of(file), properties.getProperty(STORE + "trustStorePassword"));
    factory.init(store);
    trusted = factory.getTrustManagers();
  }

  private static KeyManager[] keyManagers(Properties properties)
      throws GeneralSecurityException, IOException {
    String file = properties.getProperty(STORE + "keyStore");
    if (file == null) {
      return new KeyManager[0];
    }
    String type = properties.getProperty(STORE + "keyStoreType", "PKCS12");
    char[] password = properties.getProperty(STORE + "keyStorePassword", "").toCharArray();
    KeyStore store = KeyStore.getInstance(type);
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      store.load(in, password);
    } catch (IOException e) {
      throw new IOException(
          "Reading the key store "
              + file
              + " failed; expected a "
              + type
              + " file and its password: "
              + e.getMessage(),
          e);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password);
    return factory.getKeyManagers();
  }

  /**
   * Reads trusted certificates.
   *
   * @throws IOException naming the file and what was expected
   */
  static KeyStore trust(Path file, @Nullable String password)
      throws GeneralSecurityException, IOException {
    String name = file.toString().toLowerCase(Locale.ROOT);
    KeyStore store =
        name.endsWith(".p12") || name.endsWith(".pfx") ? pkcs12(file, password) : pem(file);
    if (store.size() == 0) {
      throw new IOException("Trusted certificates " + file + ": expected some, found none");
    }
    return store;
  }

  private static KeyStore pem(Path file) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      int number = 0;
      for (Certificate certificate : all) {
        store.setCertificateEntry("trusted-" + number++, certificate);
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "Trusted certificates " + file + ": expected PEM, or a name that ends in .p12", e);
    }
    return store;
  }

  private static KeyStore pkcs12(Path file, @Nullable String password)
      throws GeneralSecurityException, IOException {
    List<char @Nullable []> passwords =
        password == null
            ? Arrays.asList("changeit".toCharArray(), null, new char[0])
            : List.<char @Nullable []>of(password.toCharArray());
    List<IOException> failures = new ArrayList<>();
    for (char[] candidate : passwords) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(file)) {
        store.load(in, candidate);
        if (store.size() > 0) {
          return store;
        }
      } catch (IOException e) {
        failures.add(e);
      }
    }
    IOException failure =
        new IOException(
            "Trusted certificates "
                + file
                + ": expected a PKCS12 file without password or with that of the property "
                + STORE
                + "trustStorePassword (default changeit)");
    failures.forEach(failure::addSuppressed);
    throw failure;
  }

  @Override
  public KeyManager[] getKeyManagers(boolean client) {
    return keys.clone();
  }

  @Override
  public TrustManager[] getTrustManagers(boolean client) {
    return trusted.clone();
  }
}
