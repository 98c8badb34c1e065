package net.conmgmt.sip.internal.connection;

import gov.nist.javax.sip.message.SIPResponse;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.StackScope;
import org.jspecify.annotations.Nullable;

/**
 * Lists the open connections of one stack and its listeners. Thread-safe; every operation except
 * {@link #all()} is O(1).
 */
public final class ConnectionRegistry {

  // Some may have closed just now, with messages to be processed still.
  private final Map<Long, ManagedConnection> open = new ConcurrentHashMap<>();
  private final MessageOrigins origins = new MessageOrigins();
  private final ListenerList<ConnectionManagementListener> listeners = new ListenerList<>();

  /** The registry of a stack; always the same object. */
  public static ConnectionRegistry of(StackScope scope) {
    return scope.get(ConnectionRegistry.class, s -> new ConnectionRegistry());
  }

  /** The listeners of the stack, which are told of its connections and discoveries. */
  public ListenerList<ConnectionManagementListener> listeners() {
    return listeners;
  }

  /** Enters an established connection. */
  public void add(ManagedConnection connection) {
    open.put(connection.id(), connection);
  }

  /** Takes out a connection; a newer one with the same peer stays. */
  public void remove(ManagedConnection connection) {
    open.remove(connection.id());
  }

  /** A snapshot of the open connections. */
  public Collection<ManagedConnection> all() {
    return open.values().stream().filter(ManagedConnection::isOpen).toList();
  }

  /** The open connection of that number, or null. */
  public @Nullable ManagedConnection find(long id) {
    return open.get(id);
  }

  /** A response arrived on that connection. */
  public void arrived(SIPResponse response, ManagedConnection connection) {
    origins.put(response, connection);
  }

  /** The connection on which this very response arrived, open or not; null if not known. */
  public @Nullable ManagedConnection originOf(SIPResponse response) {
    return origins.find(response);
  }
}
