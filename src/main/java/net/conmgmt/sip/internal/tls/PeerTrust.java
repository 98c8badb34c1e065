package net.conmgmt.sip.internal.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Accepts a peer whose chain leads to a trusted certificate and, where the engine knows the name of
 * the proxy, whose certificate carries it: an impostor is refused inside the handshake, before it
 * sees a client certificate. A resumed session does not come by here; {@link PeerIdentity} is asked
 * again for each connection. Thread-safe.
 */
final class PeerTrust extends X509ExtendedTrustManager {

  private final X509ExtendedTrustManager chains;
  private final ChainFault faults;
  private final boolean wildcardsAllowed;

  /**
   * Trusts these certificates.
   *
   * @param source where they come from, for a person
   */
  PeerTrust(
      List<X509Certificate> trusted, String source, boolean wildcardsAllowed, Revocation revocation)
      throws GeneralSecurityException {
    this.wildcardsAllowed = wildcardsAllowed;
    faults = new ChainFault(trusted, source, revocation);
    PKIXBuilderParameters parameters =
        new PKIXBuilderParameters(
            trusted.stream()
                .map(certificate -> new TrustAnchor(certificate, null))
                .collect(Collectors.toSet()),
            new X509CertSelector());
    revocation.addTo(parameters);
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(new CertPathTrustManagerParameters(parameters));
    chains = extended(factory.getTrustManagers());
  }

  private static X509ExtendedTrustManager extended(TrustManager[] managers)
      throws GeneralSecurityException {
    for (TrustManager manager : managers) {
      if (manager instanceof X509ExtendedTrustManager found) {
        return found;
      }
    }
    throw new GeneralSecurityException("The JVM has no PKIX trust manager");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    String name = engine.getPeerHost();
    String whose = name == null ? "the proxy" : name;
    try {
      chains.checkServerTrusted(chain, authType, engine);
    } catch (CertificateException e) {
      throw faults.explain(whose, chain, e);
    }
    if (name != null) {
      try {
        PeerIdentity.verify(chain[0], name, wildcardsAllowed);
      } catch (SSLPeerUnverifiedException e) {
        throw new CertificateException(e.getMessage(), e);
      }
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    try {
      chains.checkClientTrusted(chain, authType, engine);
    } catch (CertificateException e) {
      throw faults.explain("the client", chain, e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    chains.checkServerTrusted(chain, authType, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, @Nullable Socket socket)
      throws CertificateException {
    chains.checkClientTrusted(chain, authType, socket);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    chains.checkServerTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    chains.checkClientTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return chains.getAcceptedIssuers();
  }
}
