package net.conmgmt.sip;

import java.net.InetSocketAddress;
import java.time.Duration;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport;

/**
 * Receives everything that happens to the connections and discoveries of one stack. Every method
 * does nothing by default.
 *
 * <p>Calls come from the threads on which the stack processes messages ({@code
 * gov.nist.javax.sip.THREAD_POOL_SIZE}). For one connection they come one at a time, between its
 * messages, in the order in which it all happened; those of discoveries come one at a time and in
 * order too. A listener may send, and wait for a new connection or a discovery while it does. As
 * long as it takes, the messages of this connection wait, and so may others when all threads are
 * taken. An exception that a listener throws is logged and has no other effect.
 */
public interface ConnectionManagementListener {

  /** TCP connects, or it is connected and TLS shakes hands; comes before {@link #established}. */
  default void connecting(ManagedConnection connection) {}

  /** The connection is ready for SIP: TCP is connected and, with TLS, the peer is verified. */
  default void established(ManagedConnection connection) {}

  /**
   * The connection has ended. Called once, after the application has processed every message that
   * arrived on it; no further event of this connection follows.
   */
  default void closed(ManagedConnection connection, CloseReason reason, String detail) {}

  /**
   * A message did not parse. A request was answered with 400 where it says whom to answer; the
   * connection goes on.
   *
   * @param detail what was wrong, with a bounded excerpt of the message
   */
  default void messageRefused(ManagedConnection connection, String detail) {}

  /**
   * A connection was closed right after it was accepted, because there are too many. It was never a
   * {@link ManagedConnection}. Where many are refused, those are not told that come while 1,000
   * calls of this method wait.
   */
  default void connectionRefused(InetSocketAddress peer, String detail) {}

  /** The client put an offer on a request of this method. */
  default void keepAliveOffered(ManagedConnection connection, String method) {}

  /**
   * Hop-by-hop keep-alive was negotiated: the first time on this connection, or again with another
   * T. A negotiation that only confirms what is agreed is not reported.
   *
   * @param timeout the proxy's T
   * @param actsAfter the silence after which this side acts: the client sends a keep-alive, the
   *     proxy gives the client up (T plus grace)
   */
  default void keepAliveNegotiated(
      ManagedConnection connection, Duration timeout, Duration actsAfter) {}

  /**
   * The same, with the dialect in which it was agreed on. A listener that does not ask for the
   * dialect receives {@link #keepAliveNegotiated(ManagedConnection, Duration, Duration)}.
   *
   * @param timeout the proxy's T
   * @param actsAfter the time after which this side acts, at the latest: in {@code keep} and {@code
   *     outbound} the client sends a keep-alive so long after the last one, whatever else it sends
   */
  default void keepAliveNegotiated(
      ManagedConnection connection,
      KeepAliveDialect dialect,
      Duration timeout,
      Duration actsAfter) {
    keepAliveNegotiated(connection, timeout, actsAfter);
  }

  /**
   * A negotiation failed on a connection on which none had succeeded: no keep-alive is sent or
   * expected. The next request may try again.
   *
   * @param detail the reason in words, with the rule that it comes from
   */
  default void keepAliveFailed(
      ManagedConnection connection, KeepAliveFailure reason, String detail) {}

  /** The same, with the dialect in which the negotiation failed. */
  default void keepAliveFailed(
      ManagedConnection connection,
      KeepAliveDialect dialect,
      KeepAliveFailure reason,
      String detail) {
    keepAliveFailed(connection, reason, detail);
  }

  /**
   * A negotiation failed on a connection that is kept alive already, for example because a
   * re-REGISTER was challenged. Nothing changes: what was agreed before stays in force.
   *
   * @param detail the reason in words, with the rule that it comes from
   */
  default void keepAliveNotRenewed(
      ManagedConnection connection, KeepAliveFailure reason, String detail) {}

  /** The same, with the dialect in which the negotiation failed. */
  default void keepAliveNotRenewed(
      ManagedConnection connection,
      KeepAliveDialect dialect,
      KeepAliveFailure reason,
      String detail) {
    keepAliveNotRenewed(connection, reason, detail);
  }

  /**
   * What was agreed on has ended before its connection, with the registration or dialog that it was
   * agreed on for (RFC 6223). It may be agreed on again.
   */
  default void keepAliveEnded(
      ManagedConnection connection, KeepAliveDialect dialect, String detail) {}

  /** The client has sent CR LF CR LF ([MS-CONMGMT] 2.2.2). */
  default void keepAliveSent(ManagedConnection connection) {}

  /** CR LF CR LF arrived at the proxy ([MS-CONMGMT] 2.2.2). */
  default void keepAliveReceived(ManagedConnection connection) {}

  /** A single CR LF, the answer to a keep-alive, arrived at the client. */
  default void keepAliveAnswered(ManagedConnection connection) {}

  /**
   * The endpoint has authenticated on this connection, which the proxy accepted ([MS-CONMGMT]
   * 3.5.5).
   */
  default void endpointAuthenticated(ManagedConnection connection, Endpoint endpoint) {}

  /**
   * The endpoint has authenticated on {@code newer}, so that {@code older}, on which it had
   * authenticated before, is closed with {@link CloseReason#REPLACED} ([MS-CONMGMT] 3.5.5). Comes
   * in the order of the events of {@code newer}, after {@link #endpointAuthenticated}.
   */
  default void endpointReplaced(
      ManagedConnection older, Endpoint endpoint, ManagedConnection newer) {}

  /**
   * The endpoint has authenticated at another proxy of the same endpoint directory, so that {@code
   * older}, on which it had authenticated here, is closed with {@link CloseReason#REPLACED}
   * ([MS-CONMGMT] 3.5.5).
   *
   * @param node where the other proxies reach that one; empty where the endpoint has left it again
   */
  default void endpointMoved(ManagedConnection older, Endpoint endpoint, String node) {}

  /**
   * The endpoint is gone together with its connection: a registrar removes the binding and sends no
   * NOTIFY for it ([MS-CONMGMT] 3.4.6). Comes before {@link #closed}.
   */
  default void endpointRemoved(ManagedConnection connection, Endpoint endpoint, CloseReason why) {}

  /** A query of a discovery was answered, failed or timed out. */
  default void discoveryQueryEnded(String domain, DiscoveryReport.Query query) {}

  /** A discovery begins to try an entry of its candidate sequence. */
  default void discoveryCandidateBegun(String domain, Candidate candidate) {}

  /** An address look-up or a connect of a discovery has ended. */
  default void discoveryAttemptEnded(String domain, DiscoveryReport.Attempt attempt) {}

  /** A discovery has ended, with or without an outbound proxy. */
  default void discoveryEnded(DiscoveryReport report) {}

  /**
   * The connection to the outbound proxy is lost, and not because this side closed it: nobody can
   * reach the user agent any more, so it has to register again, which may be done here. Its next
   * request discovers the proxy anew; with {@code net.conmgmt.sip.REDISCOVERY=at-once} that is
   * under way already, and {@link #discoveryEnded} tells how it ends.
   */
  default void outboundProxyLost(String domain, ManagedConnection connection, CloseReason reason) {}
}
