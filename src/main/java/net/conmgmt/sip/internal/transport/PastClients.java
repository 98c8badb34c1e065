package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Map;
import net.conmgmt.sip.internal.connection.BoundedMap;

/**
 * Where clients came from whose connection has ended. Behind a NAT, or from a port that is good for
 * one connection only, nobody answers there: with {@code DIAL_CLIENTS = off} such an address is not
 * connected to. Knows the newest {@value #MOST} addresses. Thread-safe.
 */
final class PastClients {

  private static final int MOST = 65_536;

  private final boolean kept;
  // Guarded by this.
  private final Map<InetSocketAddress, Boolean> addresses = new BoundedMap<>(MOST);

  PastClients(boolean dialled) {
    kept = !dialled;
  }

  /** A connection that came from there has ended. */
  synchronized void add(InetSocketAddress client) {
    if (kept) {
      addresses.put(client, true);
    }
  }

  /**
   * Lets an address pass that is none of a client.
   *
   * @throws IOException where it is one
   */
  synchronized void refuse(InetSocketAddress peer) throws IOException {
    if (addresses.containsKey(peer)) {
      throw new IOException(
          "Will not connect to "
              + peer
              + ": a client came from there, its connection has ended, and"
              + " net.conmgmt.sip.DIAL_CLIENTS = off");
    }
  }

  /** Whether a response may go to the address in its Via where its connection has ended. */
  boolean mayBeDialled() {
    return !kept;
  }
}
