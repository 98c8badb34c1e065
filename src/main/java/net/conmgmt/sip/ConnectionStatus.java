package net.conmgmt.sip;

import java.util.List;
import net.conmgmt.sip.ManagedConnection.Side;

/**
 * The state of one connection at the moment of asking, in types that JMX can carry. Immutable.
 *
 * @param id the number of the connection, which no other connection of this process has
 * @param side which end opened it
 * @param transport {@code TCP} or {@code TLS}
 * @param localAddress this end's address and port
 * @param remoteAddress the peer's address and port
 * @param peerName the name under which the peer was looked for, or empty
 * @param timeoutSeconds the negotiated T, of several the shortest; 0 where keep-alive was not
 *     negotiated
 * @param endpoints the endpoints that registered or authenticated on it, on the proxy side
 * @param timers when its timers fire
 * @param grants what was negotiated in each dialect
 */
public record ConnectionStatus(
    long id,
    Side side,
    String transport,
    String localAddress,
    String remoteAddress,
    String peerName,
    int timeoutSeconds,
    List<Endpoint> endpoints,
    RemainingTimes timers,
    List<KeepAliveGrant> grants) {

  /** Copies the lists. */
  public ConnectionStatus {
    endpoints = List.copyOf(endpoints);
    grants = List.copyOf(grants);
  }
}
