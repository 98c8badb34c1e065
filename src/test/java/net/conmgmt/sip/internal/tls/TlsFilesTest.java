package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Properties;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys and trusted certificates from files of every kind. */
class TlsFilesTest {

  private static final String OURS = "net.conmgmt.sip.TLS_";
  private static final String RI = "javax.net.ssl.";

  @TempDir private Path folder;
  private TestCertificates authority;
  private TestIdentity identity;

  @BeforeEach
  void makeIdentity() throws Exception {
    authority = new TestCertificates(folder);
    identity = authority.issue().names("dns:proxy.contoso.test").viaIntermediate(true).make();
  }

  private static TlsFiles files(String... pairs) {
    Properties raw = new Properties();
    for (int i = 0; i < pairs.length; i += 2) {
      raw.setProperty(pairs[i], pairs[i + 1]);
    }
    return new TlsFiles(raw, ConnectionManagementProperties.of(raw));
  }

  private String file(String name, String content) throws Exception {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  private void assertShowsIdentity(TlsFiles files) throws Exception {
    X509ExtendedKeyManager keys = (X509ExtendedKeyManager) files.keyManagers()[0];
    String alias = keys.getServerAliases("EC", null)[0];
    assertThat(keys.getCertificateChain(alias)).containsExactlyElementsOf(identity.chain());
    assertThat(keys.getPrivateKey(alias)).isEqualTo(identity.key());
  }

  @ParameterizedTest
  @CsvSource({
    "javax.net.ssl.keyStore, PKCS12",
    "javax.net.ssl.keyStore, JKS",
    "net.conmgmt.sip.TLS_CERTIFICATE_FILE, PKCS12",
    "net.conmgmt.sip.TLS_CERTIFICATE_FILE, JKS"
  })
  void keyStoresAreReadUnderTheNamesOfTheRiAndOurs(String property, String type) throws Exception {
    String store = identity.write(folder.resolve("keys"), type).toString();
    assertShowsIdentity(files(property, store, RI + "keyStorePassword", TestCertificates.PASSWORD));
  }

  @Test
  void pemMayHoldTheChainAndTheKeyInAnyOrder() throws Exception {
    String text = "a comment\n" + identity.keyPem() + identity.chainPem();
    assertShowsIdentity(files(OURS + "CERTIFICATE_FILE", file("all.pem", text)));
    // Saved with the line ends of Windows.
    String crlf = (identity.chainPem() + identity.keyPem()).replace("\n", "\r\n");
    assertShowsIdentity(files(OURS + "CERTIFICATE_FILE", file("crlf.pem", crlf)));
  }

  @Test
  void pemMayHaveItsKeyInAFileOfItsOwn() throws Exception {
    TlsFiles files =
        files(
            OURS + "CERTIFICATE_FILE",
            file("chain.pem", identity.chainPem()),
            OURS + "KEY_FILE",
            file("key.pem", identity.keyPem()));
    assertShowsIdentity(files);
    assertThat(files.paths()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"RSA, RSA", "EC, EC", "Ed25519, EdDSA"})
  void aKeyOfAnotherCertificateIsFoundOut(String algorithm, String found) throws Exception {
    var other = KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate();
    assertThat(other.getAlgorithm()).isEqualTo(found);
    TestIdentity mixed = new TestIdentity(other, identity.chain());
    String pem = file("mixed.pem", mixed.chainPem() + mixed.keyPem());
    assertThatThrownBy(() -> files(OURS + "CERTIFICATE_FILE", pem).keyManagers())
        .hasMessageContaining("PEM file " + pem + ": expected ")
        .hasMessageContaining("first certificate");
  }

  @ParameterizedTest
  @CsvSource({
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
  })
  void aKeyOfAnotherKindIsRefusedWithTheCommandThatConvertsIt(String label) throws Exception {
    String key = identity.keyPem().replace("PRIVATE KEY", label);
    String pem = file("old.pem", identity.chainPem() + key);
    assertThatThrownBy(() -> files(OURS + "CERTIFICATE_FILE", pem).keyManagers())
        .hasMessage(
            "PEM file "
                + pem
                + ": expected an unencrypted PKCS#8 key (BEGIN PRIVATE KEY), found BEGIN "
                + label
                + "; convert it with: openssl pkcs8 -topk8 -nocrypt -in <this file> -out <new"
                + " file>");
  }

  @Test
  void whatIsMissingIsSaid() throws Exception {
    String chain = file("chain.pem", identity.chainPem());
    String key = file("key.pem", identity.keyPem());
    String gone = folder.resolve("gone.pem").toString();
    assertThatThrownBy(() -> files(OURS + "CERTIFICATE_FILE", chain).keyManagers())
        .hasMessageContaining("expected one private key (BEGIN PRIVATE KEY), found 0");
    assertThatThrownBy(() -> files(OURS + "CERTIFICATE_FILE", key).keyManagers())
        .hasMessageContaining("expected a certificate (BEGIN CERTIFICATE), found none");
    assertThatThrownBy(() -> files(OURS + "CERTIFICATE_FILE", gone).keyManagers())
        .hasMessage("There is no file " + gone + " (net.conmgmt.sip.TLS_CERTIFICATE_FILE)");
    assertThatThrownBy(
            () -> files(OURS + "CERTIFICATE_FILE", chain, OURS + "KEY_FILE", gone).keyManagers())
        .hasMessage("There is no file " + gone + " (net.conmgmt.sip.TLS_KEY_FILE)");
    assertThatThrownBy(() -> files(OURS + "KEY_FILE", key))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected net.conmgmt.sip.TLS_CERTIFICATE_FILE too, found none");
    assertThatThrownBy(() -> files(OURS + "TRUST_FILE", key).trustManagers())
        .hasMessageContaining("(net.conmgmt.sip.TLS_TRUST_FILE): expected trusted certificates");
  }

  @Test
  void aBrokenOrForeignFileIsRefusedByName() throws Exception {
    String store = identity.write(folder.resolve("keys"), "PKCS12").toString();
    assertThatThrownBy(
            () -> files(RI + "keyStore", store, RI + "keyStorePassword", "wrong").keyManagers())
        .hasMessageContaining(
            store
                + " (javax.net.ssl.keyStore) is neither PEM nor a readable PKCS12 or JKS key store"
                + " (keystore password was incorrect). For a key store set its password in"
                + " javax.net.ssl.keyStorePassword");
    assertThatThrownBy(() -> files(OURS + "CERTIFICATE_FILE", store).keyManagers())
        .hasMessageEndingWith("in javax.net.ssl.keyStorePassword, which is not set")
        .hasMessageNotContaining("null");
    assertThatThrownBy(
            () -> files(OURS + "TRUST_FILE", store, RI + "trustStorePassword", "w").trustManagers())
        .hasMessageContaining("set its password in javax.net.ssl.trustStorePassword");
    String text = file("words", "no keys");
    assertThatThrownBy(() -> files(OURS + "TRUST_FILE", text).trustManagers())
        .hasMessageContaining(text + " (net.conmgmt.sip.TLS_TRUST_FILE) is neither PEM");
    String cut = file("cut.pem", authority.rootPem().replaceFirst("\n.{40}", "\n"));
    assertThatThrownBy(() -> files(OURS + "TRUST_FILE", cut).trustManagers())
        .hasMessageContaining("PEM file " + cut + ": expected certificates, found one that cannot");
    String shuffled =
        file(
            "shuffled.pem",
            identity.keyPem()
                + new TestIdentity(
                        identity.key(), List.of(identity.certificate(), authority.root()))
                    .chainPem());
    assertThatThrownBy(() -> files(OURS + "CERTIFICATE_FILE", shuffled).keyManagers())
        .hasMessageContaining("expected the certificate and then each one's issuer");
  }

  @Test
  void trustedCertificatesComeFromPemAndKeyStores() throws Exception {
    String pem = file("trust.pem", authority.rootPem() + identity.chainPem());
    assertThat(trusted(files(OURS + "TRUST_FILE", pem)))
        .contains(authority.root())
        .containsAll(identity.chain());
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("root", authority.root());
    Path file = folder.resolve("trust.p12");
    try (var out = Files.newOutputStream(file)) {
      store.store(out, TestCertificates.PASSWORD.toCharArray());
    }
    String password = TestCertificates.PASSWORD;
    assertThat(
            trusted(files(RI + "trustStore", file.toString(), RI + "trustStorePassword", password)))
        .containsExactly(authority.root());
    // As the RI has it: the password of the keys where there is no other.
    assertThat(
            trusted(files(RI + "trustStore", file.toString(), RI + "keyStorePassword", password)))
        .containsExactly(authority.root());
    assertThat(trusted(files(RI + "trustStore", file.toString(), OURS + "TRUST_FILE", pem)))
        .hasSizeGreaterThan(1);
  }

  @Test
  void withoutFilesThereIsNoKeyAndTheJvmsTrust() throws Exception {
    assertThat(files().keyManagers()).isEmpty();
    assertThat(trusted(files())).hasSizeGreaterThan(1).doesNotContain(authority.root());
  }

  private static X509Certificate[] trusted(TlsFiles files) throws Exception {
    return ((X509TrustManager) files.trustManagers()[0]).getAcceptedIssuers();
  }
}
