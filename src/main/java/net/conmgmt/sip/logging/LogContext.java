package net.conmgmt.sip.logging;

import org.jspecify.annotations.Nullable;

/**
 * The connection that the calling thread works for, so that code which does not know connections
 * can still name it in a log line. Setting it costs a reference; it is put into words only where a
 * line is written.
 */
public final class LogContext {

  private static final ThreadLocal<@Nullable Object> CONNECTION = new ThreadLocal<>();

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
    return connection == null ? "no connection" : connection;
  }
}
