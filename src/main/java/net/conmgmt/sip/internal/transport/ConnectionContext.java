package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.WriteQueue;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/** Gives a connection what it needs of the listening point that it belongs to. Thread-safe. */
interface ConnectionContext {

  /** {@code TCP} or {@code TLS}. */
  String transport();

  /** Its address, which outgoing connections leave from, and its port. */
  InetSocketAddress listeningPoint();

  TransportLimits limits();

  /** How to speak TLS, or null on a TCP listening point. */
  @Nullable TlsContexts tls();

  /** What all connections of the stack may hold together. */
  MemoryBudget memory();

  /** A queue for what waits for the peer of one connection. */
  default WriteQueue writeQueue() {
    return new WriteQueue(limits().maxWriteQueueBytes(), memory());
  }

  /** Hops that need not be tried again at once. */
  RecentFailures recentFailures();

  Scheduler scheduler();

  ConnectionHandler.Factory handlers();

  /** Where a peer's doings are complained about. */
  PeerWarnings warnings();

  /**
   * What moves the bytes.
   *
   * @throws IOException when the listening point is stopped
   */
  SocketIo io() throws IOException;
}
