package net.conmgmt.sip.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;

/** What a class logs while this is open, as {@code LEVEL text} and what it threw. */
public final class CapturedLog implements AutoCloseable {

  /** An appender is known by its name, and one log may be captured twice at a time. */
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final List<String> thrown = new CopyOnWriteArrayList<>();
  private final Logger root = (Logger) LogManager.getRootLogger();
  private final AbstractAppender appender;
  private final String name;
  private final Level before;

  public CapturedLog(Class<?> source, Level level) {
    name = source.getName();
    before = LogManager.getLogger(name).getLevel();
    Configurator.setLevel(name, level);
    appender =
        new AbstractAppender(
            "captured " + NUMBER.incrementAndGet(), null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            if (event.getLoggerName().equals(name)) {
              lines.add(event.getLevel() + " " + event.getMessage().getFormattedMessage());
              thrown.addAll(Stream.ofNullable(event.getThrown()).map(Throwable::toString).toList());
            }
          }
        };
    appender.start();
    root.addAppender(appender);
  }

  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** The exceptions that were given along. */
  public List<String> thrown() {
    return List.copyOf(thrown);
  }

  @Override
  public void close() {
    root.removeAppender(appender);
    Configurator.setLevel(name, before);
  }
}
