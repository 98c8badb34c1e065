package net.conmgmt.sip.internal.connection;

import java.net.InetSocketAddress;
import net.conmgmt.sip.ManagedConnection;

/** Names connections and addresses in log lines and errors, so that they all look alike. */
public final class ConnectionText {

  private ConnectionText() {}

  /**
   * Number, who opened it, and the peer: {@code connection #3 to sip.contoso.com
   * (192.0.2.1:5061/TLS)} of one that this side opened, {@code connection #4 from
   * 192.0.2.7:40001/TCP} of one that it accepted.
   */
  public static String of(ManagedConnection connection) {
    return of(connection, "");
  }

  /** The same with the user who registered on it, where one is known. */
  public static String of(ManagedConnection connection, String user) {
    return "connection #"
        + connection.id()
        + (connection.side() == ManagedConnection.Side.CLIENT ? " to " : " from ")
        + peerOf(connection)
        + (user.isEmpty() ? "" : " " + user);
  }

  /** {@code sip.contoso.com (192.0.2.1:5061/TLS)}, or without a name what is in the brackets. */
  public static String peerOf(ManagedConnection connection) {
    String peer = of(connection.remoteAddress()) + "/" + connection.transport();
    String name = connection.peerName();
    return name == null ? peer : name + " (" + peer + ")";
  }

  /** {@code ip:port}, with brackets round an IPv6 address. */
  public static String of(InetSocketAddress address) {
    String host =
        address.getAddress() == null
            ? address.getHostString()
            : address.getAddress().getHostAddress();
    return of(host, address.getPort());
  }

  /** {@code host:port}, with brackets round an IPv6 address that has none. */
  public static String of(String host, int port) {
    boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
    return (bare ? "[" + host + "]" : host) + ":" + port;
  }
}
