package net.conmgmt.sip.simulation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.internal.io.SocketIo;
import org.jspecify.annotations.Nullable;

/**
 * What lies between the machines: how long segments take and in which pieces they come, and what
 * goes wrong on the way.
 */
final class Network {

  /** How TCP cuts what is written. */
  enum Cut {
    WHOLE,
    SEGMENTS,
    ANYWHERE,
    SMALL
  }

  /** A NAT in front of a machine: which connections it forgets, and what it does about them. */
  record Nat(long forgetsAfterNanos, boolean resets) {}

  /** A machine on the network, whatever runs on it. */
  static final class Machine {
    final String name;
    final InetAddress address;
    @Nullable Nat nat;
    long unreachableUntil;
    boolean off;
    final List<SimulatedSocket> sockets = new ArrayList<>();
    private int nextPort = 40_000;

    Machine(String name, InetAddress address) {
      this.name = name;
      this.address = address;
    }

    InetSocketAddress newAddress() {
      return new InetSocketAddress(address, nextPort++);
    }
  }

  private record Listening(
      World.Life process, SocketIo.Acceptor acceptor, Interleaving.Lane thread) {}

  private static final long SECOND = 1_000_000_000L;

  final World world;
  final Cut cut;

  /** How many bytes may be on their way and unread. */
  final int window;

  final long latencyNanos;

  /** After which a system gives up on a peer that acknowledges nothing. */
  final long givesUpNanos;

  private final Map<InetAddress, Machine> machines = new HashMap<>();
  private final Map<InetSocketAddress, Listening> listening = new HashMap<>();

  Network(World world) {
    this.world = world;
    Dice dice = world.dice;
    cut = dice.of(Cut.values());
    world.coverage.count("network: pieces " + cut);
    latencyNanos = dice.of(new Long[] {20_000L, 1_000_000L, 30_000_000L, 300_000_000L});
    window =
        latencyNanos > 10_000_000
            ? dice.of(new Integer[] {64_000, 256_000})
            : dice.of(new Integer[] {300, 2_000, 16_000, 64_000});
    givesUpNanos = dice.nanos(30, 920);
  }

  void add(Machine machine) {
    machines.put(machine.address, machine);
  }

  void listen(InetSocketAddress at, World.Life process, SocketIo.Acceptor acceptor) {
    listening.put(at, new Listening(process, acceptor, new Interleaving.Lane()));
  }

  void stopListening(InetSocketAddress at) {
    listening.remove(at);
  }

  /** How long the next segment takes. */
  long delay() {
    int spread = world.dice.below(100);
    long jitter = spread < 80 ? latencyNanos / 8 : spread < 98 ? latencyNanos : 5 * latencyNanos;
    return latencyNanos + world.dice.nextLong(jitter + 1);
  }

  boolean blocked(Machine a, Machine b) {
    long now = world.elapsed();
    return a.off || b.off || a.unreachableUntil > now || b.unreachableUntil > now;
  }

  /** Sends the first SYN; each that is lost is sent again after twice the time. */
  void connect(SimulatedSocket from, InetSocketAddress to, long waitNanos) {
    Machine target = machines.get(to.getAddress());
    world.in(
        world.network,
        delay(),
        () -> {
          if (target == null || blocked(from.machine, target) || world.dice.once(40)) {
            world.coverage.count("network: SYN lost");
            world.in(from.process, waitNanos, () -> again(from, to, 2 * waitNanos));
          } else {
            arrived(from, to, target);
          }
        });
  }

  private void again(SimulatedSocket from, InetSocketAddress to, long waitNanos) {
    if (from.isClosed()) {
      return;
    }
    if (waitNanos > 128 * SECOND) {
      from.fail("Connection timed out");
    } else {
      connect(from, to, waitNanos);
    }
  }

  private void arrived(SimulatedSocket from, InetSocketAddress to, Machine target) {
    Listening listener = listening.get(to);
    if (listener == null || listener.process.ended) {
      world.coverage.count("network: connection refused");
      world.in(world.network, delay(), () -> from.fail("Connection refused"));
      return;
    }
    SimulatedSocket accepted =
        new SimulatedSocket(this, target, listener.process, to, from.localAddress());
    accepted.join(from);
    // The system accepts; the process hears of it when it comes round.
    world.in(world.network, delay(), from::established);
    world.in(
        listener.process,
        listener.thread,
        delay(),
        () -> listener.acceptor.accepted(new SimulatedChannel(accepted)));
  }

  /** The process is killed: the system closes what it had open. */
  void killed(Machine machine) {
    listening.keySet().removeIf(at -> at.getAddress().equals(machine.address));
    for (SimulatedSocket socket : List.copyOf(machine.sockets)) {
      socket.leftUnsent = true;
      socket.close();
    }
  }

  /** The machine loses its power: nobody is told. */
  void powerCut(Machine machine) {
    listening.keySet().removeIf(at -> at.getAddress().equals(machine.address));
    machine.off = true;
    machine.sockets.forEach(SimulatedSocket::forget);
    machine.sockets.clear();
  }
}
