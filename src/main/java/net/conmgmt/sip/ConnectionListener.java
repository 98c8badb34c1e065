package net.conmgmt.sip;

import java.net.InetSocketAddress;

/**
 * Everything that happens to managed connections. Calls come from the threads on which the stack
 * processes messages ({@code gov.nist.javax.sip.THREAD_POOL_SIZE}), for one connection one at a
 * time, between its messages, in the order in which it all happened. A listener may send, and wait
 * for a new connection or a discovery with that; while it takes its time, the messages of this
 * connection wait, and so may others when all threads are taken. What it throws is logged and harms
 * nobody.
 */
public interface ConnectionListener {

  /** TCP connects, or it is connected and TLS shakes hands; comes before {@link #established}. */
  default void connecting(ManagedConnection connection) {}

  /** The connection is ready for SIP: TCP is connected and, with TLS, the peer is verified. */
  default void established(ManagedConnection connection) {}

  /**
   * The connection has ended; told once, after the application has processed every message that
   * arrived on it, and nothing is told of it afterwards.
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
   * {@link ManagedConnection}. Called on the thread that accepts: return at once.
   */
  default void connectionRefused(InetSocketAddress peer, String detail) {}

  /** The client put an offer on a request of this method. */
  default void keepAliveOffered(ManagedConnection connection, String method) {}

  /**
   * Hop-by-hop keep-alive was negotiated.
   *
   * @param timeoutSeconds the proxy's T
   * @param refreshSeconds on the client after how many silent seconds it sends a keep-alive; on the
   *     proxy after how many the client is given up (T plus grace)
   */
  default void keepAliveNegotiated(
      ManagedConnection connection, int timeoutSeconds, int refreshSeconds) {}

  /** A negotiation failed; the reason is for a person and names the rule. */
  default void keepAliveFailed(ManagedConnection connection, String reason) {}

  /** The client has sent CR LF CR LF (2.2.2). */
  default void keepAliveSent(ManagedConnection connection) {}

  /** CR LF CR LF arrived at the proxy (2.2.2). */
  default void keepAliveReceived(ManagedConnection connection) {}

  /** A single CR LF, the answer to a keep-alive, arrived at the client. */
  default void keepAliveAnswered(ManagedConnection connection) {}

  /** The endpoint has authenticated on this connection, which the proxy accepted (3.5.5). */
  default void endpointAuthenticated(ManagedConnection connection, Endpoint endpoint) {}

  /**
   * The endpoint has authenticated on {@code newer}, so that {@code older}, on which it had
   * authenticated before, is closed with {@link CloseReason#REPLACED} (3.5.5). Told in the order of
   * the events of {@code newer}, after {@link #endpointAuthenticated}.
   */
  default void endpointReplaced(
      ManagedConnection older, Endpoint endpoint, ManagedConnection newer) {}

  /**
   * The endpoint is gone together with its connection: a registrar removes the binding and sends no
   * NOTIFY for it (3.4.6). Comes before {@link #closed}.
   */
  default void endpointRemoved(ManagedConnection connection, Endpoint endpoint, CloseReason why) {}
}
