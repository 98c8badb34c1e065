package net.conmgmt.sip.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.List;
import java.util.stream.Stream;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;

/** The certificates of one kind of key, in files that all stacks read. */
final class TlsFixture implements AutoCloseable {

  /** What a server's certificate is for. */
  enum KeyKind {
    RSA("RSA", 2_048, "RSA-2048"),
    EC("EC", 256, "EC P-256");

    private final String algorithm;
    private final int bits;
    private final String text;

    KeyKind(String algorithm, int bits, String text) {
      this.algorithm = algorithm;
      this.bits = bits;
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private final Path folder = Files.createTempDirectory("bench-tls");
  private final Path keyStore;
  private final Path trustStore;
  private final String certificatesPem;
  private final String keyPem;

  private final KeyKind kind;

  TlsFixture(KeyKind kind) throws Exception {
    this.kind = kind;
    TestCertificates authority = new TestCertificates(folder);
    KeyPairGenerator generator = KeyPairGenerator.getInstance(kind.algorithm);
    generator.initialize(kind.bits);
    KeyPair keys = generator.generateKeyPair();
    TestIdentity identity = authority.issueFor(keys).names("ip:127.0.0.1").make();
    keyStore = authority.pkcs12(identity);
    trustStore = authority.trustStore();
    certificatesPem = identity.chainPem();
    keyPem = identity.keyPem();
  }

  /** Properties of a server that takes connections over TLS of these versions only, and others. */
  String[] properties(String versions, String... further) {
    List<String> own =
        List.of(
            SipServer.TRANSPORT + "=tls",
            "javax.net.ssl.keyStore=" + keyStore,
            "javax.net.ssl.keyStorePassword=" + TestCertificates.PASSWORD,
            "javax.net.ssl.keyStoreType=PKCS12",
            "javax.net.ssl.trustStore=" + trustStore,
            "javax.net.ssl.trustStorePassword=" + TestCertificates.PASSWORD,
            "javax.net.ssl.trustStoreType=PKCS12",
            "gov.nist.javax.sip.TLS_CLIENT_AUTH_TYPE=Disabled",
            "gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS=" + versions,
            "gov.nist.javax.sip.ENABLED_CIPHER_SUITES=TLS_AES_128_GCM_SHA256,"
                + "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    return Stream.concat(own.stream(), Stream.of(further)).toArray(String[]::new);
  }

  /** The certificate of a server and those above it, as other programs read them. */
  String certificatesPem() {
    return certificatesPem;
  }

  String keyPem() {
    return keyPem;
  }

  KeyKind kind() {
    return kind;
  }

  /** What clients trust. */
  Path trustStore() {
    return trustStore;
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
