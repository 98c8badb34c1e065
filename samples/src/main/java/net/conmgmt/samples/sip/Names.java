package net.conmgmt.samples.sip;

import java.net.InetSocketAddress;
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

  /**
   * As the library names it in its log: {@code connection #3 to sip.contoso.com
   * (192.0.2.1:5061/TLS)}, or {@code from} of one that was accepted.
   */
  public static String of(ManagedConnection connection) {
    String peer = of(connection.remoteAddress()) + "/" + connection.transport();
    String name = connection.peerName();
    return "connection #"
        + connection.id()
        + (connection.side() == ManagedConnection.Side.CLIENT ? " to " : " from ")
        + (name == null ? peer : name + " (" + peer + ")");
  }
}
