package net.conmgmt.sip.bench;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import net.conmgmt.sip.connection.CloseReason;
import net.conmgmt.sip.connection.ManagedConnection;
import org.jspecify.annotations.Nullable;

/** An accepted connection without a socket, for what is above the transport. */
record IdleConnection(long id) implements ManagedConnection {

  @Override
  public Side side() {
    return Side.PROXY;
  }

  @Override
  public String transport() {
    return "TCP";
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
    return InetSocketAddress.createUnresolved("peer-" + id, 5060);
  }

  @Override
  public @Nullable String peerName() {
    return null;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void sendKeepAlive() {}

  @Override
  public void close(CloseReason reason, String detail) {
    throw new IllegalStateException("No timer fires here, but " + reason + ": " + detail);
  }
}
