package net.conmgmt.sip.testing;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certification authority for one test, and the key stores that the RI reads. */
public final class TestCertificates {

  /** The password of every store. */
  public static final String PASSWORD = "changeit";

  // So many digits for all, so that certificates of the same names have the same length.
  private static final AtomicLong SERIAL = new AtomicLong(1_000_000);

  private final Path folder;
  private final String signature;
  private final KeyPair keys;
  private final String rootName = "CN=Test Root " + nextSerial();
  private final X509Certificate root;

  /** Makes the authority; its files go into {@code folder}. */
  public TestCertificates(Path folder) throws Exception {
    this(folder, "SHA256withECDSA", newKeys());
  }

  private TestCertificates(Path folder, String signature, KeyPair keys) throws Exception {
    this.folder = folder;
    this.signature = signature;
    this.keys = keys;
    root =
        new CertificateRequest(this, keys)
            .authority()
            .commonName(rootName.substring("CN=".length()))
            .valid(Duration.ofDays(-3), Duration.ofDays(2))
            .signed(rootName, keys);
  }

  /** An authority with Ed25519, whose signatures all have the same length. */
  public static TestCertificates withEd25519(Path folder) throws Exception {
    return new TestCertificates(folder, "Ed25519", newEd25519Keys());
  }

  /** An authority as there were many once: it signs all, its own certificate included, with MD5. */
  public static TestCertificates withMd5(Path folder) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2_048);
    return new TestCertificates(folder, "MD5withRSA", generator.generateKeyPair());
  }

  private static KeyPair newEd25519Keys() throws Exception {
    return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
  }

  static KeyPair newKeys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  static long nextSerial() {
    return SERIAL.getAndIncrement();
  }

  KeyPair keys() {
    return keys;
  }

  String signature() {
    return signature;
  }

  String rootName() {
    return rootName;
  }

  /** The certificate of this authority. */
  public X509Certificate root() {
    return root;
  }

  /** The certificate of this authority as PEM. */
  public String rootPem() throws Exception {
    return TestIdentity.pem("CERTIFICATE", root.getEncoded());
  }

  /** Begins a certificate of this authority for a new key. */
  public CertificateRequest issue() throws Exception {
    return issueFor(signature.equals("Ed25519") ? newEd25519Keys() : newKeys());
  }

  /** A certificate for keys of another kind. */
  public CertificateRequest issueFor(KeyPair keys) {
    return new CertificateRequest(this, keys);
  }

  /** A key store with a certificate that is valid now; each name is {@code dns:}, {@code ip:} … */
  public Path keyStore(String commonName, String... alternativeNames) throws Exception {
    return pkcs12(issue().commonName(commonName).names(alternativeNames).make());
  }

  /** A key store with a certificate that is valid from and to the given distances from now. */
  public Path keyStore(String commonName, Duration from, Duration to, String... alternativeNames)
      throws Exception {
    return pkcs12(issue().commonName(commonName).valid(from, to).names(alternativeNames).make());
  }

  /** A PKCS12 file of {@code identity}. */
  public Path pkcs12(TestIdentity identity) throws Exception {
    return identity.write(Files.createTempFile(folder, "store", ".p12"), "PKCS12");
  }

  /** What a client trusts: this authority. */
  public Path trustStore() throws Exception {
    Path file = Files.createTempFile(folder, "store", ".p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      trusted().store(out, PASSWORD.toCharArray());
    }
    return file;
  }

  /** What a raw TLS client needs that trusts this authority. */
  public SSLContext clientContext() throws Exception {
    TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
    managers.init(trusted());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }

  /**
   * What a raw TLS server needs that shows {@code identity} and trusts clients of this authority.
   */
  public SSLContext serverContext(TestIdentity identity) throws Exception {
    TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
    managers.init(trusted());
    return identity.serverContext(managers.getTrustManagers());
  }

  KeyStore trusted() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("root", root);
    return store;
  }

  /** Properties of a managed stack that shows {@code keyStore} and trusts this authority. */
  public Properties properties(Path keyStore, String... pairs) throws Exception {
    Properties properties =
        Stacks.managed(
            "javax.net.ssl.keyStore",
            keyStore.toString(),
            "javax.net.ssl.keyStorePassword",
            PASSWORD,
            "javax.net.ssl.keyStoreType",
            "PKCS12",
            "javax.net.ssl.trustStore",
            trustStore().toString(),
            "javax.net.ssl.trustStorePassword",
            PASSWORD,
            "javax.net.ssl.trustStoreType",
            "PKCS12");
    properties.putAll(Stacks.managed(pairs));
    return properties;
  }
}
