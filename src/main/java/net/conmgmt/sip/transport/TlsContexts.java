package net.conmgmt.sip.transport;

import gov.nist.core.net.DefaultSecurityManagerProvider;
import gov.nist.core.net.SecurityManagerProvider;
import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.stack.ClientAuthType;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Properties;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import net.conmgmt.sip.config.ConnectionManagementProperties;
import net.conmgmt.sip.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.tls.TlsIdentity;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The TLS set-up of one stack from the RI's own properties: key store, trust store, protocols,
 * cipher suites and whether clients must show a certificate. TLS 1.2 and 1.3 unless the property
 * names others; a client certificate is asked for only where the property says so. Immutable.
 */
final class TlsContexts {

  private static final Logger LOG = LogManager.getLogger(TlsContexts.class);
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
  private static final String PROTOCOLS_PROPERTY = "gov.nist.javax.sip.TLS_CLIENT_PROTOCOLS";
  private static final String CIPHERS_PROPERTY = "gov.nist.javax.sip.ENABLED_CIPHER_SUITES";
  private static final String PROVIDER_PROPERTY =
      "gov.nist.javax.sip.SECURITY_MANAGER_PROVIDER_CLASS";

  private final SSLContext server;
  private final SSLContext client;
  private final String[] protocols;
  private final String @Nullable [] ciphers;
  private final ClientAuthType clientAuth;

  /**
   * Reads the stack's properties.
   *
   * @throws IOException when the key material cannot be used, saying which and why
   */
  TlsContexts(SipStackImpl stack, ConnectionManagementProperties properties) throws IOException {
    Properties raw = stack.getConfigurationProperties();
    protocols =
        raw.getProperty(PROTOCOLS_PROPERTY) == null ? PROTOCOLS : stack.getEnabledProtocols();
    ciphers = raw.getProperty(CIPHERS_PROPERTY) == null ? null : stack.getEnabledCipherSuites();
    clientAuth = stack.getClientAuth();
    if (clientAuth == ClientAuthType.DisabledAll) {
      LOG.warn("TLS_CLIENT_AUTH_TYPE = DisabledAll is read as Disabled: proxies are verified");
    }
    try {
      SecurityManagerProvider provider = provider(raw);
      provider.init(raw);
      server = SSLContext.getInstance("TLS");
      client = SSLContext.getInstance("TLS");
      server.init(provider.getKeyManagers(false), provider.getTrustManagers(false), null);
      client.init(provider.getKeyManagers(true), provider.getTrustManagers(true), null);
      String fqdn = properties.text(Key.FQDN);
      if (!fqdn.isEmpty()) {
        TlsIdentity.verifyOwn(
            provider.getKeyManagers(false), fqdn, properties.isOn(Key.TLS_WILDCARDS));
      }
    } catch (GeneralSecurityException | ReflectiveOperationException e) {
      throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  private static SecurityManagerProvider provider(Properties raw)
      throws ReflectiveOperationException {
    String name = raw.getProperty(PROVIDER_PROPERTY);
    return name == null
        ? new DefaultSecurityManagerProvider()
        : Class.forName(name)
            .asSubclass(SecurityManagerProvider.class)
            .getDeclaredConstructor()
            .newInstance();
  }

  /** An engine for the opening side; the name goes out as SNI. */
  SSLEngine clientEngine(@Nullable String peerName, int port) {
    SSLEngine engine =
        peerName == null ? client.createSSLEngine() : client.createSSLEngine(peerName, port);
    engine.setUseClientMode(true);
    restrict(engine);
    return engine;
  }

  /** An engine for the accepting side. */
  SSLEngine serverEngine() {
    SSLEngine engine = server.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setNeedClientAuth(clientAuth == ClientAuthType.Enabled);
    if (clientAuth == ClientAuthType.Want) {
      engine.setWantClientAuth(true);
    }
    restrict(engine);
    return engine;
  }

  private void restrict(SSLEngine engine) {
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(protocols);
    if (ciphers != null) {
      parameters.setCipherSuites(ciphers);
    }
    engine.setSSLParameters(parameters);
  }
}
