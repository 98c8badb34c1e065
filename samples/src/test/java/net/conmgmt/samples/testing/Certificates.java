package net.conmgmt.samples.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate that signs itself, made by the JDK's keytool, and who trusts it. */
public final class Certificates {

  /** Of the key store. */
  public static final String PASSWORD = "changeit";

  private final Path keyStore;
  private final Path trustFile;

  /** Makes a key store in that folder; names are written as {@code dns:a.test} or {@code ip:…}. */
  public Certificates(Path folder, String... names)
      throws IOException, InterruptedException, GeneralSecurityException {
    keyStore = folder.resolve("proxy.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "proxy",
                "-keyalg",
                "EC",
                "-dname",
                "CN=proxy",
                "-ext",
                "san=" + String.join(",", names),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                keyStore.toString())
            .redirectErrorStream(true)
            .start();
    String output =
        new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    if (keytool.waitFor() != 0) {
      throw new IOException("keytool failed: " + output);
    }
    trustFile = writeTrustFile(keyStore);
  }

  /** PKCS12, with {@link #PASSWORD}. It also serves as trust store. */
  public Path keyStore() {
    return keyStore;
  }

  /** What a client shakes hands with that trusts this certificate and no other. */
  public SSLContext clientContext() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keyStore)) {
      store.load(in, PASSWORD.toCharArray());
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("proxy", store.getCertificate("proxy"));
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  /** A PEM file of the certificate, for those who trust it. */
  public Path trustFile() {
    return trustFile;
  }

  private static Path writeTrustFile(Path keyStore) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keyStore)) {
      store.load(in, PASSWORD.toCharArray());
    }
    String encoded =
        java.util.Base64.getMimeEncoder()
            .encodeToString(store.getCertificate("proxy").getEncoded());
    return Files.writeString(
        keyStore.resolveSibling("trusted.pem"),
        "-----BEGIN CERTIFICATE-----\n" + encoded + "\n-----END CERTIFICATE-----\n");
  }
}
