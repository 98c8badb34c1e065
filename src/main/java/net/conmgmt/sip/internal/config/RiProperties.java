package net.conmgmt.sip.internal.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * Lists the properties that the RI's own TCP and TLS transports honour and managed connections do
 * not, each with its replacement. A stack that sets one of them logs one warning at its start.
 */
final class RiProperties {

  private static final String RI = "gov.nist.javax.sip.";
  private static final String OUR_LOGGERS = ConnectionManagementProperties.PREFIX + "logging.";

  /** Each with the properties that name the loggers that read it. */
  private static final Map<String, List<String>> OF_ITS_LOGGERS =
      Collections.unmodifiableMap(ofItsLoggers());

  /** Numbers without which the RI does not start, saying only "For input string". */
  private static final List<String> NUMBERS =
      List.of(
          "CONGESTION_CONTROL_TIMEOUT",
          "DIALOG_TIMEOUT_FACTOR",
          "EARLY_DIALOG_TIMEOUT_SECONDS",
          "LINGER_TIMER",
          "MAX_FORK_TIME_SECONDS",
          "MAX_LISTENER_RESPONSE_TIME",
          "MAX_TX_LIFETIME_INVITE",
          "MAX_TX_LIFETIME_NON_INVITE",
          "MIN_KEEPALIVE_TIME_SECONDS",
          "RELIABLE_CONNECTION_KEEP_ALIVE_TIMEOUT",
          "SSL_HANDSHAKE_TIMEOUT",
          "THREAD_PRIORITY");

  private static final Map<String, String> WITHOUT_EFFECT = withoutEffect();

  private RiProperties() {}

  private static Map<String, List<String>> ofItsLoggers() {
    Map<String, List<String>> names = new TreeMap<>();
    names.put("TRACE_LEVEL", List.of("STACK_LOGGER", "SERVER_LOGGER"));
    names.put("DEBUG_LOG", List.of("STACK_LOGGER"));
    names.put("DEBUG_LOG_OVERWRITE", List.of("STACK_LOGGER"));
    names.put("LOG4J_LOGGER_NAME", List.of("STACK_LOGGER"));
    names.put("SERVER_LOG", List.of("SERVER_LOGGER"));
    names.put("SERVER_LOG_OVERWRITE", List.of("SERVER_LOGGER"));
    names.put("LOG_MESSAGE_CONTENT", List.of("SERVER_LOGGER"));
    return names;
  }

  private static Map<String, String> withoutEffect() {
    String ours = ConnectionManagementProperties.PREFIX;
    Map<String, String> instead = new TreeMap<>();
    instead.put("READ_TIMEOUT", ours + "MESSAGE_TIMEOUT bounds the time for one message");
    instead.put("SSL_HANDSHAKE_TIMEOUT", ours + "TLS_HANDSHAKE_TIMEOUT bounds the handshake");
    instead.put("CONNECTION_TIMEOUT", ours + "CONNECT_TIMEOUT bounds connecting");
    instead.put(
        "MAX_MESSAGE_SIZE",
        ours + "MAX_HEADER_BYTES and " + ours + "MAX_BODY_BYTES bound a message");
    instead.put("MAX_CONNECTIONS", ours + "MAX_CONNECTIONS bounds accepted connections");
    instead.put("NIO_MAX_SOCKET_IDLE_TIME", ours + "IDLE_TIMEOUT closes silent connections");
    instead.put(
        "TCP_POST_PARSING_THREAD_POOL_SIZE",
        "the messages of a connection are handled in order, on THREAD_POOL_SIZE threads");
    instead.put(
        "NETWORK_LAYER", "managed sockets are made by this library; UDP goes on using the class");
    instead.put("THREAD_PRIORITY", "the threads of this library have normal priority");
    instead.put("stack.USE_DIRECT_BUFFERS", "this library chooses its buffers itself");
    return Collections.unmodifiableMap(instead);
  }

  /**
   * One line for each that is no number: the RI fails then, and names neither property nor value.
   */
  static List<String> badNumbers(Properties raw) {
    List<String> warnings = new ArrayList<>();
    for (String name : NUMBERS) {
      String value = raw.getProperty(RI + name);
      if (value != null && !value.matches("[+-]?\\d{1,18}")) {
        warnings.add(
            "Property "
                + RI
                + name
                + " = '"
                + value
                + "': expected a whole number; the RI does not start the stack with it");
      }
    }
    return warnings;
  }

  /** One line for each that is set. */
  static List<String> warnings(Properties raw) {
    List<String> warnings = new ArrayList<>();
    WITHOUT_EFFECT.forEach(
        (name, instead) -> {
          String value = raw.getProperty(RI + name);
          if (value != null) {
            warnings.add(
                RI + name + " = " + value + " has no effect on managed connections: " + instead);
          }
        });
    return warnings;
  }

  /** One line for each that only the RI's own loggers read, where this library's stand in. */
  static List<String> loggingWarnings(Properties raw) {
    List<String> warnings = new ArrayList<>();
    OF_ITS_LOGGERS.forEach(
        (name, readers) -> {
          String value = raw.getProperty(RI + name);
          boolean oursOnly =
              readers.stream()
                  .allMatch(
                      reader -> raw.getProperty(RI + reader, "").trim().startsWith(OUR_LOGGERS));
          if (value != null && oursOnly) {
            warnings.add(
                RI
                    + name
                    + " = "
                    + value
                    + " has no effect with "
                    + String.join(" and ", readers)
                    + " of this library: Log4j decides what is written and where, by the names"
                    + " gov.nist.javax.sip and net.conmgmt.sip.messages");
          }
        });
    return warnings;
  }

  /** The full names, in alphabetical order. */
  static List<String> namesWithoutEffect() {
    return WITHOUT_EFFECT.keySet().stream().map(RI::concat).toList();
  }
}
