package net.conmgmt.sip.internal.transport;

import gov.nist.core.net.SecurityManagerProvider;
import gov.nist.javax.sip.SipStackImpl;
import gov.nist.javax.sip.stack.ClientAuthType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.CertificateExpiry;
import net.conmgmt.sip.internal.connection.StackScheduler;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.tls.ClientKeys;
import net.conmgmt.sip.internal.tls.OwnCertificates;
import net.conmgmt.sip.internal.tls.Reloading;
import net.conmgmt.sip.internal.tls.ServerName;
import net.conmgmt.sip.internal.tls.TlsFiles;
import net.conmgmt.sip.internal.tls.TlsIdentity;
import net.conmgmt.sip.internal.tls.TlsWire;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The TLS set-up of one stack from the RI's own properties and {@code net.conmgmt.sip.TLS_…}: keys,
 * trusted certificates, protocols, cipher suites and whether clients must show a certificate. TLS
 * 1.2 and 1.3 unless the property names others; a client certificate is asked for only where the
 * property says so. Changed files count from the next handshake on; sessions of before are not
 * resumed then. Thread-safe.
 */
public final class TlsContexts implements CertificateExpiry {

  private static final Logger LOG = LogManager.getLogger(TlsContexts.class);

  /**
   * The RI's own list, which has none that a JDK of today would agree to. Not taken from the RI's
   * constant, which the fork of Jitsi does not have.
   */
  private static final String[] DEFAULT_OF_RI = {
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "SSL_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_DH_anon_WITH_AES_128_CBC_SHA",
    "SSL_DH_anon_WITH_3DES_EDE_CBC_SHA"
  };

  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
  private static final String RI = "gov.nist.javax.sip.";
  private static final String PROTOCOLS_PROPERTY = RI + "TLS_CLIENT_PROTOCOLS";
  // The RI allows it where the property is absent.
  private static final String RENEGOTIATION_PROPERTY = RI + "SSL_RENEGOTIATION_ENABLED";
  private static final String PROVIDER_PROPERTY = RI + "SECURITY_MANAGER_PROVIDER";

  /**
   * What was made of the files.
   *
   * @param first the own certificate that expires first, or null
   */
  private record Contexts(SSLContext server, SSLContext client, @Nullable X509Certificate first) {}

  private final Reloading<Contexts> contexts;
  private final ConnectionManagementProperties properties;
  private final String[] protocols;
  private final SipStackImpl stack;
  private final ClientAuthType clientAuth;
  private final boolean renegotiates;
  private final boolean ableToAccept;
  private final List<String> ownFaults;
  private final List<String> notShown;

