package net.conmgmt.sip.internal.discovery;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.connection.Answering;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.Provisional;
import net.conmgmt.sip.internal.connection.TransportConnection;
import org.jspecify.annotations.Nullable;

/** A connection that exists in memory only. */
final class FakeConnection implements TransportConnection, Answering, Provisional {

  volatile boolean answered = true;
  volatile CompletableFuture<?> verdict = CompletableFuture.completedFuture(null);

  private final ConnectionTarget target;
  private volatile boolean open = true;

  FakeConnection(ConnectionTarget target) {
    this.target = target;
  }

  @Override
  public long id() {
    return 1;
  }

  @Override
  public Side side() {
    return Side.CLIENT;
  }

  @Override
  public boolean hasAnswered() {
    return answered;
  }

  @Override
  public CompletableFuture<?> verdict() {
    return verdict;
  }

  @Override
  public String transport() {
    return target.transport();
  }

  @Override
  public InetSocketAddress listeningPoint() {
    return localAddress();
  }

  @Override
  public InetSocketAddress localAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return target.address();
  }

  @Override
  public @Nullable String peerName() {
    return target.peerName();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void writeKeepAlive() {}

  @Override
  public void sendKeepAlive() {}

  @Override
  public void close(CloseReason reason, String detail) {
    open = false;
  }
}
