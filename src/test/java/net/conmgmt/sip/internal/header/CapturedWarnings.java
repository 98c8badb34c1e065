package net.conmgmt.sip.internal.header;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/** What a class logs at warn or above while this is open. */
final class CapturedWarnings implements AutoCloseable {

  private final List<String> texts = new CopyOnWriteArrayList<>();
  private final Logger logger;
  private final AbstractAppender appender;
  private final Level levelBefore;

  CapturedWarnings(Class<?> source) {
    logger = (Logger) LogManager.getLogger(source);
    appender =
        new AbstractAppender("captured", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            if (event.getLoggerName().equals(source.getName())
                && event.getLevel().isMoreSpecificThan(Level.WARN)) {
              texts.add(event.getMessage().getFormattedMessage());
            }
          }
        };
    appender.start();
    logger.addAppender(appender);
    levelBefore = logger.getLevel();
    logger.setLevel(Level.WARN);
  }

  List<String> texts() {
    return texts;
  }

  @Override
  public void close() {
    logger.setLevel(levelBefore);
    logger.removeAppender(appender);
    appender.stop();
  }
}
