package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/** A connection without a socket that behaves towards its handler as a transport does. */
final class FakeConnection extends Traffic implements TransportConnection {

  private final long id;
  private final Side side;
  private final InetSocketAddress peer;
  private @Nullable ConnectionHandler handler;
  private boolean open = true;
  private boolean broken;
  private Runnable pinged = () -> {};
  private boolean holdsEnd;
  private @Nullable Runnable heldEnd;

  FakeConnection(Scheduler clock, long id, Side side) {
    this(
        clock,
        id,
        side,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000 + (int) id));
  }

  FakeConnection(Scheduler clock, long id, Side side, InetSocketAddress peer) {
    super(clock);
    this.id = id;
    this.side = side;
    this.peer = peer;
  }

  FakeConnection handledBy(ConnectionHandler.Factory factory) {
    handler = factory.handlerFor(this, this, new SerialExecutor(Runnable::run, this));
    handler.connecting();
    return this;
  }

  ConnectionHandler handler() {
    if (handler == null) {
      throw new IllegalStateException("No handler yet");
    }
    return handler;
  }

  /** Bytes of a message come in, then the message. */
  void receive(SIPMessage message) {
    bytesReceived();
    handler().messageReceived(message);
  }

  /** A message goes out; gives the values of its Ms-Keep-Alive lines. */
  List<String> send(SIPMessage message) {
    handler().messageToSend(message);
    List<String> lines = Sip.keepAliveLines(message);
    handler().messageSent(message);
    bytesSent();
    return lines;
  }

  /** What happens as soon as a keep-alive is on the wire. */
  void whenPinged(Runnable reaction) {
    pinged = reaction;
  }

  /** Makes writing fail, as on a connection whose end is not noticed yet. */
  void breakOff() {
    broken = true;
  }

  /** The handler hears of the end only by {@link #tellEnd}, as where messages are before it. */
  void holdEnd() {
    holdsEnd = true;
  }

  /** The messages before the end have been handled. */
  void tellEnd() {
    if (heldEnd != null) {
      heldEnd.run();
    }
  }

  @Override
  public void sendKeepAlive() throws IOException {
    handler().sendKeepAlive();
  }

  @Override
  public void writeKeepAlive() throws IOException {
    if (!open || broken) {
      throw new IOException("Connection #" + id + " is not open");
    }
    bytesSent();
    pinged.run();
  }

  @Override
  public void close(CloseReason reason, String detail) {
    if (open) {
      open = false;
      heldEnd = () -> handler().closed(reason, detail);
      if (!holdsEnd) {
        tellEnd();
      }
    }
  }

  @Override
  public long id() {
    return id;
  }

  @Override
  public Side side() {
    return side;
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
    return peer;
  }

  @Override
  public @Nullable String peerName() {
    return null;
  }

  @Override
  public boolean isOpen() {
    return open;
  }
}
