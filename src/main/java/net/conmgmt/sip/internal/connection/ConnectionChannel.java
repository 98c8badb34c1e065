package net.conmgmt.sip.internal.connection;

import net.conmgmt.sip.ManagedConnection;

/** The RI's message channel, seen as what it is here: one connection. */
public interface ConnectionChannel {

  /** The connection on which everything of this channel travels. */
  ManagedConnection connection();
}
