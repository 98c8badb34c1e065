package net.conmgmt.sip.testing;

import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A certification authority for one test, and the key stores that the RI reads. */
public final class TestCertificates {

  /** The password of every store. */
  public static final String PASSWORD = "changeit";

  private static final AtomicLong SERIAL = new AtomicLong(1);

  private final Path folder;
  private final KeyPair keys = newKeys();
  private final String rootName = "CN=Test Root " + SERIAL.getAndIncrement();
  private final X509Certificate root;

  /** Makes the authority; its files go into {@code folder}. */
  public TestCertificates(Path folder) throws Exception {
    this.folder = folder;
    root =
        sign(
            builder(rootName, rootName, keys, Duration.ofDays(-1), Duration.ofDays(2))
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(true)),
            keys);
  }

  private static KeyPair newKeys() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static JcaX509v3CertificateBuilder builder(
      String issuer, String subject, KeyPair subjectKeys, Duration from, Duration to) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        new X500Principal(issuer),
        BigInteger.valueOf(SERIAL.getAndIncrement()),
        Date.from(now.plus(from)),
        Date.from(now.plus(to)),
        new X500Principal(subject),
        subjectKeys.getPublic());
  }

  private static X509Certificate sign(
      org.bouncycastle.cert.X509v3CertificateBuilder builder, KeyPair signer) throws Exception {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
  }

  /** A key store with a certificate that is valid now; each name is {@code dns:}, {@code ip:} … */
  public Path keyStore(String commonName, String... alternativeNames) throws Exception {
    return keyStore(commonName, Duration.ofDays(-1), Duration.ofDays(1), alternativeNames);
  }

  /** A key store with a certificate that is valid from and to the given distances from now. */
  public Path keyStore(String commonName, Duration from, Duration to, String... alternativeNames)
      throws Exception {
    KeyPair own = newKeys();
    org.bouncycastle.cert.X509v3CertificateBuilder builder =
        builder(rootName, "CN=" + commonName, own, from, to);
    if (alternativeNames.length > 0) {
      GeneralName[] names = new GeneralName[alternativeNames.length];
      for (int i = 0; i < names.length; i++) {
        String[] typeAndName = alternativeNames[i].split(":", 2);
        int type =
            switch (typeAndName[0]) {
              case "ip" -> GeneralName.iPAddress;
              case "uri" -> GeneralName.uniformResourceIdentifier;
              default -> GeneralName.dNSName;
            };
        names[i] = new GeneralName(type, typeAndName[1]);
      }
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    }
    return store(own, sign(builder, keys), root);
  }

  /** What a client trusts: this authority. */
  public Path trustStore() throws Exception {
    return store(null, root);
  }

  /** What a raw TLS client needs that trusts this authority. */
  public SSLContext clientContext() throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("root", root);
    TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
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

  private Path store(@Nullable KeyPair own, Certificate... chain) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    if (own == null) {
      store.setCertificateEntry("root", chain[0]);
    } else {
      store.setKeyEntry("server", own.getPrivate(), PASSWORD.toCharArray(), chain);
    }
    Path file = Files.createTempFile(folder, "store", ".p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, PASSWORD.toCharArray());
    }
    return file;
  }
}
