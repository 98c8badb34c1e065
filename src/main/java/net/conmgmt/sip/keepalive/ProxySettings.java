package net.conmgmt.sip.keepalive;

import net.conmgmt.sip.config.ConnectionManagementProperties;

/** The properties that the proxy side needs, read once a stack. Immutable. */
record ProxySettings(
    int timeoutSeconds,
    int graceSeconds,
    int connectionTimeoutSeconds,
    int idleTimeoutSeconds,
    boolean registrar) {

  static ProxySettings of(ConnectionManagementProperties properties) {
    return new ProxySettings(
        properties.intValue(ConnectionManagementProperties.Key.KEEP_ALIVE_TIMEOUT),
        properties.intValue(ConnectionManagementProperties.Key.KEEP_ALIVE_GRACE),
        properties.intValue(ConnectionManagementProperties.Key.CONNECTION_TIMEOUT),
        properties.intValue(ConnectionManagementProperties.Key.IDLE_TIMEOUT),
        properties.isOn(ConnectionManagementProperties.Key.REGISTRAR));
  }
}
