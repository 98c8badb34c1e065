package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.tls.ClientKeys;
import net.conmgmt.sip.internal.tls.PeerIdentity;
import org.jspecify.annotations.Nullable;

/**
 * Checks the peer of one TLS connection: that the certificate of a server names the server that was
 * dialled ([MS-CONMGMT] 3.2), and whether the peer has accepted this side's certificate. Keeps the
 * session. Thread-safe.
 */
final class SecuredPeer {

  private static final CompletableFuture<Void> ACCEPTED = CompletableFuture.completedFuture(null);

  /** Without TLS nothing is known; one for all, as it never changes. */
  static final SecuredPeer OF_CLEAR_TEXT = new SecuredPeer(false);

  private final boolean wildcardsAllowed;

  private volatile @Nullable SSLSession session;

  /** Done, unless a server that asked for a certificate has not shown yet that it accepts it. */
  private volatile CompletableFuture<Void> verdict = ACCEPTED;

  SecuredPeer(boolean wildcardsAllowed) {
    this.wildcardsAllowed = wildcardsAllowed;
  }

  /**
   * The handshake is done.
   *
   * @throws SSLException when the certificate of a server has another name
   */
  void secured(SocketConnection connection, SSLSession agreed) throws SSLException {
    if (connection.side() == Side.CLIENT) {
      String name = connection.peerName();
      InetAddress address = connection.remoteAddress().getAddress();
      PeerIdentity.verify(
          (X509Certificate) agreed.getPeerCertificates()[0],
          name == null ? LinkLocal.withoutScope(address).getHostAddress() : name,
          wildcardsAllowed);
      if (agreed.getProtocol().equals("TLSv1.3") && ClientKeys.wasAsked(agreed)) {
        verdict = new CompletableFuture<>();
      }
    }
    session = agreed;
  }

  /** The peer said something after the handshake, so it has accepted what it got. */
  void spoke() {
    verdict.complete(null);
  }

  /** The connection has ended. */
  void refused(Supplier<IOException> cause) {
    if (!isJudged()) {
      verdict.completeExceptionally(cause.get());
    }
  }

  CompletableFuture<?> verdict() {
    return verdict;
  }

  boolean isJudged() {
    return verdict.isDone();
  }

  @Nullable SSLSession session() {
    return session;
  }
}
