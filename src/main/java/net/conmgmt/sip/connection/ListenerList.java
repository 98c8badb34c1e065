package net.conmgmt.sip.connection;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** Listeners, each shielded from what the others throw. Thread-safe. */
public final class ListenerList<T> {

  private static final Logger LOG = LogManager.getLogger(ListenerList.class);

  private final List<T> listeners = new CopyOnWriteArrayList<>();

  public void add(T listener) {
    listeners.add(listener);
  }

  public void remove(T listener) {
    listeners.remove(listener);
  }

  /** Calls each listener in the order in which they were added. */
  public void tell(Consumer<T> event) {
    for (T listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.error("A listener failed and was passed over: {}", listener, e);
      }
    }
  }
}
