package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPRequest;
import gov.nist.javax.sip.message.SIPResponse;
import gov.nist.javax.sip.stack.SIPClientTransaction;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.sip.header.ViaHeader;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import org.jspecify.annotations.Nullable;

/**
 * Sends the messages of one channel: shows each to the connection's handler before and after,
 * decides who hears of a connection that does not open, and finds the channel that takes the place
 * of one whose connection has ended. Thread-safe.
 */
final class OutgoingMessages {

  /** Encodes and writes a message. */
  interface Sending {
    void run() throws IOException;
  }

  private final ManagedMessageProcessor processor;
  private final ManagedMessageChannel channel;

  /** Null where there is nothing to ask. */
  private final @Nullable TlsPolicyCheck policy;

  OutgoingMessages(ManagedMessageProcessor processor, ManagedMessageChannel channel) {
    this.processor = processor;
    this.channel = channel;
    SocketConnection connection = channel.connection();
    policy =
        connection.side() == ManagedConnection.Side.CLIENT
            ? processor.policyCheck(connection)
            : null;
  }

  /**
   * Sends, and waits for the connection only where the RI promises to throw: for a request, on a
   * thread of the application, unless NIO_BLOCKING_MODE promises an answer instead. All else waits
   * with the connection itself; if that does not open, the application is told as of any other late
   * failure, by {@code processIOException}.
   */
  void send(SIPMessage message, Sending sending) throws IOException {
    SocketConnection connection = channel.connection();
    boolean request = message instanceof SIPRequest;
    boolean answers = request && processor.answersWhatIsNotSent();
    if (!connection.isOpen() && request && !answers && !processor.isOwnThread()) {
      connection.attempt().awaitOpen();
    }
    toBeSent(message);
    try {
      sending.run();
    } catch (ConnectFailedException e) {
      if (!answers) {
        throw e;
      }
      processor.lost(message, channel, e);
      return;
    }
    if (!connection.isOpen()) {
      connection.attempt().whenLost(cause -> processor.lost(message, channel, cause));
    }
    connection.handler().messageSent(message);
  }

  private void toBeSent(SIPMessage message) throws IOException {
    if (policy != null && message instanceof SIPRequest) {
      policy.ask();
    }
    channel.connection().handler().messageToSend(message);
  }

  /** Writes an encoded message, without what has a meaning on this machine only. */
  void write(byte[] message) throws IOException {
    SocketConnection connection = channel.connection();
    boolean linkLocal = LinkLocal.is(connection.remoteAddress().getAddress());
    connection.write(ByteBuffer.wrap(linkLocal ? ScopeIds.removedFrom(message) : message));
  }

  /** The transaction that is going to send. A policy alone needs it, and keeps it no longer. */
  void concerns(SIPClientTransaction transaction) {
    if (policy != null) {
      policy.concerns(transaction);
    }
  }

  /**
   * Where a message goes whose connection has ended since the stack chose it: a request to the peer
   * that this side had connected to, a response to where the request says it came from (RFC 3261
   * section 18.2.2). Null while the connection is there, and where there is no way back.
   */
  @Nullable ManagedMessageChannel successorFor(SIPMessage message) throws IOException {
    SocketConnection connection = channel.connection();
    if (!connection.isClosed()) {
      return null;
    }
    if (message instanceof SIPResponse response) {
      ViaHeader via = response.getTopmostVia();
      return via == null || !processor.mayDialClients()
          ? null
          : processor.channelTo(
              connection.remoteAddress().getAddress(), processor.portOf(via.getPort()), null);
    }
    return connection.side() == ManagedConnection.Side.CLIENT
        ? processor.channelTo(
            connection.remoteAddress().getAddress(),
            connection.remoteAddress().getPort(),
            connection.peerName())
        : null;
  }
}
