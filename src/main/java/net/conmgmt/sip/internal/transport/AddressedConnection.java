package net.conmgmt.sip.internal.transport;

import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import net.conmgmt.sip.internal.connection.Answering;
import net.conmgmt.sip.internal.connection.Traffic;
import net.conmgmt.sip.internal.connection.TransportConnection;
import org.jspecify.annotations.Nullable;

/**
 * Says which connection it is: its number, its sides and its addresses, and whether its peer
 * answers. A superclass for the same reason as {@link Traffic}. Thread-safe.
 */
abstract class AddressedConnection extends Traffic implements TransportConnection, Answering {

  private static final AtomicLong NEXT_ID = new AtomicLong(1);

  private final ConnectionContext around;
  private final long id = NEXT_ID.getAndIncrement();
  private final Side side;
  private final InetSocketAddress remote;
  private final @Nullable String peerName;

  // Written before the state that says so.
  private volatile @Nullable InetSocketAddress local;

  private volatile boolean answered;

  AddressedConnection(
      ConnectionContext around, Side side, InetSocketAddress remote, @Nullable String peerName) {
    super(around.scheduler());
    this.around = around;
    this.side = side;
    this.remote = remote;
    this.peerName = peerName;
  }

  /** Its socket has that address on this machine; the first one counts. */
  final void boundTo(@Nullable InetSocketAddress address) {
    if (local == null) {
      local = address;
    }
  }

  /** A response arrived: the peer serves. */
  final void responseReceived() {
    if (!answered) {
      answered = true;
    }
  }

  @Override
  public final boolean hasAnswered() {
    return answered;
  }

  @Override
  public final long id() {
    return id;
  }

  /** What it shares with the other connections of its listening point. */
  final ConnectionContext around() {
    return around;
  }

  @Override
  public final Side side() {
    return side;
  }

  @Override
  public final String transport() {
    return around.transport();
  }

  @Override
  public final InetSocketAddress listeningPoint() {
    return around.listeningPoint();
  }

  @Override
  public final InetSocketAddress localAddress() {
    InetSocketAddress bound = local;
    return bound == null ? new InetSocketAddress(around.listeningPoint().getAddress(), 0) : bound;
  }

  @Override
  public final InetSocketAddress remoteAddress() {
    return remote;
  }

  @Override
  public final @Nullable String peerName() {
    return peerName;
  }
}
