package net.conmgmt.sip.logging;

import gov.nist.core.ServerLogger;
import gov.nist.javax.sip.message.SIPMessage;
import java.util.Properties;
import javax.sip.SipStack;
import net.conmgmt.sip.internal.config.StartUp;
import net.conmgmt.sip.internal.logging.Masking;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The RI's message trace on log4j 2: each SIP message with its direction and peers, at debug, under
 * the name {@code net.conmgmt.sip.messages}. Name it in the stack property {@code
 * gov.nist.javax.sip.SERVER_LOGGER}.
 *
 * <p>No message is encoded while the level is off; credentials are masked. Thread-safe.
 */
public final class Log4jServerLogger implements ServerLogger {

  static final String NAME = "net.conmgmt.sip.messages";

  private final Logger log;

  /** Made by the stack. */
  public Log4jServerLogger() {
    this(LogManager.getLogger(NAME));
  }

  Log4jServerLogger(Logger log) {
    this.log = log;
  }

  @Override
  public void logMessage(SIPMessage message, String from, String to, boolean sender, long time) {
    logMessage(message, from, to, null, sender, time);
  }

  @Override
  public void logMessage(
      SIPMessage message, String from, String to, String status, boolean sender) {
    logMessage(message, from, to, status, sender, 0);
  }

  @Override
  public void logMessage(
      SIPMessage message,
      String from,
      String to,
      @Nullable String status,
      boolean sender,
      long time) {
    if (log.isDebugEnabled()) {
      log.debug(
          "{} {} -> {}{}\n{}",
          sender ? "sent" : "received",
          from,
          to,
          status == null || status.isEmpty() ? "" : " (" + status + ")",
          Masking.mask(message.encode()));
    }
  }

  @Override
  public void logException(Exception ex) {
    log.error("The stack reports an exception", Masking.mask(ex));
  }

  /** Log4j keeps its files itself. */
  @Override
  public void closeLogFile() {
    log.debug("The stack has ended its message trace");
  }

  /** As in {@link Log4jStackLogger#setStackProperties}, which an application may leave out. */
  @Override
  public void setStackProperties(Properties stackProperties) {
    StartUp.check(stackProperties);
    log.trace("Message trace is governed by log4j's configuration");
  }

  @Override
  public void setSipStack(SipStack sipStack) {
    log.trace("Message trace of stack {}", sipStack.getStackName());
  }
}
