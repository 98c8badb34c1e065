package net.conmgmt.sip.internal.connection;

import gov.nist.javax.sip.message.SIPMessage;
import java.io.IOException;
import net.conmgmt.sip.CloseReason;

/**
 * Receives what a transport reports about one connection. The transport calls {@link
 * #established()} at most once and {@link #closed} exactly once, as the last call. Implementations
 * are thread-safe, as incoming and outgoing messages are reported from different threads. No method
 * blocks.
 */
public interface ConnectionHandler {

  /** TCP connects, or it is connected and TLS shakes hands. Always before {@link #established}. */
  void connecting();

  /** The connection is ready for SIP: TCP is connected and, with TLS, the peer is verified. */
  void established();

  /**
   * The application wants a keep-alive to be sent now. The only method that throws.
   *
   * @throws IOException if the connection is not open
   * @throws IllegalStateException if none was negotiated or this side may not send any
   */
  void sendKeepAlive() throws IOException;

  /** CR LF CR LF arrived between two messages, on a connection that was accepted. */
  void keepAliveReceived();

  /** A CR LF arrived on a connection that this side opened: the answer to a keep-alive. */
  void keepAliveAnswered();

  /**
   * CR LF arrived on a connection that this side opened which may as well be the end of a message
   * or a keep-alive of the peer's own: it shows that the peer is there and nothing else.
   */
  default void crLfReceived() {}

  /** Bytes arrived of a message that does not come in one piece. */
  default void insideMessage() {}

  /** A message arrived and will be given to the stack after this call. */
  void messageReceived(SIPMessage message);

  /** A message is about to be encoded: header fields may be set or removed now. */
  void messageToSend(SIPMessage message);

  /** A message was handed to the connection's write queue. */
  void messageSent(SIPMessage message);

  /** A message arrived that does not parse; the connection goes on without it. */
  void messageRefused(String detail);

  /** The user whom the connection belongs to, for log lines; empty where none is known. */
  default String user() {
    return "";
  }

  /** The connection has ended, and every message that arrived on it has been processed. */
  void closed(CloseReason reason, String detail);

  /** Makes the handler of each new connection. */
  interface Factory {
    /**
     * Called before the connection is established.
     *
     * @param traffic of the connection
     * @param inOrder runs what listeners are told, between the messages of the connection
     */
    ConnectionHandler handlerFor(
        TransportConnection connection, Traffic traffic, SerialExecutor inOrder);
  }
}
