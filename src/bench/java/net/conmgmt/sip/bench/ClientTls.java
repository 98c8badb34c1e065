package net.conmgmt.sip.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import net.conmgmt.sip.testing.ManyTlsClients;
import net.conmgmt.sip.testing.TestCertificates;
import org.jspecify.annotations.Nullable;

/** What clients need for TLS of one version. */
final class ClientTls {

  private final SSLContext context = SSLContext.getInstance("TLS");
  private final String version;

  /** Trusts the certificates in that file. */
  ClientTls(Path trustStore, String version) throws GeneralSecurityException, IOException {
    this.version = version;
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(trustStore)) {
      trusted.load(in, TestCertificates.PASSWORD.toCharArray());
    }
    TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
    managers.init(trusted);
    context.init(null, managers.getTrustManagers(), null);
  }

  /**
   * The JDK resumes a session with a peer that it knows by name and port.
   *
   * @param resumes a name for that, or null for a full handshake
   */
  SSLEngine engine(@Nullable String resumes) {
    SSLEngine engine =
        resumes == null ? context.createSSLEngine() : context.createSSLEngine(resumes, 1);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {version});
    return engine;
  }

  /** Connects many clients, each a user of its own from that number on. */
  void storm(ManyTlsClients many, int port, int count, int firstUser) throws IOException {
    many.connect(context, version, port, count, number -> register(firstUser + number));
  }

  private static String register(int user) {
    return new String(RegisterText.of(user, true, "TLS"), US_ASCII);
  }
}
