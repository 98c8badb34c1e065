package net.conmgmt.sip.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import java.util.Objects;
import net.conmgmt.sip.config.StackScope;
import net.conmgmt.sip.connection.CloseReason;
import net.conmgmt.sip.connection.ConnectionHandler;
import net.conmgmt.sip.connection.ConnectionRegistry;
import net.conmgmt.sip.connection.Endpoint;
import net.conmgmt.sip.connection.ManagedConnection;
import net.conmgmt.sip.time.Scheduler;

/** Keep-alive and connection management of one stack (3.4, 3.5). */
public final class KeepAliveListener implements ConnectionHandler.Factory {

  private final StackScope scope;
  private final ConnectionRegistry registry;

  private KeepAliveListener(StackScope scope) {
    this.scope = scope;
    registry = scope.get(ConnectionRegistry.class, s -> new ConnectionRegistry());
  }

  public static KeepAliveListener of(StackScope scope) {
    return scope.get(KeepAliveListener.class, KeepAliveListener::new);
  }

  @Override
  public ConnectionHandler handlerFor(ManagedConnection connection) {
    return new ConnectionHandler() {
      @Override
      public void established() {
        registry.add(connection);
        registry.listeners().tell(l -> l.established(connection));
      }

      @Override
      public void bytesReceived() {}

      @Override
      public void bytesSent() {}

      @Override
      public void keepAliveReceived() {
        registry.listeners().tell(l -> l.keepAliveReceived(connection));
      }

      @Override
      public void keepAliveAnswered() {}

      @Override
      public void messageReceived(SIPMessage message) {}

      @Override
      public void messageToSend(SIPMessage message) {}

      @Override
      public void messageSent(SIPMessage message) {}

      @Override
      public void closed(CloseReason reason, String detail) {
        registry.remove(connection);
        registry.listeners().tell(l -> l.closed(connection, reason, detail));
      }
    };
  }

  /** Ends the timers of the stack. */
  public void shutdown() {
    if (scope.find(Scheduler.class) instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    scope.remove(Scheduler.class);
  }

  /** The application says that this endpoint has authenticated on this connection (3.5.5). */
  public void authenticated(ManagedConnection connection, Endpoint endpoint) {
    Objects.requireNonNull(connection);
  }
}
