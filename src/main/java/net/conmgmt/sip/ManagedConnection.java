package net.conmgmt.sip;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One TCP or TLS connection that this library manages. Thread-safe; identity is the object itself.
 */
public interface ManagedConnection {

  /** Which end opened the connection. The opening end is the client of [MS-CONMGMT]. */
  enum Side {
    /** This stack opened the connection: it is the client. */
    CLIENT,
    /** This stack accepted the connection: it is the proxy. */
    PROXY
  }

  /** A number that no other connection of this process has. */
  long id();

  /** Which end of the protocol this stack is on here. */
  Side side();

  /** The transport as JAIN-SIP writes it: {@code TCP} or {@code TLS}. */
  String transport();

  /** The address and port of the listening point of this stack that the connection belongs to. */
  InetSocketAddress listeningPoint();

  /** The address and port of this end; before TCP is connected, whatever is known of it. */
  InetSocketAddress localAddress();

  /** The peer's address and port, also after the end. */
  InetSocketAddress remoteAddress();

  /** The name under which the peer was looked for, or null where only an address was known. */
  @Nullable String peerName();

  /**
   * The TLS session with its cipher suite and certificates, from the moment the connection is
   * established; empty over TCP. The RI's {@code TransactionExt} gives the same of a transaction.
   */
  default Optional<SSLSession> tlsSession() {
    return Optional.empty();
  }

  /** Whether the connection is established and not yet closed. */
  boolean isOpen();

  /**
   * Sends a keep-alive now ([MS-CONMGMT] 2.2.2): CR LF CR LF, between two SIP messages. The library
   * sends keep-alives by itself when they are due, so an application needs this only to find out
   * early whether the peer is still there. Never opens a connection.
   *
   * @throws IOException if the connection is not open
   * @throws IllegalStateException if this side may not send keep-alives here: it accepted the
   *     connection, or no keep-alive was negotiated on it
   */
  void sendKeepAlive() throws IOException;

  /**
   * Closes the connection, with {@link CloseReason#LOCAL}. Does nothing if it is closed already.
   *
   * @param detail why the application closes it, for logs and listeners; may be empty
   */
  void close(String detail);
}
