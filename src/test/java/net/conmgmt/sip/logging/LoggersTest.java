package net.conmgmt.sip.logging;

import static org.assertj.core.api.Assertions.assertThat;

import gov.nist.core.LogLevels;
import gov.nist.core.StackLogger;
import gov.nist.javax.sip.message.SIPMessage;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import net.conmgmt.sip.internal.logging.Masking;
import net.conmgmt.sip.internal.logging.WithoutLog4j1;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.message.Message;
import org.apache.logging.log4j.spi.AbstractLogger;
import org.apache.logging.log4j.spi.ExtendedLoggerWrapper;
import org.apache.logging.log4j.status.StatusLogger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the RI logs arrives at log4j: at the right level, on demand, without credentials. */
class LoggersTest {

  /** A logger of one level that keeps what it is told. */
  private static final class KeepingLogger extends ExtendedLoggerWrapper {
    private static final long serialVersionUID = 1L;

    private final Level level;
    private final transient List<String> lines = new ArrayList<>();
    private int thrown;

    KeepingLogger(String name, Level level) {
      super(
          (AbstractLogger) StatusLogger.getLogger(),
          name,
          StatusLogger.getLogger().getMessageFactory());
      this.level = level;
    }

    @Override
    public Level getLevel() {
      return level;
    }

    private boolean isOn(Level asked) {
      return asked.isMoreSpecificThan(level);
    }

    @Override
    public boolean isEnabled(
        Level asked, org.apache.logging.log4j.Marker marker, Message message, Throwable thrown) {
      return isOn(asked);
    }

    @Override
    public boolean isEnabled(
        Level asked, org.apache.logging.log4j.Marker marker, Object message, Throwable thrown) {
      return isOn(asked);
    }

    @Override
    public boolean isEnabled(
        Level asked, org.apache.logging.log4j.Marker marker, String message, Throwable thrown) {
      return isOn(asked);
    }

    @Override
    public boolean isEnabled(
        Level asked, org.apache.logging.log4j.Marker marker, String message, Object... values) {
      return isOn(asked);
    }

    @Override
    public boolean isEnabled(
        Level asked,
        org.apache.logging.log4j.Marker marker,
        CharSequence message,
        Throwable thrown) {
      return isOn(asked);
    }

    @Override
    public boolean isEnabled(Level asked, org.apache.logging.log4j.Marker marker, String message) {
      return isOn(asked);
    }

    @Override
    public void logMessage(
        String caller,
        Level at,
        org.apache.logging.log4j.Marker marker,
        Message message,
        Throwable failure) {
      lines.add(at + " " + message.getFormattedMessage());
      thrown += failure == null ? 0 : 1;
    }
  }

  private static final String REGISTER =
      String.join(
          "\r\n",
          "REGISTER sip:a SIP/2.0",
          "Authorization: Digest username=\"alice\",",
          " response=\"0123456789abcdef0123\"",
          "proxy-authorization : Digest x=\"y\"",
          "To: <sip:a@b>",
          "");

  private final KeepingLogger info = new KeepingLogger("stack", Level.INFO);
  private final KeepingLogger off = new KeepingLogger("messages", Level.OFF);

  /** A client that leaves before its answer can do so as often as it likes. */
  @Test
  void aFailureOfTheNetworkIsOneLineAndOneOfAProgramHasItsStackTrace() {
    Log4jStackLogger logger = new Log4jStackLogger(info, off);
    logger.logException(new IOException("The connection #7 from 192.0.2.1:4/TCP is closed"));
    logger.logError("not sent", new ConnectException("Connection refused"));
    assertThat(info.lines)
        .containsExactly(
            "WARN The stack reports an exception: The connection #7 from 192.0.2.1:4/TCP is closed",
            "WARN not sent: Connection refused");
    assertThat(info.thrown).isZero();
    logger.logException(new IllegalStateException("a fault"));
    assertThat(info.lines).last().isEqualTo("ERROR The stack reports an exception");
    assertThat(info.thrown).isOne();
  }

  @Test
  void theLevelsOfTheStackAreThoseOfLog4j() {
    StackLogger logger = new Log4jStackLogger(info, off);
    assertThat(logger.isLoggingEnabled(LogLevels.TRACE_INFO)).isTrue();
    assertThat(logger.isLoggingEnabled(LogLevels.TRACE_DEBUG)).isFalse();
    assertThat(logger.isLoggingEnabled(LogLevels.TRACE_NONE)).isFalse();
    logger.logDebug("quiet");
    logger.logInfo("a");
    logger.logWarning("b");
    logger.logError("c");
    logger.logFatalError("d");
    assertThat(info.lines).containsExactly("INFO a", "WARN b", "ERROR c", "FATAL d");
    logger.disableLogging();
    logger.logError("e");
    assertThat(info.lines).hasSize(4);
  }

