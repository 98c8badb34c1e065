package net.conmgmt.sip.internal.connection;

import java.net.InetSocketAddress;
import java.util.Locale;
import net.conmgmt.sip.ManagedConnection;

/** How a connection is named in log lines, so that they all look alike. */
public final class ConnectionText {

  private ConnectionText() {}

  /** Role, number, transport and peer: {@code client side #3 TLS sip.contoso.com 10.0.0.1:5061}. */
  public static String of(ManagedConnection connection) {
    String name = connection.peerName();
    return connection.side().name().toLowerCase(Locale.ROOT)
        + " side #"
        + connection.id()
        + ' '
        + connection.transport()
        + ' '
        + (name == null ? "" : name + ' ')
        + of(connection.remoteAddress());
  }

  /** {@code ip:port}, with brackets round an IPv6 address. */
  public static String of(InetSocketAddress address) {
    String host =
        address.getAddress() == null
            ? address.getHostString()
            : address.getAddress().getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }
}
