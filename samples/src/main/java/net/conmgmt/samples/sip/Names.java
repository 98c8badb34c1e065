package net.conmgmt.samples.sip;

import java.net.InetSocketAddress;
import java.util.Locale;
import net.conmgmt.sip.ManagedConnection;

/** How addresses and connections are written for people. */
public final class Names {

  private Names() {}

  /** {@code ip:port}, with brackets round an IPv6 address. */
  public static String of(InetSocketAddress address) {
    return of(
        address.getAddress() == null
            ? address.getHostString()
            : address.getAddress().getHostAddress(),
        address.getPort());
  }

  /** {@code host:port}, with brackets round an IPv6 address. */
  public static String of(String host, int port) {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }

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
}
