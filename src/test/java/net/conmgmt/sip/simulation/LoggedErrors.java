package net.conmgmt.sip.simulation;

import java.util.function.Supplier;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;
import org.jspecify.annotations.Nullable;

/** What this library logs as an error is a fault that it has passed over, and a violation here. */
final class LoggedErrors extends AbstractAppender {

  private static final ThreadLocal<@Nullable Throwable> FIRST = new ThreadLocal<>();

  private static final String RI = "gov.nist.javax.sip";

  private final LoggerConfig library;
  private final Level before;

  private LoggedErrors() {
    super("simulation", null, null, true, Property.EMPTY_ARRAY);
    LoggerContext context = (LoggerContext) LogManager.getContext(false);
    Configuration configuration = context.getConfiguration();
    library = configuration.getLoggerConfig("net.conmgmt");
    before = library.getLevel();
    start();
    // The RI misses its listening points.
    Configurator.setLevel(RI, Level.OFF);
    library.setLevel(Level.ERROR);
    library.setAdditive(false);
    library.addAppender(this, Level.ERROR, null);
    context.updateLoggers();
  }

  /** Does the work, while nothing is logged but errors, which are kept. */
  static <T> T during(Supplier<T> work) {
    LoggedErrors errors = new LoggedErrors();
    try {
      return work.get();
    } finally {
      errors.end();
    }
  }

  static void clear() {
    FIRST.remove();
  }

  /** The first error that this thread has logged, or null. */
  static @Nullable Throwable first() {
    return FIRST.get();
  }

  @Override
  public void append(LogEvent event) {
    if (FIRST.get() == null) {
      FIRST.set(
          new World.Violation("an error was logged: " + event.getMessage().getFormattedMessage()));
      Throwable cause = event.getThrown();
      if (cause != null) {
        FIRST.get().initCause(cause);
      }
    }
  }

  private void end() {
    Configurator.setLevel(RI, Level.ERROR);
    library.removeAppender(getName());
    library.setLevel(before);
    library.setAdditive(true);
    ((LoggerContext) LogManager.getContext(false)).updateLoggers();
    stop();
  }
}