  @Test
  void messagesAreAskedForWhenOnlyTheirTraceIsOn() {
    StackLogger logger = new Log4jStackLogger(off, new KeepingLogger("messages", Level.DEBUG));
    assertThat(logger.isLoggingEnabled(LogLevels.TRACE_MESSAGES)).isTrue();
    assertThat(logger.isLoggingEnabled(LogLevels.TRACE_ERROR)).isFalse();
  }

  @Test
  void noMessageIsEncodedWhileTheTraceIsOff() throws Exception {
    SIPMessage message =
        new gov.nist.javax.sip.message.SIPRequest() {
          private static final long serialVersionUID = 1L;

          @Override
          public String encode() {
            throw new AssertionError("encoded");
          }
        };
    new Log4jServerLogger(info).logMessage(message, "a", "b", true, 0);
    assertThat(info.lines).isEmpty();
  }

  @Test
  void credentialsDoNotReachTheLog() {
    assertThat(Masking.mask(REGISTER))
        .isEqualTo(
            String.join(
                "\r\n",
                "REGISTER sip:a SIP/2.0",
                "Authorization: ***",
                "proxy-authorization : ***",
                "To: <sip:a@b>",
                ""));
    assertThat(Masking.mask("value is response=\"0123456789ABCDEF0123\" x"))
        .isEqualTo("value is response=\"***\" x");
    assertThat(Masking.mask("a\u001b[31mb\u0000")).isEqualTo("a?[31mb?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = " | ",
      value = {
        "{a=b, javax.net.ssl.keyStorePassword=hunter2, c=d} | {a=b, javax.net.ssl.keyStorePassword=***, c=d}",
        "{javax.net.ssl.trustStorePassword=a, b}c;d&e} | {javax.net.ssl.trustStorePassword=***}",
        "{x.SECRET_KEY=hunter2} | {x.SECRET_KEY=***}",
        "redis.password = hunter2 | redis.password = ***",
        "API_TOKEN=hunter2, b=c | API_TOKEN=***, b=c",
        "passphrase=hunter2 | passphrase=***",
        "keyStorePassword=*** | keyStorePassword=***",
        "no password and: null | no password and: null",
        "From: <sip:alice:hunter2@contoso.com> | From: <sip:alice:***@contoso.com>",
        "{x.DIR=redis://alice:hunter2@h:1,h:2, y=a@b} | {x.DIR=redis://***@h:1,h:2, y=a@b}",
        "rediss://hun@ter2@h | rediss://***@h",
        "redis-sentinel://hunter2@h/0#name | redis-sentinel://***@h/0#name",
        "sip:alice@contoso.com:5060 | sip:alice@contoso.com:5060",
        "sip:contoso.com:5060;transport=tcp | sip:contoso.com:5060;transport=tcp",
        "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9|2^20 | inline:***|2^20"
      })
  void whatANameSaysIsSecretDoesNotReachTheLog(String text, String logged) {
    assertThat(Masking.mask(text)).isEqualTo(logged);
  }

  @Test
  void theStacksOwnListOfItsPropertiesShowsNoPassword() throws Exception {
    KeepingLogger debug = new KeepingLogger("stack", Level.DEBUG);
    Properties properties = new Properties();
    properties.setProperty("javax.net.ssl.keyStorePassword", "hunter2");
    properties.setProperty("javax.sip.STACK_NAME", "secrets");
    new Log4jStackLogger(debug, off)
        .logDebug("created Sip stack. Properties = " + new TreeMap<>(properties));
    assertThat(debug.lines)
        .containsExactly(
            "DEBUG created Sip stack. Properties = {javax.net.ssl.keyStorePassword=***,"
                + " javax.sip.STACK_NAME=secrets}");
  }

  @Test
  void theTextOfAFailureIsMaskedWithThatOfItsCauses() {
    Exception cause = new IllegalStateException("Authorization: Digest secret");
    Throwable logged = Masking.mask(new IllegalArgumentException("no header", cause));
    StringWriter text = new StringWriter();
    logged.printStackTrace(new PrintWriter(text));
    assertThat(text.toString())
        .contains(
            "IllegalArgumentException: no header", "IllegalStateException: Authorization: ***")
        .contains("theTextOfAFailureIsMaskedWithThatOfItsCauses")
        .doesNotContain("Digest");
    Exception harmless = new IOException("no header");
    assertThat(Masking.mask(harmless)).isSameAs(harmless);
  }

  @Test
  void credentialsOnVeryManyFoldedLinesDoNotReachTheLog() {
    assertThat(Masking.mask("Authorization: a" + "\n b".repeat(100_000) + "\nTo: c"))
        .isEqualTo("Authorization: ***\nTo: c");
  }

  @Test
  void theStackStartsWithoutLog4j1() throws Exception {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> !entry.contains("log4j-1.2-api"))
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-cp",
                classPath,
                WithoutLog4j1.class.getName())
            .redirectErrorStream(true)
            .start();
    String output =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
