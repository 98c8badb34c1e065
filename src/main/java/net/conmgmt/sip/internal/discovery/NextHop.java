package net.conmgmt.sip.internal.discovery;

import javax.sip.address.Hop;
import net.conmgmt.sip.internal.config.HostNames;
import net.conmgmt.sip.internal.connection.ConnectionText;

/** The hop that a request is sent to. Immutable. */
public final class NextHop implements Hop {

  private static final int SIP_PORT = 5060;
  private static final int SIPS_PORT = 5061;

  private final String host;
  private final int port;
  private final String transport;

  /**
   * Makes a hop.
   *
   * @param host a name or an IP address; brackets of IPv6 are added where they are missing
   * @param port the port, or -1 for the default of the transport
   */
  public NextHop(String host, int port, String transport) {
    this.host = host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
    boolean tls = transport.equalsIgnoreCase("TLS");
    this.port = port != -1 ? port : tls ? SIPS_PORT : SIP_PORT;
    this.transport = transport;
  }

  /**
   * Reads {@code host:port/transport}, of which port and transport may be missing, as {@code
   * javax.sip.OUTBOUND_PROXY} has it.
   *
   * @throws IllegalArgumentException saying what was expected
   */
  public static NextHop parse(String property) {
    String text = property.trim();
    int slash = text.indexOf('/');
    String transport = slash < 0 ? "UDP" : text.substring(slash + 1).trim();
    String hostPort = slash < 0 ? text : text.substring(0, slash);
    int colon = hostPort.indexOf(':', hostPort.indexOf(']') + 1);
    String host = (colon < 0 ? hostPort : hostPort.substring(0, colon)).trim();
    int port = colon < 0 ? -1 : port(hostPort.substring(colon + 1).trim());
    if (host.isEmpty() || transport.isEmpty() || port == 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "Property javax.sip.OUTBOUND_PROXY = '"
              + property
              + "': expected host:port/transport, for example 192.0.2.1:5061/TLS");
    }
    // DNS, SNI and certificates know the ASCII form only.
    return new NextHop(host.indexOf(':') >= 0 ? host : HostNames.toAscii(host), port, transport);
  }

  private static int port(String text) {
    try {
      return Math.max(0, Integer.parseInt(text));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  @Override
  public String getHost() {
    return host;
  }

  @Override
  public int getPort() {
    return port;
  }

  @Override
  public String getTransport() {
    return transport;
  }

  @Override
  public String toString() {
    return ConnectionText.of(host, port) + "/" + transport;
  }
}
