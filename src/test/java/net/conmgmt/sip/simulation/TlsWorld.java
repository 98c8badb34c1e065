package net.conmgmt.sip.simulation;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.testing.CertificateRequest;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;

/** The certificates of all worlds: good ones, and one that names another proxy. */
final class TlsWorld {

  private final Path folder;
  private final Path trusted;

  TlsWorld() {
    // The JDK derives a key for each key that a stack loads, which takes longer than a network.
    System.setProperty("keystore.pkcs12.keyPbeIterationCount", "1");
    try {
      folder = Files.createTempDirectory("simulation");
      // With signatures of different lengths a seed would not be one history.
      TestCertificates authority = TestCertificates.withEd25519(folder);
      trusted = Files.writeString(folder.resolve("root.pem"), authority.rootPem());
      for (String name : new String[] {"proxy0", "proxy1", "proxy2", "stranger"}) {
        CertificateRequest request = authority.issue();
        write(
            name,
            request
                .commonName(name + ".contoso.test")
                .names("dns:" + name + ".contoso.test")
                .make());
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void write(String name, TestIdentity identity) throws Exception {
    Files.writeString(folder.resolve(name + ".pem"), identity.chainPem() + identity.keyPem());
  }

  /** What a host needs that shows the certificate of that name. */
  Map<Key, String> shows(String name) {
    return Map.of(
        Key.TLS_CERTIFICATE_FILE, folder.resolve(name + ".pem").toString(),
        Key.TLS_TRUST_FILE, trusted.toString());
  }

  /** What a host needs that shows none. */
  Map<Key, String> trusts() {
    return Map.of(Key.TLS_TRUST_FILE, trusted.toString());
  }
}
