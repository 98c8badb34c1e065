package net.conmgmt.sip.internal.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * The properties of the RI that its own TCP and TLS transports honour and managed connections do
 * not, each with what takes its place. A stack that sets one is warned once, at its start.
 */
final class RiProperties {

  private static final String RI = "gov.nist.javax.sip.";
  private static final Map<String, String> WITHOUT_EFFECT = withoutEffect();

  private RiProperties() {}

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

  /** The full names, in alphabetical order. */
  static List<String> namesWithoutEffect() {
    return WITHOUT_EFFECT.keySet().stream().map(RI::concat).toList();
  }
}
