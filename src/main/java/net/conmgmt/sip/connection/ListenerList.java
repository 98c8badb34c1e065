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

  /** Adds a listener, behind the others; twice added, it is told twice. */
  public void add(T listener) {
    listeners.add(listener);
  }

  /** Takes a listener out once; without effect if it is not in. */
  public void remove(T listener) {
    listeners.remove(listener);
  }

  /**
   * Calls each listener in the order in which they were added.
   *
   * @param about whose event it is, for the log
   */
  public void tell(Object about, Consumer<T> event) {
    for (T listener : listeners) {
      try {
        event.accept(listener);
      } catch (RuntimeException | Error e) {
        LOG.error("{}: a listener failed and was passed over: {}", about, listener, e);
      }
    }
  }
}