  /**
   * Reads the stack's properties and the files that they name.
   *
   * @throws IOException when the key material cannot be used, saying which and why
   */
  public TlsContexts(SipStackImpl stack, ConnectionManagementProperties properties)
      throws IOException {
    this.properties = properties;
    Properties raw = stack.getConfigurationProperties();
    protocols =
        raw.getProperty(PROTOCOLS_PROPERTY) == null ? PROTOCOLS : stack.getEnabledProtocols();
    this.stack = stack;
    clientAuth = stack.getClientAuth();
    renegotiates = Boolean.parseBoolean(raw.getProperty(RENEGOTIATION_PROPERTY));
    if (clientAuth == ClientAuthType.DisabledAll) {
      LOG.warn("TLS_CLIENT_AUTH_TYPE = DisabledAll is read as Disabled: proxies are verified");
    }
    Scheduler clock = StackScheduler.of(StackScope.of(stack));
    try {
      String provider = raw.getProperty(PROVIDER_PROPERTY);
      if (provider == null) {
        TlsFiles files = new TlsFiles(raw, properties);
        contexts =
            new Reloading<>(
                files.paths(), () -> contexts(files.keyManagers(), files.trustManagers()), clock);
        ableToAccept = TlsIdentity.isPresent(files.keyManagers());
        ownFaults = OwnCertificates.faults(files.keyManagers());
        notShown = ClientKeys.notShown(files.keyManagers());
      } else {
        SecurityManagerProvider own = provider(provider);
        own.init(raw);
        contexts = new Reloading<>(List.of(), () -> contexts(own), clock);
        // Its key managers may choose at each handshake.
        ableToAccept = true;
        ownFaults = List.of();
        notShown = List.of();
      }
    } catch (IOException | GeneralSecurityException | ReflectiveOperationException e) {
      throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
    }
    String[] ciphers = ciphers();
    try {
      // Now, and not at every connection: what the properties say may not be there.
      serverEngine();
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "TLS cannot be set up with protocols "
              + Arrays.toString(protocols)
              + " and "
              + (ciphers == null ? "the JDK's cipher suites" : Arrays.toString(ciphers))
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /** Why peers refuse the certificates that this side shows, as found when the stack started. */
  List<String> ownFaults() {
    return ownFaults;
  }

  /** Of the certificates that are shown now, the one that expires first; null for none. */
  @Nullable X509Certificate firstToExpire() {
    return contexts.current().first;
  }

  @Override
  public @Nullable Instant earliest() {
    X509Certificate first = firstToExpire();
    return first == null ? null : first.getNotAfter().toInstant();
  }

  /** Own certificates that no server is shown, as they are for servers only. */
  List<String> notShownToServers() {
    return notShown;
  }

  /** What an accepting side says of a failed handshake, with what is wrong with its certificate. */
  String explained(String failure) {
    // So the JDK says with TLS 1.3 and 1.2 where no certificate of this side will do.
    if (!failure.contains("No available authentication scheme")
        && !failure.contains("no cipher suites in common")) {
      return failure;
    }
    String why =
        ableToAccept
            ? String.join("; ", ownFaults)
            : "this side has no certificate; set net.conmgmt.sip.TLS_CERTIFICATE_FILE or"
                + " javax.net.ssl.keyStore";
    return why.isEmpty() ? failure : failure + ": " + why;
  }

  /**
   * The wire of a connection, with TLS over the socket's. A peer may shake hands again (TLS 1.2)
   * only where the RI's property allows it in so many words.
   */
  TlsWire wire(SocketConnection connection, ConnectionContext around, SocketIo io) {
    Supplier<SSLEngine> engines =
        connection.side() == Side.PROXY
            ? this::serverEngine
            : () -> clientEngine(connection.peerName(), connection.remoteAddress().getPort());
    return new TlsWire(
        engines,
        io,
        around::writeQueue,
        around.memory(),
        around.scheduler(),
        renegotiates,
        connection);
  }

  /** False where it was made without a certificate of its own, as clients may. */
  boolean isAbleToAccept() {
    return ableToAccept;
  }

  private Contexts contexts(SecurityManagerProvider own) throws GeneralSecurityException {
    SSLContext server = contexts(own.getKeyManagers(false), own.getTrustManagers(false)).server;
    SSLContext client = SSLContext.getInstance("TLS");
    client.init(ClientKeys.of(own.getKeyManagers(true)), own.getTrustManagers(true), null);
    return new Contexts(server, client, OwnCertificates.firstToExpire(own.getKeyManagers(false)));
  }

  private Contexts contexts(
      KeyManager @Nullable [] keyManagers, TrustManager @Nullable [] trustManagers)
      throws GeneralSecurityException {
    String fqdn = properties.text(Key.FQDN);
    if (!fqdn.isEmpty()) {
      TlsIdentity.verifyOwn(keyManagers, fqdn, properties.isOn(Key.TLS_WILDCARDS));
    }
    SSLContext server = SSLContext.getInstance("TLS");
    SSLContext client = SSLContext.getInstance("TLS");
    server.init(keyManagers, trustManagers, null);
    client.init(ClientKeys.of(keyManagers), trustManagers, null);
    return new Contexts(server, client, OwnCertificates.firstToExpire(keyManagers));
  }

  private static SecurityManagerProvider provider(String name) throws ReflectiveOperationException {
    return Class.forName(name)
        .asSubclass(SecurityManagerProvider.class)
        .getDeclaredConstructor()
        .newInstance();
  }

  /** An engine for the opening side; the name goes out as SNI. */
  SSLEngine clientEngine(@Nullable String peerName, int port) {
    SSLContext client = contexts.current().client;
    SSLEngine engine =
        peerName == null ? client.createSSLEngine() : client.createSSLEngine(peerName, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = restricted(engine);
    if (peerName != null) {
      // Left to itself, the JDK sends no name of a single label.
      parameters.setServerNames(List.of(ServerName.of(peerName)));
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** A socket of no use but to stand where the JDK wants one. */
  SSLSocket unconnectedSocket() {
    try {
      return (SSLSocket) contexts.current().client.getSocketFactory().createSocket();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot make a socket for TLS that is not connected", e);
    }
  }

  /** An engine for the accepting side. */
  SSLEngine serverEngine() {
    SSLEngine engine = contexts.current().server.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = restricted(engine);
    // Each of the two switches the other one off.
    if (clientAuth == ClientAuthType.Enabled) {
      parameters.setNeedClientAuth(true);
    } else if (clientAuth == ClientAuthType.Want) {
      parameters.setWantClientAuth(true);
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** Those of the property or of the application, at any time; null where neither names any. */
  private String @Nullable [] ciphers() {
    String[] named = stack.getEnabledCipherSuites();
    return Arrays.equals(named, DEFAULT_OF_RI) ? null : named;
  }

  private SSLParameters restricted(SSLEngine engine) {
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(protocols);
    String[] ciphers = ciphers();
    if (ciphers != null) {
      parameters.setCipherSuites(ciphers);
    }
    return parameters;
  }
}
