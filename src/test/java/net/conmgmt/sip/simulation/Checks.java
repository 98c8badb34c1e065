package net.conmgmt.sip.simulation;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.simulation.World.Violation;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a world, and what they are about: its connections and their sockets. Those of
 * each step are in {@link ByteChecks}, {@link MessageChecks}, {@link PromptEvents} and {@link
 * ToldEvents}; those of peace and of the end are here.
 */
final class Checks {

  /** Takes what proxies that share a directory do about each other's connections. */
  interface Moves {
    void moved(Connection older, Endpoint endpoint, String node);
  }

  private record Ends(InetSocketAddress local, InetSocketAddress remote) {}

  final ByteChecks bytes;
  final MessageChecks messages;
  private final World world;
  private final IdentityHashMap<ManagedConnection, Connection> connections =
      new IdentityHashMap<>();
  private final List<Connection> inOrder = new ArrayList<>();
  private final Map<Ends, SimulatedSocket> sockets = new HashMap<>();
  private final Map<Host, Pauses> pauses = new HashMap<>();
  private Moves moves = (older, endpoint, node) -> {};

  Checks(World world) {
    this.world = world;
    bytes = new ByteChecks(this, world);
    messages = new MessageChecks(this, world);
  }

  void require(boolean holds, Object about, String otherwise) {
    if (!holds) {
      Violation violation = new Violation(about + ": " + otherwise);
      // Who calls may catch it: a listener is shielded from what others throw.
      world.fail(violation);
      throw violation;
    }
  }

  // --- what there is --------------------------------------------------------------------------

  Connection of(Host host, ManagedConnection managed) {
    Connection known = connections.get(managed);
    if (known == null) {
      known = new Connection(host, managed);
      connections.put(managed, known);
      inOrder.add(known);
    }
    return known;
  }

  List<Connection> all() {
    return inOrder;
  }

  /** A process has a socket. */
  void own(SimulatedSocket socket) {
    sockets.put(new Ends(socket.localAddress(), socket.remoteAddress()), socket);
  }

  @Nullable SimulatedSocket socketOf(Connection connection) {
    ManagedConnection managed = connection.managed;
    SimulatedSocket socket = sockets.get(new Ends(managed.localAddress(), managed.remoteAddress()));
    if (socket != null && socket.connection == null) {
      socket.connection = connection;
    }
    return socket;
  }

  Pauses pausesOf(Host host) {
    return pauses.computeIfAbsent(host, h -> new Pauses(world));
  }

  // --- events ---------------------------------------------------------------------------------

  ConnectionManagementListener listenerOf(Host host, boolean prompt) {
    return prompt ? new PromptEvents(this, world, host) : new ToldEvents(this, world, host);
  }

  void whenMoved(Moves taker) {
    moves = taker;
  }

  /** A proxy has ended a connection for one on another proxy. */
  void moved(Connection older, Endpoint endpoint, String node) {
    moves.moved(older, endpoint, node);
  }

  // --- peace and the end ----------------------------------------------------------------------

  /** What must hold when nothing has gone wrong for a while. */
  void inPeace() {
    Map<Host, Set<Endpoint>> authenticated = new HashMap<>();
    for (Connection own : inOrder) {
      if (!own.process.ended && own.managed.isOpen()) {
        bytes.silentPeerIsGivenUp(own);
        for (Endpoint endpoint : own.authenticated) {
          require(
              authenticated.computeIfAbsent(own.host, host -> new HashSet<>()).add(endpoint),
              own,
              "is the second open connection of " + endpoint);
        }
      }
    }
  }

  /** What must hold when all stacks have stopped. */
  void atTheEnd() {
    for (Connection own : inOrder) {
      if (own.process.ended) {
        continue;
      }
      require(
          !own.connectingTold || own.closedTold != null, own, "has begun, and its end is not told");
      messages.notArrivedIsNotSilent(own);
    }
  }
}
