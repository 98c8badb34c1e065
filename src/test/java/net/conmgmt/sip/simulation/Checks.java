package net.conmgmt.sip.simulation;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPResponse;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.simulation.World.Violation;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a world that hold at every step. Each message arrives once, whole and in order;
 * a connection ends once, after everything before it; a keep-alive leaves only where it was agreed
 * on, between two messages, and in time.
 */
final class Checks {

  private static final long SECOND = 1_000_000_000L;

  /** How late a thread of the simulated systems may be. */
  private static final long LATE_NANOS = SECOND / 2;

  /** Takes what proxies that share a directory do about each other's connections. */
  interface Moves {
    void moved(Connection older, Endpoint endpoint, String node);
  }

  private record Ends(InetSocketAddress local, InetSocketAddress remote) {}

  private final World world;
  private final IdentityHashMap<ManagedConnection, Connection> connections =
      new IdentityHashMap<>();
  private final List<Connection> inOrder = new ArrayList<>();
  private final Map<Ends, SimulatedSocket> sockets = new HashMap<>();
  private final Set<Long> adrift = new HashSet<>();
  private final Map<Host, Pauses> pauses = new HashMap<>();
  private Moves moves = (older, endpoint, node) -> {};

  Checks(World world) {
    this.world = world;
  }

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

  void require(boolean holds, Object about, String otherwise) {
    if (!holds) {
      Violation violation = new Violation(about + ": " + otherwise);
      // Who calls may catch it: a listener is shielded from what others throw.
      world.fail(violation);
      throw violation;
    }
  }

  Pauses pausesOf(Host host) {
    return pauses.computeIfAbsent(host, h -> new Pauses(world));
  }

  void whenMoved(Moves taker) {
    moves = taker;
  }

  // --- bytes ----------------------------------------------------------------------------------

  /** A process opens a connection. */
  void connects(Host host, SimulatedSocket socket, boolean tls) {
    world.note(host, "connects " + socket.localAddress() + " to " + socket.remoteAddress());
    for (SimulatedSocket other : host.machine.sockets) {
      require(
          other == socket
              || other.process != socket.process
              || other.isForgotten()
              || other.leaving
              || (Interleaving.isOn() && isEnding(other))
              || !other.remoteAddress().equals(socket.remoteAddress()),
          host,
          "opens a second connection to " + socket.remoteAddress());
    }
    require(
        !socket.remoteAddress().getAddress().equals(SimulatedDns.FORGED),
        host,
        "connects to where a forged answer points");
    pausesOf(host).connects(host, tls);
    own(socket);
  }

  /** Its connection has ended, and another step is about to close it. */
  private static boolean isEnding(SimulatedSocket socket) {
    Connection owner = socket.connection;
    return owner != null && owner.establishedAt > 0 && !owner.managed.isOpen();
  }

