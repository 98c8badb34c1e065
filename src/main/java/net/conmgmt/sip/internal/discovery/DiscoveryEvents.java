package net.conmgmt.sip.internal.discovery;

import java.util.concurrent.Executor;
import java.util.function.Consumer;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.internal.connection.ListenerList;
import net.conmgmt.sip.internal.connection.SerialExecutor;

/**
 * Delivers the events of discovery, one after another and never on the thread that does the
 * discovery: a listener that hears of a lost proxy sends a request, which waits for the next
 * discovery. Thread-safe.
 */
final class DiscoveryEvents {

  private final ListenerList<ConnectionManagementListener> listeners;
  private final SerialExecutor inOrder;

  DiscoveryEvents(ListenerList<ConnectionManagementListener> listeners, Executor workers) {
    this.listeners = listeners;
    inOrder = new SerialExecutor(workers, "discovery");
  }

  /** Runs other code of the application in turn with the listeners. */
  Executor executor() {
    return inOrder;
  }

  void tell(String domain, Consumer<ConnectionManagementListener> event) {
    listeners.tell(domain, event, inOrder);
  }
}
