package net.conmgmt.sip.monitoring;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import net.conmgmt.sip.connection.CloseReason;
import net.conmgmt.sip.connection.ManagedConnection;
import org.jspecify.annotations.Nullable;

/** A connection without a socket. */
record TestConnection(long id, Side side) implements ManagedConnection {

  @Override
  public String transport() {
    return "TLS";
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
  public InetSocketAddress remoteAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);
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
  public void sendKeepAlive() {}

  @Override
  public void close(CloseReason reason, String detail) {}
}
