package net.conmgmt.sip.logging;

import gov.nist.core.StackLogger;
import java.io.IOException;
import java.util.Properties;
import net.conmgmt.sip.internal.config.StartUp;
import net.conmgmt.sip.internal.logging.Masking;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The RI's own log on log4j 2, under the name {@code gov.nist.javax.sip}. Name it in the stack
 * property {@code gov.nist.javax.sip.STACK_LOGGER}; together with {@link Log4jServerLogger} the RI
 * needs no log4j 1.x.
 *
 * <p>The level is log4j's alone; TRACE_LEVEL has no effect. Nothing is formatted while its level is
 * off, and credentials and passwords are masked. Thread-safe.
 */
public final class Log4jStackLogger implements StackLogger {

  static final String NAME = "gov.nist.javax.sip";

  private final Logger log;
  private final Logger messages;
  private volatile boolean enabled = true;

  /** Made by the stack. */
  public Log4jStackLogger() {
    this(LogManager.getLogger(NAME), LogManager.getLogger(Log4jServerLogger.NAME));
  }

  Log4jStackLogger(Logger log, Logger messages) {
    this.log = log;
    this.messages = messages;
  }

  private static Level levelOf(int traceLevel) {
    if (traceLevel <= TRACE_NONE) {
      return Level.OFF;
    }
    if (traceLevel <= TRACE_FATAL) {
      return Level.FATAL;
    }
    if (traceLevel <= TRACE_ERROR) {
      return Level.ERROR;
    }
    if (traceLevel <= TRACE_WARN) {
      return Level.WARN;
    }
    if (traceLevel <= TRACE_INFO) {
      return Level.INFO;
    }
    return traceLevel <= TRACE_DEBUG ? Level.DEBUG : Level.TRACE;
  }

  @Override
  public boolean isLoggingEnabled() {
    return enabled && log.isErrorEnabled();
  }

  @Override
  public boolean isLoggingEnabled(int logLevel) {
    if (!enabled || logLevel <= TRACE_NONE) {
      return false;
    }
    // The RI asks here whether to trace messages; those have a logger of their own.
    return log.isEnabled(levelOf(logLevel))
        || (logLevel == TRACE_MESSAGES && messages.isDebugEnabled());
  }

  private void write(Level level, @Nullable String message, @Nullable Throwable thrown) {
    if (enabled && log.isEnabled(level)) {
      log.log(
          level,
          Masking.mask(String.valueOf(message)),
          thrown == null ? null : Masking.mask(thrown));
    }
  }

  /**
   * A fault of a program has its stack trace. What the network or a peer does costs one line, as a
   * peer can do it at will.
   */
  private void writeFailure(String message, Throwable failure) {
    if (failure instanceof IOException && !log.isDebugEnabled()) {
      write(Level.WARN, message + ": " + failure.getMessage(), null);
    } else {
      write(Level.ERROR, message, failure);
    }
  }

  @Override
  public void logTrace(String message) {
    write(Level.TRACE, message, null);
  }

  @Override
  public void logDebug(String message) {
    write(Level.DEBUG, message, null);
  }

  @Override
  public void logDebug(String message, Exception ex) {
    write(Level.DEBUG, message, ex);
  }

  @Override
  public void logInfo(String message) {
    write(Level.INFO, message, null);
  }

  @Override
  public void logWarning(String message) {
    write(Level.WARN, message, null);
  }

  @Override
  public void logError(String message) {
    write(Level.ERROR, message, null);
  }

  @Override
  public void logError(String message, Exception ex) {
    writeFailure(message, ex);
  }

  @Override
  public void logFatalError(String message) {
    write(Level.FATAL, message, null);
  }

  @Override
  public void logException(Throwable ex) {
    writeFailure("The stack reports an exception", ex);
  }

  @Override
  public void logStackTrace() {
    logStackTrace(TRACE_DEBUG);
  }

  @Override
  public void logStackTrace(int traceLevel) {
    Level level = levelOf(traceLevel);
    if (enabled && !level.equals(Level.OFF) && log.isEnabled(level)) {
      log.log(level, "Where the stack is", new StackPosition());
    }
  }

  /** Log4j counts no lines. */
  @Override
  public int getLineCount() {
    return 0;
  }

  @Override
  public void disableLogging() {
    enabled = false;
  }

  @Override
  public void enableLogging() {
    enabled = true;
  }

  @Override
  public void setBuildTimeStamp(String buildTimeStamp) {
    log.debug("Build time stamp {}", buildTimeStamp);
  }

  /**
   * Their levels and files do not matter here, as log4j's own configuration decides. The RI calls
   * this first of all, so what is odd about this library's own is said even where nothing else of
   * this library is in the stack.
   */
  @Override
  public void setStackProperties(Properties stackProperties) {
    StartUp.check(stackProperties);
    write(Level.DEBUG, "The log level is taken from log4j, not from the stack properties", null);
  }

  @Override
  public String getLoggerName() {
    return log.getName();
  }

  /** Carries a stack trace into the log; never thrown. */
  private static final class StackPosition extends Exception {
    private static final long serialVersionUID = 1L;
  }
}
