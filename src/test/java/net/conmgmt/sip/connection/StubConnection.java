package net.conmgmt.sip.connection;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A connection that is nothing but itself. */
record StubConnection(long id) implements ManagedConnection {

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
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000 + (int) id);
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
  public void close(CloseReason reason, String detail) {}
}
