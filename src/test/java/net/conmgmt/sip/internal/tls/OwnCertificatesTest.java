package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import net.conmgmt.sip.testing.CertificateRequest;
import net.conmgmt.sip.testing.TestCertificates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a certificate is said before a peer refuses it. */
class OwnCertificatesTest {

  @TempDir Path folder;

  private static List<String> faultsOf(CertificateRequest request) throws Exception {
    KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
    managers.init(request.make().keyStore("PKCS12"), TestCertificates.PASSWORD.toCharArray());
    return OwnCertificates.faults(managers.getKeyManagers());
  }

  @Test
  void aGoodCertificateHasNoFault() throws Exception {
    assertThat(faultsOf(new TestCertificates(folder).issue().commonName("good"))).isEmpty();
  }

  @Test
  void anExpiredCertificateIsNamedWithItsDate() throws Exception {
    CertificateRequest expired =
        new TestCertificates(folder)
            .issue()
            .commonName("old")
            .valid(Duration.ofDays(-3), Duration.ofDays(-2));
    assertThat(faultsOf(expired)).singleElement().asString().contains("CN=old expired at ");
  }

  @Test
  void aCertificateThatIsSignedWithMd5IsNamedWithItsAlgorithmAndTheLengthOfItsKey()
      throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(768);
    CertificateRequest old =
        new TestCertificates(folder)
            .issueFor(generator.generateKeyPair())
            .commonName("md5")
            .selfSigned()
            .signedWith("MD5withRSA");
    assertThat(faultsOf(old))
        .singleElement()
        .asString()
        .contains("CN=md5 is signed with MD5withRSA", "768 bits");
  }

  @Test
  void ofARootNobodyLooksAtTheSignature() throws Exception {
    assertThat(
            faultsOf(
                TestCertificates.withMd5(folder)
                    .issue()
                    .commonName("good")
                    .signedWith("SHA256withRSA")))
        .isEmpty();
  }

  @Test
  void aWeakSignatureBetweenTheOwnCertificateAndTheRootIsNamed() throws Exception {
    assertThat(
            faultsOf(
                TestCertificates.withMd5(folder)
                    .issue()
                    .commonName("good")
                    .signedWith("SHA256withECDSA")
                    .viaIntermediate(true)))
        .singleElement()
        .asString()
        .contains("CN=Intermediate of ", "is signed with MD5withRSA");
  }
}
