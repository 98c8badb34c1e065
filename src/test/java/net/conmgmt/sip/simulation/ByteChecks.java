package net.conmgmt.sip.simulation;

import java.nio.ByteBuffer;
import java.time.Duration;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.transport.ConnectionStates;

/**
 * The properties of what processes connect to and write: one connection to a hop, whole messages
 * and keep-alives only, and a keep-alive only where it was agreed on, and in time.
 */
final class ByteChecks {

  private static final long SECOND = 1_000_000_000L;

  /** How late a thread of the simulated systems may be. */
  private static final long LATE_NANOS = SECOND / 2;

  /** A proxy that was late itself looks once more so much later. */
  private static final long PATIENCE_NANOS = SECOND;

  private final Checks checks;
  private final World world;

  ByteChecks(Checks checks, World world) {
    this.checks = checks;
    this.world = world;
  }

  /** A process opens a connection. */
  void connects(Host host, SimulatedSocket socket, boolean tls) {
    world.note(host, "connects " + socket.localAddress() + " to " + socket.remoteAddress());
    for (SimulatedSocket other : host.machine.sockets) {
      checks.require(
          other == socket
              || other.process != socket.process
              || other.isForgotten()
              || other.leaving
              || !other.remoteAddress().equals(socket.remoteAddress())
              || (Interleaving.isOn() && isEnding(other)),
          host,
          "opens a second connection to " + socket.remoteAddress());
    }
    checks.require(
        !socket.remoteAddress().getAddress().equals(SimulatedDns.FORGED),
        host,
        "connects to where a forged answer points");
    checks.pausesOf(host).connects(host, tls);
    checks.own(socket);
  }

  /** Its connection has ended, open or not before, and another step is about to close it. */
  private static boolean isEnding(SimulatedSocket socket) {
    ManagedConnection user = socket.user;
    // The look at it is none of the steps of the world.
    InterleavedCalls.inOnePiece();
    try {
      return user != null && ConnectionStates.isEnding(user);
    } finally {
      InterleavedCalls.inPieces();
    }
  }

  /** A process has written; the peer may not have it yet. */
  void wrote(Host host, SimulatedSocket socket, ByteBuffer bytes) {
    WireLog.Kind kind = socket.log.wrote(bytes);
    if (world.tracing()) {
      world.note(
          host,
          "writes " + kind + " of " + bytes.remaining() + " bytes to " + socket.remoteAddress());
    }
    world.coverage.count("wire: " + kind);
    boolean client = socket.remoteAddress().getPort() < 10_000;
    checks.require(
        kind != WireLog.Kind.SOMETHING_ELSE, host, "writes what is no message as a whole");
    checks.require(kind != WireLog.Kind.KEEP_ALIVE || client, host, "pings a client");
    checks.require(kind != WireLog.Kind.ANSWER || !client, host, "answers a ping of a proxy");
    Connection own = socket.connection;
    if (own == null) {
      return;
    }
    checks.require(
        kind != WireLog.Kind.KEEP_ALIVE || own.answerSeen,
        own,
        "sends a keep-alive that was not negotiated");
    notSilent(own);
    own.lastWroteAt = world.elapsed();
  }

  /** What had to wait has gone. */
  void wroteLate(SimulatedSocket socket) {
    if (socket.connection != null) {
      socket.connection.lastWroteAt = world.elapsed();
    }
  }

  /** Of a client: what was negotiated is kept, as long as its process is not frozen. */
  void notSilent(Connection own) {
    SimulatedSocket socket = checks.socketOf(own);
    boolean frozen = own.process.frozenUntil >= own.lastWroteAt && own.process.frozenUntil > 0;
    Duration longest = own.longestSilence();
    if (longest == null || !own.isClient() || frozen || socket == null) {
      return;
    }
    long since = own.lastWroteAt;
    if (!socket.log.isClear()) {
      // What waits for a full socket waits before it becomes a record.
      since = socket.isStuck() ? world.elapsed() : Math.max(since, socket.lastStuckAt());
    }
    long silent = world.elapsed() - since;
    checks.require(
        silent <= longest.toNanos() + LATE_NANOS,
        own,
        "was silent for " + silent / 1e9 + " s, and may be so for " + longest);
  }

  /** A process has read. */
  void read(SimulatedSocket socket) {
    Connection own = socket.connection;
    if (own != null) {
      silentPeerIsGivenUp(own);
      own.lastReadAt = world.elapsed();
    }
  }

  /** Of a proxy: it keeps no client that has been silent for longer than they agreed on. */
  void silentPeerIsGivenUp(Connection own) {
    Duration longest = own.longestPatience();
    long since = Math.max(own.lastReadAt, own.succeededAt);
    boolean frozen = own.process.frozenUntil >= since && own.process.frozenUntil > 0;
    if (longest == null || frozen || !own.host.isRegistrar()) {
      return;
    }
    long silent = world.elapsed() - since;
    checks.require(
        silent <= longest.toNanos() + LATE_NANOS + PATIENCE_NANOS,
        own,
        "has kept a client that was silent for " + silent / 1e9 + " s, and may do so " + longest);
  }

  /** Of a proxy: it gives no client up that may be silent still. */
  void isGivenUpInTime(Connection own) {
    Duration longest = own.longestPatience();
    SimulatedSocket socket = checks.socketOf(own);
    // Not each record of TLS is a byte of SIP.
    if (longest == null || socket == null || !socket.log.isClear()) {
      return;
    }
    long silent = world.elapsed() - own.lastReadAt;
    checks.require(
        silent >= longest.toNanos() - LATE_NANOS,
        own,
        "gives a client up that was silent for " + silent / 1e9 + " s, and may be so " + longest);
  }
}
