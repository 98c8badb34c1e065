package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Objects;
import javax.net.ssl.X509ExtendedKeyManager;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldKeysTest {

  @Test
  void theKeyOfAnEntryIsDecryptedOnceHoweverOftenItIsChosen(@TempDir Path folder) throws Exception {
    TestIdentity identity = new TestCertificates(folder).issue().commonName("x").make();
    StoreFile file =
        new StoreFile(
            "test",
            identity.write(folder.resolve("own.p12"), "PKCS12"),
            "PKCS12",
            TestCertificates.PASSWORD);
    X509ExtendedKeyManager keys = (X509ExtendedKeyManager) file.keyManagers(null)[0];
    String first = Objects.requireNonNull(keys.chooseEngineServerAlias("EC", null, null));
    String second = Objects.requireNonNull(keys.chooseEngineServerAlias("EC", null, null));
    assertThat(second).as("the JDK names it anew").isNotEqualTo(first);
    assertThat(keys.getPrivateKey(second)).isNotNull().isSameAs(keys.getPrivateKey(first));
    assertThat(keys.getCertificateChain(second)).contains(identity.certificate());
    assertThat(keys.getPrivateKey("9.9.nobody")).isNull();
    assertThat(keys.getCertificateChain("9.9.nobody")).isNull();
  }
}
