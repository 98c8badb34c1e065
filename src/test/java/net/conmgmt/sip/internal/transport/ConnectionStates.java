package net.conmgmt.sip.internal.transport;

import net.conmgmt.sip.ManagedConnection;

/** What the simulation has to know of a connection, and what no application is told. */
public final class ConnectionStates {

  private ConnectionStates() {}

  /** Whether its end has begun, open or not before; the steps of the end may still follow. */
  public static boolean isEnding(ManagedConnection connection) {
    return ((SocketConnection) connection).isClosed();
  }
}
