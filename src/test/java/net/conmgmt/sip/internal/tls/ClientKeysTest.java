package net.conmgmt.sip.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.KeyStore;
import java.security.Principal;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import net.conmgmt.sip.testing.CertificateRequest;
import net.conmgmt.sip.testing.TestCertificates;
import net.conmgmt.sip.testing.TestIdentity;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of its own certificates a client shows to a server that asks for one. */
class ClientKeysTest {

  private static final String[] TYPES = {"EC", "RSA"};

  @TempDir private Path folder;
  private TestCertificates authority;
  private final Map<String, CertificateRequest> store = new LinkedHashMap<>();

  @BeforeEach
  void makeAuthority() throws Exception {
    authority = new TestCertificates(folder);
  }

  /** The JDK's simple kind, which does not look at usages. */
  private KeyManager[] managers() throws Exception {
    char[] password = TestCertificates.PASSWORD.toCharArray();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    for (Map.Entry<String, CertificateRequest> entry : store.entrySet()) {
      TestIdentity identity = entry.getValue().commonName(entry.getKey()).make();
      keys.setKeyEntry(
          entry.getKey(),
          identity.key(),
          password,
          identity.chain().toArray(X509Certificate[]::new));
    }
    KeyManagerFactory factory = KeyManagerFactory.getInstance("SunX509");
    factory.init(keys, password);
    return factory.getKeyManagers();
  }

  private static @Nullable String chosenBy(KeyManager manager) {
    return ((X509ExtendedKeyManager) manager)
        .chooseEngineClientAlias(TYPES, new Principal[0], null);
  }

  @Test
  void oneForServersOnlyIsNotShownAndNamed() throws Exception {
    store.put("server", authority.issue().serverOnly());
    KeyManager[] managers = managers();
    assertThat(chosenBy(managers[0])).isEqualTo("server");
    assertThat(chosenBy(ClientKeys.of(managers)[0])).isNull();
    assertThat(ClientKeys.notShown(managers)).containsExactly("CN=server");
  }

  @Test
  void anotherThatIsGoodForClientsIsShownInItsPlace() throws Exception {
    store.put("one", authority.issue().serverOnly());
    store.put("two", authority.issue().clientOnly());
    store.put("three", authority.issue().serverOnly());
    store.put("four", authority.issue().serverOnly());
    KeyManager[] managers = managers();
    assertThat(chosenBy(managers[0])).isNotEqualTo("two");
    assertThat(chosenBy(ClientKeys.of(managers)[0])).isEqualTo("two");
  }

  @Test
  void oneThatNamesNoUsageOrAnyUsageIsShown() throws Exception {
    store.put("plain", authority.issue());
    assertThat(chosenBy(ClientKeys.of(managers())[0])).isEqualTo("plain");
    store.clear();
    store.put("any", authority.issue().forAnyUse());
    assertThat(chosenBy(ClientKeys.of(managers())[0])).isEqualTo("any");
    assertThat(ClientKeys.notShown(managers())).isEmpty();
  }
}
