package net.conmgmt.sip.internal.logging;

import org.jspecify.annotations.Nullable;

/**
 * The connection that the calling thread works for, so that code which does not know connections
 * can still name it in a log line. Setting it costs a reference; it is put into words only where a
 * line is written.
 */
public final class LogContext {

  private static final ThreadLocal<@Nullable Object> CONNECTION = new ThreadLocal<>();

  /** In place of the connection when there was a warning. */
  private record Warned(Object connection) {}

  private LogContext() {}

  /** From now on this thread works for {@code connection}. */
  public static void enter(Object connection) {
    CONNECTION.set(connection);
  }

  /** The thread works for no connection any more. */
  public static void leave() {
    CONNECTION.remove();
  }

  /** The connection, or a word for none: to be given to a log line as it is. */
  public static Object current() {
    Object connection = CONNECTION.get();
    if (connection instanceof Warned warned) {
      return warned.connection;
    }
    return connection == null ? "no connection" : connection;
  }

  /**
   * Whether a warning is the first one since the thread began to work for the connection, so that
   * one message with a thousand faults does not fill the log; true where it works for none.
   */
  public static boolean isFirstWarning() {
    Object connection = CONNECTION.get();
    if (connection instanceof Warned) {
      return false;
    }
    if (connection != null) {
      CONNECTION.set(new Warned(connection));
    }
    return true;
  }
}
