package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.header.Via;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.internal.config.HostNames;
import net.conmgmt.sip.internal.tls.PeerIdentity;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Finds the connections that peers opened and on which they want to be reached under the address in
 * their Via ({@code alias}, RFC 5923). A peer that says so gets all that is meant for that address,
 * so an alias counts only over TLS and only where the peer's verified certificate carries the
 * address. A connection has one alias at most, which ends with it. Thread-safe.
 */
final class Aliases {

  private static final Logger LOG = LogManager.getLogger(Aliases.class);
  private static final String ALIAS = "alias";

  private final boolean wildcardsAllowed;
  private final Map<String, ManagedMessageChannel> channels = new ConcurrentHashMap<>();
  private final Map<ManagedMessageChannel, String> keys = new ConcurrentHashMap<>();

  Aliases(boolean wildcardsAllowed) {
    this.wildcardsAllowed = wildcardsAllowed;
  }

  /** Whether a Via asks for it, which few do. */
  static boolean asksFor(@Nullable Via via) {
    return via != null && via.hasParameter(ALIAS);
  }

  /**
   * A request arrived whose Via asks to be reached on its connection.
   *
   * @param port of the Via, or the default one
   */
  void learn(Via via, int port, SSLSession session, ManagedMessageChannel channel) {
    String host = via.getHost();
    try {
      PeerIdentity.verify(
          (X509Certificate) session.getPeerCertificates()[0], host, wildcardsAllowed);
    } catch (SSLPeerUnverifiedException e) {
      LOG.debug(
          "{}: the alias {}:{} is ignored, as no verified certificate carries it: {}",
          channel,
          host,
          port,
          e.getMessage());
      return;
    }
    String key = key(host, port);
    if (keys.putIfAbsent(channel, key) != null) {
      return;
    }
    channels.put(key, channel);
    LOG.debug("{}: reached as {} from now on (RFC 5923)", channel, key);
    if (channel.connection().isClosed()) {
      // Its end may have been told before.
      forget(channel);
    }
  }

  /** The open connection that has that alias, or null. */
  @Nullable ManagedMessageChannel find(String host, int port) {
    if (channels.isEmpty()) {
      return null;
    }
    ManagedMessageChannel channel = channels.get(key(host, port));
    return channel == null || channel.connection().isClosed() ? null : channel;
  }

  /** The connection has ended. */
  void forget(ManagedMessageChannel channel) {
    String key = keys.remove(channel);
    if (key != null) {
      channels.remove(key, channel);
    }
  }

  private static String key(String host, int port) {
    return HostNames.comparable(host) + ":" + port;
  }
}
