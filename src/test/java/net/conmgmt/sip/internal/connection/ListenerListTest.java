package net.conmgmt.sip.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;

class ListenerListTest {

  private final List<LogEvent> logged = new ArrayList<>();

  @Test
  void aListenerThatThrowsIsLoggedWithWhatItThrewAndTheOthersAreTold() {
    ListenerList<Runnable> listeners = new ListenerList<>();
    List<String> told = new ArrayList<>();
    RuntimeException first = new IllegalStateException("on purpose");
    Error second = new AssertionError("on purpose");
    Exception third = new IOException("on purpose");
    listeners.add(
        () -> {
          throw first;
        });
    listeners.add(() -> told.add("one"));
    listeners.add(
        () -> {
          throw second;
        });
    listeners.add(() -> ListenerListTest.<RuntimeException>throwUnchecked(third));
    listeners.add(() -> told.add("two"));
    AbstractAppender appender = appender();
    Logger logger = (Logger) LogManager.getLogger(ListenerList.class);
    logger.addAppender(appender);
    try {
      listeners.tell("a test", Runnable::run);
    } finally {
      logger.removeAppender(appender);
      appender.stop();
    }
    assertThat(told).containsExactly("one", "two");
    assertThat(logged).extracting(LogEvent::getThrown).containsExactly(first, second, third);
  }

  /** As Kotlin, Scala and others do with every exception. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Exception> void throwUnchecked(Exception checked) throws E {
    throw (E) checked;
  }

  @Test
  void thePromptAreToldAtOnceAndTheOthersElsewhere() {
    ListenerList<Runnable> listeners = new ListenerList<>();
    List<String> told = new ArrayList<>();
    List<Runnable> elsewhere = new ArrayList<>();
    listeners.addPrompt(() -> told.add("prompt"));
    listeners.tell("a test", Runnable::run, elsewhere::add);
    assertThat(told).containsExactly("prompt");
    assertThat(elsewhere).as("asked for nobody").isEmpty();
    listeners.add(() -> told.add("other"));
    listeners.tell("a test", Runnable::run, elsewhere::add);
    assertThat(told).containsExactly("prompt", "prompt");
    elsewhere.get(0).run();
    assertThat(told).containsExactly("prompt", "prompt", "other");
  }

  @Test
  void aListenerThatWasAddedTwiceIsToldUntilItIsTakenOutTwice() {
    ListenerList<Runnable> listeners = new ListenerList<>();
    List<String> told = new ArrayList<>();
    Runnable listener = () -> told.add("one");
    listeners.add(listener);
    listeners.add(listener);
    listeners.remove(listener);
    listeners.tell("a test", Runnable::run);
    assertThat(told).containsExactly("one");
    listeners.remove(listener);
    listeners.tell("a test", Runnable::run);
    assertThat(told).hasSize(1);
  }

  private AbstractAppender appender() {
    AbstractAppender appender =
        new AbstractAppender("captured", null, null, true, Property.EMPTY_ARRAY) {
          @Override
          public void append(LogEvent event) {
            logged.add(event.toImmutable());
          }
        };
    appender.start();
    return appender;
  }
}
