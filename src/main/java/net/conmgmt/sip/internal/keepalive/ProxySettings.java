package net.conmgmt.sip.internal.keepalive;

import java.util.random.RandomGenerator;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;

/** The properties that the proxy side needs, read once a stack. Immutable. */
record ProxySettings(
    boolean negotiates,
    int timeoutSeconds,
    int spreadPercent,
    int graceSeconds,
    int connectionTimeoutSeconds,
    int idleTimeoutSeconds,
    boolean registrar) {

  /**
   * The T of one connection: the configured one, or shorter at random by up to the spread, never
   * below 1.
   */
  int drawTimeoutSeconds(RandomGenerator random) {
    long most = timeoutSeconds;
    long least = Math.max(1, most - most * spreadPercent / 100);
    return (int) random.nextLong(least, most + 1);
  }

  static ProxySettings of(ConnectionManagementProperties properties) {
    return new ProxySettings(
        properties.isOn(ConnectionManagementProperties.Key.KEEP_ALIVE),
        properties.intValue(ConnectionManagementProperties.Key.KEEP_ALIVE_TIMEOUT),
        properties.intValue(ConnectionManagementProperties.Key.KEEP_ALIVE_SPREAD),
        properties.intValue(ConnectionManagementProperties.Key.KEEP_ALIVE_GRACE),
        properties.intValue(ConnectionManagementProperties.Key.CONNECTION_TIMEOUT),
        properties.intValue(ConnectionManagementProperties.Key.IDLE_TIMEOUT),
        properties.isOn(ConnectionManagementProperties.Key.REGISTRAR));
  }
}
