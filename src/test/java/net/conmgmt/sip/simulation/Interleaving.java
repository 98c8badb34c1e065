package net.conmgmt.sip.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Interleaves the steps of one world inside: a step may stand still before any access to a field
 * and before any lock, for as long as the seed says, while others go on. Each runs on a thread of
 * its own, and exactly one thread runs at a time, so a seed is one history still. {@link
 * InterleavedClasses} has the classes of the library call {@link InterleavedCalls}; the locks of
 * the library are those of this class, and a step that needs the lock of another waits for it here.
 */
final class Interleaving {

  /** A thread with a step that stands still, or with none. */
  final class Walker extends Thread {
    private final Semaphore turn = new Semaphore(0);
    private World.@Nullable Life life;

    /** How many locks of the JVM it has. */
    int inOnePiece;

    Walker() {
      super("walker");
      setDaemon(true);
    }

    @Override
    public void run() {
      while (true) {
        turn.acquireUninterruptibly();
        if (closed) {
          return;
        }
        boolean ended = true;
        try {
          ended = loop.getAsBoolean();
        } catch (RuntimeException | Error e) {
          thrown = e;
        }
        Walker next = resumed;
        resumed = null;
        idle.push(this);
        (ended || next == null ? main : next.turn).release();
      }
    }

    Interleaving of() {
      return Interleaving.this;
    }
  }

  private static final class Lock {
    @Nullable Walker owner;
    int depth;
    final List<Walker> waiting = new ArrayList<>();
  }

  /** What happens on the one thread of something, such as of timers, one after the other. */
  static final class Lane {
    private boolean busy;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
  }

  /** What the classes of this begin with. */
  static final String PREFIX = "net.conmgmt.sip.simulation.Interleav";

  /** About so many accesses to fields are between two at which a step stands still. */
  private static final Integer[] ACCESSES = {1_000, 10_000, 100_000};

  /** A lock is as good as so many accesses. */
  private static final int LOCK = 20;

  /** In one of so many areas of the library, each access is as good as so many. */
  private static final int AREAS = 16;

  private static final int HOT = 50;

  private final World world;
  private final Dice dice;
  private final int accesses;
  private final int hot;
  private final IdentityHashMap<Object, Lock> held = new IdentityHashMap<>();
  private final List<Walker> standing = new ArrayList<>();
  private final Deque<Walker> idle = new ArrayDeque<>();
  private final Semaphore main = new Semaphore(0);
  private BooleanSupplier loop = () -> true;
  private @Nullable Walker resumed;
  private @Nullable Throwable thrown;
  private boolean closed;
  private long left;

  Interleaving(World world, long seed) {
    this.world = world;
    dice = new Dice(seed * 0x9E3779B97F4A7C15L + 4);
    accesses = dice.of(ACCESSES);
    hot = dice.below(AREAS);
    left = dice.below(accesses);
  }

  /** The area of a class. */
  static int areaOf(String className) {
    return className.hashCode() & (AREAS - 1);
  }

  /** Whether the classes of this world call what is here. */
  static boolean isOn() {
    return InterleavedClasses.NAME.equals(Interleaving.class.getClassLoader().getName());
  }

  /** Where steps are interleaved, applications have to do something while others do. */
  static long shorter(long pauseNanos) {
    return isOn() ? pauseNanos / 100 : pauseNanos;
  }

  // --- for the world --------------------------------------------------------------------------

  /** Runs the loop of the world until it gives true, on whichever thread has its turn. */
  void run(BooleanSupplier steps) {
    loop = steps;
    nextTurn();
    main.acquireUninterruptibly();
    Throwable failure = thrown;
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    } else if (failure instanceof Error error) {
      throw error;
    }
  }

  /** A step begins; false where it has to wait for another of its lane. */
  boolean begins(World.Life life, @Nullable Lane lane, Runnable again) {
    if (lane != null && lane.busy) {
      lane.waiting.add(again);
      return false;
    }
    Walker me = (Walker) Thread.currentThread();
    me.life = life;
    me.inOnePiece = 0;
    if (lane != null) {
      lane.busy = true;
    }
    return true;
  }

  /** A step has ended; true where this thread has to leave the loop to one whose step goes on. */
  boolean ended(@Nullable Lane lane) {
    if (lane != null) {
      lane.busy = false;
      if (!lane.waiting.isEmpty()) {
        lane.waiting.remove().run();
      }
    }
    if (LoggedErrors.first() instanceof World.Violation logged) {
      LoggedErrors.clear();
      world.fail(logged);
    }
    return resumed != null;
  }

  /** Whether a step stands still whose process lives. */
  boolean isAnyStanding() {
    return standing.stream().anyMatch(walker -> walker.life != null && !walker.life.ended);
  }

  /** Where the steps stand. */
  String places() {
    StringBuilder text = new StringBuilder();
    for (Walker walker : standing) {
      text.append("\n  of ").append(walker.life == null ? "" : walker.life.name);
      for (StackTraceElement element : walker.getStackTrace()) {
        text.append("\n    at ").append(element);
      }
    }
    return text.toString();
  }

  /** Lets go of the threads; one whose process was killed stands where it is. */
  void close() {
    closed = true;
    idle.forEach(walker -> walker.turn.release());
  }

  private void nextTurn() {
    Walker next = idle.poll();
    if (next == null) {
      next = new Walker();
      next.start();
    }
    next.turn.release();
  }

  private void standStill(Walker me) {
    standing.add(me);
    nextTurn();
    me.turn.acquireUninterruptibly();
    standing.remove(me);
  }

  private void goOnIn(Walker walker, long nanos) {
    World.Life life = walker.life == null ? world.network : walker.life;
    world.in(life, nanos, () -> resumed = walker);
  }

  /** Where in the library this thread is. */
  private static String place() {
    return StackWalker.getInstance()
        .walk(
            frames -> frames.filter(frame -> !frame.getClassName().startsWith(PREFIX)).findFirst())
        .map(StackWalker.StackFrame::toString)
        .orElse("");
  }

  // --- for the library, by InterleavedCalls ---------------------------------------------------

  /** Where a step may stand still. */
  void passes(Walker me, int area, int accessesPassed) {
    if (me.inOnePiece > 0) {
      return;
    }
    left -= area == hot ? (long) HOT * accessesPassed : accessesPassed;
    if (left < 0) {
      left = dice.below(2 * accesses);
      world.coverage.count("interleaving: a step stands still");
      if (world.isRecording()) {
        world.note(
            me.life == null ? world.network.name : me.life.name, "stands still in " + place());
      }
      goOnIn(me, dice.pace());
      standStill(me);
    }
  }

  /** Takes a lock, or stands still until it is free. */
  void enter(Walker me, Object object) {
    passes(me, areaOf(object.getClass().getName()), LOCK);
    Lock lock = held.computeIfAbsent(object, o -> new Lock());
    while (lock.owner != null && lock.owner != me) {
      world.coverage.count("interleaving: a step waits for a lock");
      lock.waiting.add(me);
      standStill(me);
      lock = held.computeIfAbsent(object, o -> new Lock());
    }
    lock.owner = me;
    lock.depth++;
  }

  /** Gives a lock back. */
  void exit(Walker me, Object object) {
    Lock lock = held.get(object);
    if (lock == null || lock.owner != me) {
      throw new IllegalMonitorStateException("the lock of " + object.getClass());
    }
    lock.depth--;
    if (lock.depth == 0) {
      held.remove(object);
      lock.waiting.forEach(walker -> goOnIn(walker, 0));
    }
  }
}
