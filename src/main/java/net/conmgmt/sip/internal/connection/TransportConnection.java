package net.conmgmt.sip.internal.connection;

import java.io.IOException;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;

/**
 * A connection as the rest of the library sees it. Unlike an application, the library can close it
 * with any reason, and can write a keep-alive without a check that one was negotiated.
 */
public interface TransportConnection extends ManagedConnection {

  /**
   * Writes CR LF CR LF between two SIP messages. Never opens a connection.
   *
   * @throws IOException if the connection is not open
   */
  void writeKeepAlive() throws IOException;

  /** Closes the connection. Only the first call counts; its reason is the one reported. */
  void close(CloseReason reason, String detail);

  @Override
  default void close(String detail) {
    close(CloseReason.LOCAL, detail);
  }
}