  /** A process has a socket. */
  void own(SimulatedSocket socket) {
    sockets.put(new Ends(socket.localAddress(), socket.remoteAddress()), socket);
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
    require(kind != WireLog.Kind.SOMETHING_ELSE, host, "writes what is no message as a whole");
    require(kind != WireLog.Kind.KEEP_ALIVE || client, host, "pings a client");
    require(kind != WireLog.Kind.ANSWER || !client, host, "answers a ping of a proxy");
    Connection own = ownerOf(socket);
    if (own == null) {
      return;
    }
    require(
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
  private void notSilent(Connection own) {
    SimulatedSocket socket = socketOf(own);
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
    require(
        silent <= longest.toNanos() + LATE_NANOS,
        own,
        "was silent for " + silent / 1e9 + " s, and may be so for " + longest);
  }

  private @Nullable Connection ownerOf(SimulatedSocket socket) {
    return socket.connection;
  }

  @Nullable SimulatedSocket socketOf(Connection connection) {
    ManagedConnection managed = connection.managed;
    SimulatedSocket socket = sockets.get(new Ends(managed.localAddress(), managed.remoteAddress()));
    if (socket != null && socket.connection == null) {
      socket.connection = connection;
    }
    return socket;
  }

  // --- messages -------------------------------------------------------------------------------

  /** An application is about to send; gives what to say if that throws. */
  Connection.Message sends(Host host, ManagedConnection managed, SIPMessage message) {
    Connection.Message sent = new Connection.Message(Messages.idOf(message));
    Connection own = of(host, managed);
    if (own.connectingTold && !managed.isOpen()) {
      adrift.add(sent.id);
    } else {
      own.sent.add(sent);
    }
    return sent;
  }

  /** An application has got a message. */
  void received(Host host, ManagedConnection managed, SIPMessage message) {
    Connection own = of(host, managed);
    long id = Messages.idOf(message);
    if (world.tracing()) {
      world.note(
          host, "gets message " + id + " on " + managed + ": " + message.getFirstLine().trim());
    }
    world.coverage.count("message: received");
    require(own.closedTold == null, own, "gets message " + id + " after the end was told");
    String fault = Messages.faultOf(message);
    require(fault == null, own, "message " + id + " " + fault);
    if (message instanceof SIPResponse response && carriesAnswer(response)) {
      own.answerSeen = true;
    }
    inTurn(own, id);
  }

  /** Whether a keep-alive may follow this response ([MS-CONMGMT] 3.4.5.3, RFC 6223, RFC 5626). */
  private static boolean carriesAnswer(SIPResponse response) {
    int status = response.getStatusCode();
    String keep = response.getTopmostVia().getParameter("keep");
    if (status < 300 && keep != null && !keep.isEmpty()) {
      return true;
    }
    return status / 100 == 2
        && (response.getHeader("Ms-Keep-Alive") != null
            || response.getHeader("Flow-Timer") != null);
  }

  /** Each message comes once, after all that were sent before it. */
  private void inTurn(Connection own, long id) {
    SimulatedSocket socket = socketOf(own);
    SimulatedSocket peer = socket == null ? null : socket.peer();
    Connection other = peer == null ? null : peer.connection;
    // A step of the other side may stand still before it tells of its connection.
    if (peer == null || (other == null && !peer.log.isClear())) {
      require(false, own, "gets message " + id + ", which nobody has sent on it");
      return;
    }
    long expected = -1;
    if (peer.log.isClear()) {
      List<WireLog.Sent> sent = peer.log.messages();
      expected = own.received < sent.size() ? sent.get(own.received).id() : -1;
      if (expected != id && Interleaving.isOn()) {
        // The step of a message that takes long is overtaken by those of other calls.
        boolean waits =
            sent.subList(own.received, sent.size()).stream().anyMatch(m -> m.id() == id);
        require(waits && own.early.add(id), own, "gets message " + id + " again");
        return;
      }
      while (own.received + 1 < sent.size() && own.early.remove(sent.get(own.received + 1).id())) {
        own.received++;
      }
    } else if (adrift.remove(id)) {
      // Its sender's connection had ended, and another one has taken it.
      return;
    } else if (other != null) {
      List<Connection.Message> sent = other.sent;
      while (own.received < sent.size()
          && sent.get(own.received).failed
          && sent.get(own.received).id != id) {
        own.received++;
      }
      expected = own.received < sent.size() ? sent.get(own.received).id : -1;
    }
    require(
        expected == id,
        own,
        "gets message " + id + ", and the next one of its peer is " + expected);
    own.received++;
  }

  // --- events ---------------------------------------------------------------------------------

  ConnectionManagementListener listenerOf(Host host, boolean prompt) {
    return prompt ? new Prompt(host) : new Told(host);
  }

  /** What the library's own listeners hear at once. */
  private final class Prompt implements ConnectionManagementListener {
    private final Host host;

    Prompt(Host host) {
      this.host = host;
    }

    @Override
    public void established(ManagedConnection managed) {
      Connection own = of(host, managed);
      own.lastWroteAt = world.elapsed();
      own.lastReadAt = world.elapsed();
      own.establishedAt = world.elapsed();
      require(socketOf(own) != null, own, "is established without a socket");
    }

    @Override
    public void keepAliveNegotiated(
        ManagedConnection managed, KeepAliveDialect dialect, Duration timeout, Duration acts) {
      Connection own = of(host, managed);
      boolean bySilence = dialect == KeepAliveDialect.MS && own.isClient();
      own.grants.put(dialect, bySilence ? timeout.multipliedBy(2).dividedBy(3) : acts);
      world.coverage.count("dialect: " + dialect);
      if (own.isClient()) {
        own.lastWroteAt = world.elapsed();
      }
    }

    @Override
    public void keepAliveEnded(ManagedConnection managed, KeepAliveDialect dialect, String detail) {
      Connection own = of(host, managed);
      require(
          own.grants.remove(dialect) != null, own, "ends " + dialect + ", which was not agreed");
      own.answerSeen = !own.grants.isEmpty();
    }

    @Override
    public void endpointAuthenticated(ManagedConnection managed, Endpoint endpoint) {
      of(host, managed).arrivedAt.putIfAbsent(endpoint, world.elapsed());
    }

    @Override
    public void endpointMoved(ManagedConnection older, Endpoint endpoint, String node) {
      world.coverage.count("directory: connection ended by another proxy");
      moves.moved(of(host, older), endpoint, node);
    }

    @Override
    public void closed(ManagedConnection managed, CloseReason reason, String detail) {
      Connection own = of(host, managed);
      if (reason != CloseReason.SHUTDOWN) {
        notSilent(own);
      }
      pausesOf(host).closed(own, socketOf(own));
    }

    @Override
    public void discoveryAttemptEnded(String domain, DiscoveryReport.Attempt attempt) {
      world.coverage.count("discovery attempt: " + attempt.outcome());
      if (world.tracing()) {
        world.note(host, "has tried " + attempt);
      }
      pausesOf(host).attemptEnded(attempt);
    }

    @Override
    public void outboundProxyLost(String domain, ManagedConnection connection, CloseReason reason) {
      world.coverage.count("discovery: proxy lost");
    }

    @Override
    public void discoveryEnded(DiscoveryReport report) {
      world.coverage.count("discovery: " + (report.succeeded() ? "connected" : "failed"));
      if (world.tracing()) {
        world.note(
            host, "has discovered " + (report.succeeded() ? report.chosen() : report.failure()));
      }
      pausesOf(host).discoveryEnded(host, report);
      Host.Program program = host.program();
      if (report.succeeded()) {
        world.in(host.process(), world.dice.pace(), program::discovered);
      }
    }
  }

  /** What an application hears. */
  private final class Told implements ConnectionManagementListener {
    private final Host host;

    Told(Host host) {
      this.host = host;
    }

    private Connection told(ManagedConnection managed, String what) {
      Connection own = of(host, managed);
      world.coverage.count("event: " + what);
      if (world.tracing()) {
        world.note(host, "is told: " + what + " of " + managed);
      }
      require(own.closedTold == null, own, "hears of " + what + " after the end");
      return own;
    }

    @Override
    public void connecting(ManagedConnection managed) {
      Connection own = told(managed, "connecting");
      require(!own.connectingTold && !own.establishedTold, own, "begins twice");
      own.connectingTold = true;
    }

    @Override
    public void established(ManagedConnection managed) {
      Connection own = told(managed, "established");
      require(own.connectingTold && !own.establishedTold, own, "is established out of turn");
      own.establishedTold = true;
    }

    @Override
    public void closed(ManagedConnection managed, CloseReason reason, String detail) {
      Connection own = told(managed, "closed " + reason);
      if (world.tracing()) {
        world.note(host, "  " + reason + " " + detail);
      }
      require(own.connectingTold, own, "ends before its beginning");
      // A peer may die in the middle of a message.
      boolean tooSlow = detail.contains("MESSAGE_TIMEOUT");
      require(
          reason != CloseReason.BAD_INPUT || tooSlow,
          own,
          "closed over its peer's bytes: " + detail);
      own.closedTold = reason;
      nothingReadIsMissing(own);
      Host.Program program = host.program();
      world.in(host.process(), 0, () -> program.lost(managed));
    }

    @Override
    public void keepAliveNegotiated(ManagedConnection managed, Duration timeout, Duration acts) {
      told(managed, "keep-alive negotiated");
    }

    @Override
    public void keepAliveSent(ManagedConnection managed) {
      Connection own = told(managed, "keep-alive sent");
      require(own.answerSeen, own, "tells of a keep-alive that was not negotiated");
    }

    @Override
    public void keepAliveReceived(ManagedConnection managed) {
      told(managed, "keep-alive received");
    }

    @Override
    public void keepAliveAnswered(ManagedConnection managed) {
      told(managed, "keep-alive answered");
    }

    @Override
    public void messageRefused(ManagedConnection managed, String detail) {
      require(false, of(host, managed), "refuses a message of its own kind: " + detail);
    }

    @Override
    public void endpointAuthenticated(ManagedConnection managed, Endpoint endpoint) {
      Connection own = told(managed, "endpoint authenticated");
      own.authenticated.add(endpoint);
      own.authenticatedAt = world.elapsed();
    }

    @Override
    public void endpointReplaced(
        ManagedConnection older, Endpoint endpoint, ManagedConnection newer) {
      told(newer, "endpoint replaced");
    }

    @Override
    public void endpointRemoved(ManagedConnection managed, Endpoint endpoint, CloseReason why) {
      told(managed, "endpoint removed");
    }
  }

  /** All messages whose last byte was read have been given to the application. */
  private void nothingReadIsMissing(Connection own) {
    SimulatedSocket socket = socketOf(own);
    SimulatedSocket peer = socket == null ? null : socket.peer();
    if (socket == null || peer == null || own.closedTold == CloseReason.SHUTDOWN) {
      return;
    }
    if (Interleaving.isOn() && own.closedTold != CloseReason.PEER_CLOSED) {
      // This side may end a connection while a step that cuts messages out of bytes stands still.
      return;
    }
    List<WireLog.Sent> sent = peer.log.messages();
    int whole = 0;
    while (whole < sent.size() && sent.get(whole).end() <= socket.log.read()) {
      whole++;
    }
    require(
        !peer.log.isClear() || own.received + own.early.size() >= whole,
        own,
        "was given " + own.received + " of the " + whole + " messages that it read before its end");
  }

  /** What must hold when nothing has gone wrong for a while. */
  void inPeace() {
    Map<Host, Set<Endpoint>> authenticated = new HashMap<>();
    for (Connection own : inOrder) {
      if (!own.process.ended && own.managed.isOpen()) {
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
      notArrivedIsNotSilent(own);
    }
  }

  /**
   * Where both ends stopped in peace, all that was written has arrived; where one did not, the
   * sender has heard of the end, which is told of every connection.
   */
  private void notArrivedIsNotSilent(Connection own) {
    SimulatedSocket socket = socketOf(own);
    SimulatedSocket peer = socket == null ? null : socket.peer();
    if (socket == null || peer == null || own.closedTold != CloseReason.PEER_CLOSED) {
      return;
    }
    require(
        !peer.log.isClear() || peer.leftUnsent || own.received == peer.log.messages().size(),
        own,
        "was given "
            + own.received
            + " of "
            + peer.log.messages().size()
            + " messages, though its peer has closed in peace");
  }
}
