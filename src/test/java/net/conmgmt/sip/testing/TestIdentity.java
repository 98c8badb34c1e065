package net.conmgmt.sip.testing;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** A private key and the certificates that a peer shows for it, in all the shapes of files. */
public record TestIdentity(PrivateKey key, List<X509Certificate> chain)
    implements TlsPeer.Identity {

  public TestIdentity {
    chain = List.copyOf(chain);
  }

  public X509Certificate certificate() {
    return chain.get(0);
  }

  /** A key store in memory. */
  public KeyStore keyStore(String type) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    store.load(null, null);
    store.setKeyEntry(
        "server",
        key,
        TestCertificates.PASSWORD.toCharArray(),
        chain.toArray(new X509Certificate[0]));
    return store;
  }

  @Override
  public SSLContext serverContext() throws Exception {
    return serverContext(null);
  }

  SSLContext serverContext(TrustManager @Nullable [] trusted) throws Exception {
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(keyStore("PKCS12"), TestCertificates.PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), trusted, null);
    return context;
  }

  /** Writes a key store. */
  public Path write(Path file, String type) throws Exception {
    try (OutputStream out = Files.newOutputStream(file)) {
      keyStore(type).store(out, TestCertificates.PASSWORD.toCharArray());
    }
    return file;
  }

  /** The chain as PEM. */
  public String chainPem() throws Exception {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : chain) {
      text.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    return text.toString();
  }

  /** The key as PKCS#8 PEM. */
  public String keyPem() {
    return pem("PRIVATE KEY", key.getEncoded());
  }

  static String pem(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }
}
