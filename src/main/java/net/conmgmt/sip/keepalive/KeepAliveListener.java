package net.conmgmt.sip.keepalive;

import net.conmgmt.sip.config.StackScope;
import net.conmgmt.sip.connection.ConnectionHandler;
import net.conmgmt.sip.connection.Endpoint;
import net.conmgmt.sip.connection.ManagedConnection;

/** Keep-alive and connection management of one stack (3.4, 3.5). */
public final class KeepAliveListener implements ConnectionHandler.Factory {

  public static KeepAliveListener of(StackScope scope) {
    return scope.get(KeepAliveListener.class, s -> new KeepAliveListener());
  }

  @Override
  public ConnectionHandler handlerFor(ManagedConnection connection) {
    return java.util.Objects.requireNonNull(null);
  }

  /** Ends the timers of the stack. */
  public void shutdown() {}

  /** The application says that this endpoint has authenticated on this connection (3.5.5). */
  public void authenticated(ManagedConnection connection, Endpoint endpoint) {
    java.util.Objects.requireNonNull(connection);
  }
}
