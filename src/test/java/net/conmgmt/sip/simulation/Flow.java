package net.conmgmt.sip.simulation;

import java.nio.ByteBuffer;
import net.conmgmt.sip.simulation.Network.Nat;

/** One direction of a connection: bytes in order, cut anywhere, or none at all any more. */
final class Flow {

  private static final long SECOND = 1_000_000_000L;
  private static final long NEVER = -1;

  private final Network network;
  private final World world;
  private final SimulatedSocket from;
  private final SimulatedSocket to;
  private final Bytes inFlight = new Bytes();
  final Bytes arrived = new Bytes();
  private boolean finSent;
  boolean finArrived;
  private boolean moving;
  private boolean refused;
  private boolean probing;
  private int piecesLeft;
  private boolean dead;
  private long stuckSince = NEVER;
  private long lastStuckAt;

  Flow(Network network, SimulatedSocket from, SimulatedSocket to) {
    this.network = network;
    this.world = network.world;
    this.from = from;
    this.to = to;
  }

  /** Whether what was sent finds no way. */
  boolean isStuck() {
    return dead || stuckSince != NEVER || room() == 0;
  }

  /** When what was sent last found no way. */
  long lastStuckAt() {
    return lastStuckAt;
  }

  int room() {
    return Math.max(0, network.window - inFlight.size() - arrived.size());
  }

  /** Takes what there is room for, and sometimes less. */
  int send(ByteBuffer bytes) {
    int most = Math.min(bytes.remaining(), room());
    int count = world.dice.once(12) ? world.dice.partOf(most) : most;
    if (count < bytes.remaining()) {
      lastStuckAt = world.elapsed();
    }
    if (count > 0) {
      inFlight.add(bytes, count);
      move();
    }
    refused = bytes.hasRemaining();
    probeIfRefused(SECOND / 5);
    return count;
  }

  void fin() {
    finSent = true;
    move();
  }

  /** Nothing of it arrives any more. */
  void end() {
    dead = true;
    inFlight.clear();
  }

  private void move() {
    move(network.delay());
  }

  private void move(long delayNanos) {
    if (!moving && !dead && (!inFlight.isEmpty() || (finSent && !finArrived))) {
      moving = true;
      world.in(world.network, delayNanos, this::segmentArrives);
    }
  }

  private void segmentArrives() {
    moving = false;
    if (dead || !reachesTheOtherEnd()) {
      return;
    }
    if (!inFlight.isEmpty()) {
      arrived.add(inFlight.take(piece()));
    }
    if (inFlight.isEmpty() && finSent) {
      finArrived = true;
    }
    to.readable();
    // One segment follows the other.
    move(world.dice.pace());
    probeIfRefused(SECOND / 5);
  }

  /** While more is to be sent than the other end has room for, TCP asks whether it is there. */
  private void probeIfRefused(long pauseNanos) {
    if (refused && !probing && !moving && !dead) {
      probing = true;
      world.in(
          world.network,
          pauseNanos,
          () -> {
            probing = false;
            if (refused && !moving && !dead && reachesTheOtherEnd()) {
              probeIfRefused(Math.min(2 * pauseNanos, 60 * SECOND));
            }
          });
    }
  }

  /** Whether a segment finds the other end; what comes of it if not is done. */
  private boolean reachesTheOtherEnd() {
    if (to.isForgotten()) {
      lostOrReset();
      return false;
    }
    if (network.blocked(from.machine, to.machine)) {
      stuck();
      return false;
    }
    if (isForgottenByNat(from)) {
      world.coverage.count("network: NAT has forgotten");
      Nat nat = from.machine.nat;
      if (nat != null && nat.resets()) {
        end();
        from.reset();
      } else {
        stuck();
      }
      return false;
    }
    if (isForgottenByNat(to)) {
      world.coverage.count("network: NAT has forgotten");
      stuck();
      return false;
    }
    if (to.isClosed() || to.isBroken()) {
      // Nobody will read it.
      end();
      world.in(world.network, network.delay(), from::reset);
      return false;
    }
    if (stuckSince != NEVER) {
      stuckSince = NEVER;
      lastStuckAt = world.elapsed();
    }
    from.natUsed();
    to.natUsed();
    return true;
  }

  /** The other side knows nothing of the connection: its machine was without power. */
  private void lostOrReset() {
    if (to.machine.off || network.blocked(from.machine, to.machine)) {
      stuck();
    } else {
      world.coverage.count("network: reset by a machine that has forgotten");
      end();
      from.reset();
    }
  }

  private void stuck() {
    long now = world.elapsed();
    if (stuckSince == NEVER) {
      stuckSince = now;
    }
    long soFar = now - stuckSince;
    if (soFar > network.givesUpNanos) {
      world.coverage.count("network: given up by TCP");
      end();
      from.fail("Connection timed out");
    } else if (!from.isForgotten()) {
      moving = true;
      long pause = Math.max(SECOND / 5, Math.min(soFar, 60 * SECOND));
      world.in(world.network, pause, this::segmentArrives);
    }
  }

  private boolean isForgottenByNat(SimulatedSocket socket) {
    Nat nat = socket.machine.nat;
    return nat != null && world.elapsed() - socket.natUsedAt() > nat.forgetsAfterNanos();
  }

  /**
   * The next piece. How often is drawn does not depend on how long the bytes are: those of TLS vary
   * by a few from run to run.
   */
  private int piece() {
    int size = inFlight.size();
    return switch (network.cut) {
      case WHOLE -> size;
      case SEGMENTS -> Math.min(size, 1_460);
      case ANYWHERE -> pieceOf(size, 3);
      case SMALL -> pieceOf(size, 7);
    };
  }

  private int pieceOf(int size, int most) {
    if (piecesLeft == 0) {
      piecesLeft = world.dice.between(1, most);
    }
    piecesLeft--;
    return piecesLeft == 0 ? size : world.dice.partOf(size);
  }

  /** What the reader gets at once. */
  byte[] read(int most) {
    int size = Math.min(arrived.size(), most);
    int count =
        network.cut == Network.Cut.ANYWHERE || network.cut == Network.Cut.SMALL
            ? (world.dice.chance(50) ? world.dice.partOf(size) : size)
            : size;
    return arrived.take(count);
  }
}
