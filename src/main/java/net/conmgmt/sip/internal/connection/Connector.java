package net.conmgmt.sip.internal.connection;

import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.ManagedConnection;

/** Opens connections on purpose. Thread-safe. */
public interface Connector {

  /** Whether this stack has a listening point of that transport, so that it can connect with it. */
  boolean supports(String transport);

  /**
   * Connects, or returns the open connection to that address and transport. The stack's next
   * request to that hop uses it.
   *
   * @return completes with the established connection, or exceptionally with the cause: a {@link
   *     java.io.IOException} when TCP could not connect, a {@link javax.net.ssl.SSLException} when
   *     the peer was reached but refused
   */
  CompletableFuture<ManagedConnection> connect(ConnectionTarget target);

  /** Closes the listening sockets; connections stay, and new ones can still be opened. */
  void stopAccepting();
}
