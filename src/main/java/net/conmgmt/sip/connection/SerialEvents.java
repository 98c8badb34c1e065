package net.conmgmt.sip.connection;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the events of one connection to the listeners one at a time and in order, though they come
 * from several threads. No lock is held while a listener is called: who finds another thread
 * telling leaves the event to it. Thread-safe.
 */
public final class SerialEvents {

  private final ListenerList<ConnectionListener> listeners;
  private final Object about;

  // Guarded by this.
  private boolean ended;
  private boolean telling;
  private @Nullable Queue<Consumer<ConnectionListener>> waiting;

  /**
   * The events of one connection.
   *
   * @param about the connection, as the log names it where a listener fails
   */
  public SerialEvents(ListenerList<ConnectionListener> listeners, Object about) {
    this.listeners = listeners;
    this.about = about;
  }

  /** Tells the event now, or right after those that are being told; nothing after the last. */
  public void tell(Consumer<ConnectionListener> event) {
    tell(event, false);
  }

  /** Tells the event as the last one. */
  public void tellLast(Consumer<ConnectionListener> event) {
    tell(event, true);
  }

  private void tell(Consumer<ConnectionListener> event, boolean last) {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = last;
      if (telling) {
        if (waiting == null) {
          waiting = new ArrayDeque<>();
        }
        waiting.add(event);
        return;
      }
      telling = true;
    }
    Consumer<ConnectionListener> next = event;
    while (next != null) {
      listeners.tell(about, next);
      next = next();
    }
  }

  private synchronized @Nullable Consumer<ConnectionListener> next() {
    Consumer<ConnectionListener> next = waiting == null ? null : waiting.poll();
    if (next == null) {
      telling = false;
      waiting = null;
    }
    return next;
  }
}
