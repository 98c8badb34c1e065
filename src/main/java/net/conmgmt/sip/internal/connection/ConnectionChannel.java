package net.conmgmt.sip.internal.connection;

import net.conmgmt.sip.ManagedConnection;

/** The RI's message channel, reduced to the connection that it stands for. */
public interface ConnectionChannel {

  /** The connection on which everything of this channel travels. */
  ManagedConnection connection();
}
