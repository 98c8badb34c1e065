package net.conmgmt.sip.testing;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.connection.TransportConnection;
import org.jspecify.annotations.Nullable;

/** An open connection without a socket, for what is above the transport and only looks at it. */
public record StubConnection(long id, Side side, String transport, InetSocketAddress remoteAddress)
    implements TransportConnection {

  /** The peer is {@code 127.0.0.1:40000}, whatever the id. */
  public StubConnection(long id, Side side, String transport) {
    this(id, side, transport, new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000));
  }

  @Override
  public InetSocketAddress listeningPoint() {
    return localAddress();
  }

  @Override
  public InetSocketAddress localAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 5060);
  }

  @Override
  public @Nullable String peerName() {
    return side == Side.CLIENT ? "sip.contoso.test" : null;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void writeKeepAlive() {
    sendKeepAlive();
  }

  @Override
  public void sendKeepAlive() {
    throw new IllegalStateException("Nobody expects a keep-alive here");
  }

  @Override
  public void close(CloseReason reason, String detail) {
    throw new IllegalStateException("Nobody expects a close here: " + reason + " " + detail);
  }
}
