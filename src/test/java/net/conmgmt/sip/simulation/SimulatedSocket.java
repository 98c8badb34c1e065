package net.conmgmt.sip.simulation;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.simulation.Network.Machine;
import org.jspecify.annotations.Nullable;

/** One end of a TCP connection, as its system sees it. */
final class SimulatedSocket {

  private static final int READ_BYTES = 64 * 1024;

  /** Who owns the socket. */
  interface Owner {
    void connected();

    void received(ByteBuffer bytes);

    void ended();

    void failed(IOException cause);

    void writable();

    boolean isReading();

    boolean hasToWrite();
  }

  final Network network;
  final Machine machine;
  final World.Life process;
  private final World world;
  private final Interleaving.Lane thread = new Interleaving.Lane();
  private final InetSocketAddress local;
  private final InetSocketAddress remote;
  private @Nullable Flow in;
  private @Nullable Flow out;
  private @Nullable SimulatedSocket peer;
  private @Nullable Owner owner;
  private @Nullable String error;
  private boolean errorTold;
  private boolean endTold;
  private boolean connected;
  private boolean closed;
  private long closedAt;
  private boolean forgotten;
  private boolean readComes;
  private boolean writeComes;
  private long natUsedAt;

  /** What its process has written and read, for the properties to look at. */
  final WireLog log = new WireLog();

  /** The connection that it carries; null over TLS. */
  @Nullable ManagedConnection user;

  /** What its application knows of it. */
  @Nullable Connection connection;

  /** Its process has closed it, and only the last bytes wait still. */
  boolean leaving;

  /** Not all that its process has written has gone. */
  boolean leftUnsent;

  SimulatedSocket(
      Network network,
      Machine machine,
      World.Life process,
      InetSocketAddress local,
      InetSocketAddress remote) {
    this.network = network;
    this.machine = machine;
    this.process = process;
    this.world = network.world;
    this.local = local;
    this.remote = remote;
    natUsedAt = world.elapsed();
    machine.sockets.add(this);
  }

  /** The handshake of TCP joins the two. */
  void join(SimulatedSocket client) {
    Flow there = new Flow(network, client, this);
    Flow back = new Flow(network, this, client);
    in = there;
    out = back;
    client.out = there;
    client.in = back;
    peer = client;
    client.peer = this;
    connected = true;
    natUsed();
    client.natUsed();
  }

  /** The SYN of the other side came back. */
  void established() {
    if (!closed && !forgotten) {
      connected = true;
      world.in(
          process,
          thread,
          world.dice.pace(),
          () -> {
            Owner user = owner;
            if (user != null && !closed) {
              user.connected();
              readable();
            }
          });
    }
  }

  void ownedBy(Owner user) {
    owner = user;
  }

  InetSocketAddress localAddress() {
    return local;
  }

  InetSocketAddress remoteAddress() {
    return remote;
  }

  @Nullable SimulatedSocket peer() {
    return peer;
  }

  boolean isClosed() {
    return closed;
  }

  /** Whether what its process has written does not get on. */
  boolean isStuck() {
    return out == null || out.isStuck();
  }

  /** When what its process has written last did not get on. */
  long lastStuckAt() {
    return out == null ? 0 : out.lastStuckAt();
  }

  boolean isBroken() {
    return error != null;
  }

  /** When its process closed it. */
  long closedAt() {
    return closed ? closedAt : world.elapsed();
  }

  boolean isForgotten() {
    return forgotten;
  }

  boolean isConnected() {
    return connected;
  }

  long natUsedAt() {
    return natUsedAt;
  }

  void natUsed() {
    natUsedAt = world.elapsed();
  }

  // --- what the network does to it ------------------------------------------------------------

  /** The other side, or something between, says that there is no such connection. */
  void reset() {
    world.coverage.count("network: RST");
    if (in != null && world.dice.chance(50)) {
      // A system may throw away what was not read.
      in.arrived.clear();
    }
    fail("Connection reset");
  }

  void fail(String why) {
    if (!closed && error == null) {
      error = why;
      if (out != null) {
        out.end();
      }
      readable();
    }
  }

  /** The machine lost its power. */
  void forget() {
    forgotten = true;
  }

  /** Something may be there to read. */
  void readable() {
    if (readComes || closed || forgotten) {
      return;
    }
    readComes = true;
    world.in(process, thread, world.dice.pace(), this::read);
  }

  private void read() {
    readComes = false;
    Owner user = owner;
    if (user == null || closed) {
      return;
    }
    if (!connected) {
      if (error != null) {
        tellError(user, error);
      }
      return;
    }
    Flow from = in;
    if (!user.isReading() || from == null) {
      return;
    }
    if (!from.arrived.isEmpty()) {
      byte[] bytes = from.read(READ_BYTES);
      log.read(bytes.length);
      if (peer != null) {
        peer.writable();
      }
      user.received(ByteBuffer.wrap(bytes));
      readable();
    } else if (error != null) {
      tellError(user, error);
    } else if (from.finArrived && !endTold) {
      endTold = true;
      world.coverage.count("network: FIN read");
      user.ended();
    }
  }

  private void tellError(Owner user, String why) {
    if (!errorTold) {
      errorTold = true;
      user.failed(new IOException(why));
    }
  }

  private void writable() {
    if (!writeComes && !closed && !forgotten && owner != null && mayHaveToWrite(owner)) {
      writeComes = true;
      world.in(
          process,
          thread,
          world.dice.pace(),
          () -> {
            writeComes = false;
            Owner user = owner;
            if (user != null && !closed) {
              user.writable();
            }
          });
    }
  }

  /** The step of the other end must not wait for a lock of this process, which may be killed. */
  private static boolean mayHaveToWrite(Owner user) {
    return Interleaving.isOn() || user.hasToWrite();
  }

  // --- what its process does with it ----------------------------------------------------------

  /** Takes what the system has room for. */
  int write(ByteBuffer bytes) throws IOException {
    if (closed) {
      throw new IOException("The socket is closed");
    }
    if (error != null) {
      throw new IOException(error.equals("Connection reset") ? "Broken pipe" : error);
    }
    Flow to = out;
    if (to == null) {
      return 0;
    }
    int count = to.send(bytes);
    if (bytes.hasRemaining() && to.room() > 0) {
      // It has taken less than it could, and is ready for more at once.
      world.in(process, world.dice.pace(), this::writable);
    }
    return count;
  }

  void close() {
    if (closed) {
      return;
    }
    closed = true;
    closedAt = world.elapsed();
    machine.sockets.remove(this);
    Flow from = in;
    Flow to = out;
    SimulatedSocket other = peer;
    if (to == null || from == null || other == null) {
      return;
    }
    if (!from.arrived.isEmpty()) {
      // TCP says so where nobody will read what has come.
      to.end();
      world.in(world.network, network.delay(), other::reset);
    } else {
      to.fin();
    }
  }
}
