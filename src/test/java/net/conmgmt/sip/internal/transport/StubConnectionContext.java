package net.conmgmt.sip.internal.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Properties;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/** A listening point for TCP on loopback that nobody listens on, for connections on their own. */
record StubConnectionContext(
    Scheduler scheduler,
    SocketIo io,
    ConnectionHandler.Factory handlers,
    TransportLimits limits,
    MemoryBudget memory,
    RecentFailures recentFailures,
    InetSocketAddress listeningPoint)
    implements ConnectionContext {

  /** With the default properties. */
  StubConnectionContext(Scheduler scheduler, SocketIo io, ConnectionHandler.Factory handlers) {
    this(scheduler, io, handlers, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /** With the default properties, and the listening point at that address. */
  StubConnectionContext(
      Scheduler scheduler,
      SocketIo io,
      ConnectionHandler.Factory handlers,
      InetSocketAddress listeningPoint) {
    this(
        scheduler,
        io,
        handlers,
        TransportLimits.of(ConnectionManagementProperties.of(new Properties())),
        MemoryBudget.ofHeap(),
        new RecentFailures(scheduler),
        listeningPoint);
  }

  @Override
  public String transport() {
    return "TCP";
  }

  @Override
  public @Nullable TlsContexts tls() {
    return null;
  }

  @Override
  public PeerWarnings warnings() {
    return new PeerWarnings(scheduler);
  }

  /** Takes no notice of what happens on a connection. */
  static class IndifferentUser implements ConnectionUser {
    @Override
    public void message(byte[] head, byte[] body) {}

    @Override
    public void refused(byte[] head, String status, String why) {}

    @Override
    public void keepAliveReceived() {}

    @Override
    public void keepAliveAnswered() {}

    @Override
    public void closed() {}
  }

  /** One for all connections. */
  static final class User {
    static final ConnectionUser NOBODY = new IndifferentUser();

    private User() {}
  }
}
