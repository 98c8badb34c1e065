package net.conmgmt.sip.internal.transport;

import java.time.Duration;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;

/** The bounds within which a peer may use this stack. */
record TransportLimits(
    int maxConnections,
    int maxConnectionsPerAddress,
    int maxHeadBytes,
    int maxBodyBytes,
    int maxWriteQueueBytes,
    Duration messageTimeout,
    Duration connectTimeout,
    Duration handshakeTimeout,
    boolean wildcardsAllowed,
    boolean answersKeepAlive) {

  static TransportLimits of(ConnectionManagementProperties properties) {
    return new TransportLimits(
        properties.intValue(Key.MAX_CONNECTIONS),
        properties.intValue(Key.MAX_CONNECTIONS_PER_ADDRESS),
        properties.intValue(Key.MAX_HEADER_BYTES),
        properties.intValue(Key.MAX_BODY_BYTES),
        properties.intValue(Key.MAX_WRITE_QUEUE_BYTES),
        properties.duration(Key.MESSAGE_TIMEOUT),
        properties.duration(Key.CONNECT_TIMEOUT),
        properties.duration(Key.TLS_HANDSHAKE_TIMEOUT),
        properties.isOn(Key.TLS_WILDCARDS),
        properties.isOn(Key.PONG));
  }

  /** How many received bytes may wait for the stack before reading from that peer pauses. */
  int maxReadQueueBytes() {
    return (int) Math.min(Integer.MAX_VALUE, 2L * maxHeadBytes + 2L * maxBodyBytes);
  }
}
