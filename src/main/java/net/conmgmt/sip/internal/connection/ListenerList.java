package net.conmgmt.sip.internal.connection;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import net.conmgmt.sip.internal.time.Failures;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/** A list of listeners that protects each of them from exceptions of the others. Thread-safe. */
public final class ListenerList<T> {

  private static final Logger LOG = LogManager.getLogger(ListenerList.class);

  private final List<T> prompt = new CopyOnWriteArrayList<>();
  private final List<T> listeners = new CopyOnWriteArrayList<>();

  /** Adds a listener of the application, behind the others; twice added, it is told twice. */
  public void add(T listener) {
    listeners.add(listener);
  }

  /**
   * Adds one of this library's own, which only counts or notes: it is told on the thread on which
   * something happens, so that nobody has to be woken for it. It may hear of something after the
   * end.
   */
  public void addPrompt(T listener) {
    prompt.add(listener);
  }

  /** Takes a listener of the application out once; without effect if it is not in. */
  public void remove(T listener) {
    listeners.remove(listener);
  }

  /**
   * Calls each listener in the order in which they were added, first those that are prompt.
   *
   * @param about whose event it is, for the log
   */
  public void tell(Object about, Consumer<T> event) {
    tell(about, event, Runnable::run);
  }

  /**
   * The same, but calls those of the application where {@code elsewhere} runs things, which is not
   * asked to when there are none.
   */
  public void tell(Object about, Consumer<T> event, Executor elsewhere) {
    // Made before anybody is called: where there is no heap for it, nobody is called twice.
    Runnable forApplication = listeners.isEmpty() ? null : () -> callEach(listeners, about, event);
    callEach(prompt, about, event);
    if (forApplication != null) {
      elsewhere.execute(forApplication);
    }
  }

  private static <T> void callEach(List<T> listeners, Object about, Consumer<T> event) {
    for (T listener : listeners) {
      try {
        event.accept(listener);
      } catch (Throwable e) {
        // Checked ones too, which applications in other languages throw without saying so.
        Failures.log(LOG, about, e);
      }
    }
  }
}
