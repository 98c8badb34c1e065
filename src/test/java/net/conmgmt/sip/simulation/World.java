package net.conmgmt.sip.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import net.conmgmt.sip.simulation.Interleaving.Lane;
import org.jspecify.annotations.Nullable;

/**
 * The one thread and the one clock of a simulated network. Everything that happens is an event at
 * an instant; what is drawn comes from the seed, so that a seed is a history. Instants are
 * nanoseconds since the beginning.
 */
final class World {

  /** A step of a process threw, or a property does not hold. */
  static final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String text) {
      super(text);
    }
  }

  /** What runs on a machine from one start to its end; its events end with it. */
  static final class Life {
    final String name;
    long frozenUntil;
    boolean ended;

    Life(String name) {
      this.name = name;
    }
  }

  private record Event(long at, long tie, Life process, @Nullable Lane lane, Runnable work)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int order = Long.compare(at, other.at);
      return order != 0 ? order : Long.compare(tie, other.tie);
    }
  }

  /** So many events are more than any history needs: something goes round in a circle. */
  private static final int MOST_STEPS = 400_000;

  /** No step stands still for longer, unless it waits for one that waits for it. */
  private static final long WAITED_NANOS = 200_000_000_000L;

  final Dice dice;
  final Coverage coverage;
  final Life network = new Life("network");
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final List<String> timeLine = new ArrayList<>();
  private final boolean tracing;
  private final boolean anyOrder;
  private final long startNanos;
  private long elapsed;
  private long sequence;
  private int steps;
  private @Nullable Violation failure;
  private @Nullable Interleaving inside;

  World(Dice dice, Coverage coverage, boolean tracing) {
    this.dice = dice;
    this.coverage = coverage;
    this.tracing = tracing;
    anyOrder = dice.chance(50);
    // The scale of a clock is arbitrary, and wraps.
    startNanos =
        switch (dice.below(4)) {
          case 0 -> Long.MAX_VALUE - dice.nanos(0, 2_000);
          case 1 -> Long.MIN_VALUE;
          case 2 -> -dice.nanos(0, 2_000);
          default -> dice.nanos(0, 2_000);
        };
  }

  /** From now on steps are interleaved inside. */
  void interleave(long seed) {
    inside = new Interleaving(this, seed);
  }

  /** No more steps. */
  void close() {
    if (inside != null) {
      inside.close();
    }
  }

  long elapsed() {
    return elapsed;
  }

  /** What a process of this world reads from its clock. */
  long nanoTime() {
    return startNanos + elapsed;
  }

  /** A property does not hold: the world ends with this step. */
  void fail(Violation violation) {
    if (failure == null) {
      failure = violation;
    }
  }

  int steps() {
    return steps;
  }

  boolean isRecording() {
    return tracing;
  }

  /** Whether to make up texts; where steps are interleaved that counts as what they do. */
  boolean tracing() {
    return tracing || inside != null;
  }

  /** Has something happen later; of what happens at one instant any may be first. */
  void in(Life process, long delayNanos, Runnable work) {
    in(process, null, delayNanos, work);
  }

  /** The same on the one thread of something. */
  void in(Life process, @Nullable Lane lane, long delayNanos, Runnable work) {
    long tie = anyOrder ? ((long) dice.below(1 << 20) << 40) + sequence++ : sequence++;
    events.add(new Event(elapsed + Math.max(0, delayNanos), tie, process, lane, work));
  }

  /** Lets time pass. */
  void runFor(long nanos) {
    long end = elapsed + nanos;
    if (inside == null) {
      goOn(end);
    } else {
      inside.run(() -> goOn(end));
    }
    elapsed = Math.max(elapsed, end);
  }

  /** Until no step is left, and none stands still; false where another thread goes on with it. */
  private boolean goOn(long end) {
    Interleaving threads = inside;
    while (!events.isEmpty()
        && (events.peek().at <= end || (threads != null && threads.isAnyStanding()))) {
      Event next = events.remove();
      elapsed = next.at;
      if (next.process.ended) {
        continue;
      }
      if (next.process.frozenUntil > elapsed) {
        in(next.process, next.lane, next.process.frozenUntil - elapsed, next.work);
        continue;
      }
      if (threads != null
          && !threads.begins(
              next.process, next.lane, () -> in(next.process, next.lane, 0, next.work))) {
        continue;
      }
      if (++steps > MOST_STEPS) {
        throw new Violation("more than " + MOST_STEPS + " steps: something goes round in a circle");
      }
      if (threads != null && elapsed > end + WAITED_NANOS) {
        throw new Violation("steps wait for each other:" + threads.places());
      }
      next.work.run();
      if (failure != null) {
        throw failure;
      }
      if (threads != null && threads.ended(next.lane)) {
        return false;
      }
    }
    return true;
  }

  /** A line of the time line, which is written only where somebody will read it. */
  void note(Object who, String what) {
    if (tracing) {
      timeLine.add(String.format("%12.6f  %-8s %s", elapsed / 1e9, who, what));
    }
  }

  List<String> timeLine() {
    return timeLine;
  }
}
