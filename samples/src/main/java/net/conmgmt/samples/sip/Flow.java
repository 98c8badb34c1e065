package net.conmgmt.samples.sip;

import java.net.InetSocketAddress;
import javax.sip.address.Hop;
import net.conmgmt.sip.ManagedConnection;
import org.jspecify.annotations.Nullable;

/**
 * A way to a peer: the far address of a connection. The stack finds an existing connection by this
 * address and transport, so a request with this hop travels on it.
 *
 * @param connection the connection, or null where the transport is not managed or not connected yet
 */
public record Flow(String host, int port, String transport, @Nullable ManagedConnection connection)
    implements Hop {

  /** The way on a connection. */
  public static Flow on(ManagedConnection connection) {
    InetSocketAddress peer = connection.remoteAddress();
    return new Flow(
        peer.getAddress().getHostAddress(), peer.getPort(), connection.transport(), connection);
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

  /** Whether a request may be sent this way without opening a connection, as far as is known. */
  public boolean isUsable() {
    return connection == null || connection.isOpen();
  }

  /** Whether what is sent this way travels on that connection; by its address where not known. */
  public boolean isOn(ManagedConnection candidate) {
    InetSocketAddress peer = candidate.remoteAddress();
    return connection != null
        ? connection.equals(candidate)
        : transport.equalsIgnoreCase(candidate.transport())
            && port == peer.getPort()
            && (host.equalsIgnoreCase(candidate.peerName())
                || host.equalsIgnoreCase(peer.getHostString())
                || host.equals(peer.getAddress().getHostAddress()));
  }

  public boolean isSameWayAs(Flow other) {
    return host.equals(other.host)
        && port == other.port
        && transport.equalsIgnoreCase(other.transport);
  }

  @Override
  public String toString() {
    return host + ":" + port + "/" + transport;
  }
}
