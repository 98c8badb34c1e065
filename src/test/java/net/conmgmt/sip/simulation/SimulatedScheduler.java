package net.conmgmt.sip.simulation;

import java.util.PriorityQueue;
import net.conmgmt.sip.RemainingTimes;
import net.conmgmt.sip.internal.connection.ConnectionTimers;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The thread of timers of one process: its tasks run one at a time in the order of their instants,
 * a little late, and now and then one has left the queue when it is cancelled.
 */
final class SimulatedScheduler implements Scheduler {

  private static final long NEVER = Long.MAX_VALUE;

  private final class Pending implements Task, Comparable<Pending> {
    private final Runnable task;
    private final long at;
    private final long tie;

    Pending(Runnable task, long at, long tie) {
      this.task = task;
      this.at = at;
      this.tie = tie;
    }

    @Override
    public void cancel() {
      queue.remove(this);
    }

    @Override
    public int compareTo(Pending other) {
      int order = Long.compare(at, other.at);
      return order != 0 ? order : Long.compare(tie, other.tie);
    }
  }

  private final World world;
  private final World.Life process;
  private final Interleaving.Lane thread = new Interleaving.Lane();
  private final PriorityQueue<Pending> queue = new PriorityQueue<>();
  private long wakesAt = NEVER;
  private long sequence;
  private @Nullable Pending taken;
  private boolean closed;

  SimulatedScheduler(World world, World.Life process) {
    this.world = world;
    this.process = process;
  }

  @Override
  public long nanoTime() {
    return world.nanoTime();
  }

  @Override
  public Task schedule(Runnable task, long delayNanos) {
    long delay = Math.max(0, Math.min(delayNanos, Long.MAX_VALUE / 4));
    Pending pending = new Pending(task, world.elapsed() + delay, sequence++);
    if (closed) {
      return pending;
    }
    queue.add(pending);
    arm();
    return pending;
  }

  /** The stack has stopped: what has not begun never runs. */
  void close() {
    closed = true;
    queue.clear();
  }

  /** How many tasks wait for less than that. */
  int waiting(long forLessThanNanos) {
    long end = world.elapsed() + forLessThanNanos;
    return (int) queue.stream().filter(pending -> pending.at < end).count();
  }

  @Override
  public boolean isOwnThread() {
    return true;
  }

  /** How many tasks wait for the timers of connections that have ended. */
  long waitingInVain() {
    return queue.stream()
        .filter(
            pending ->
                pending.task instanceof ConnectionTimers timers
                    && timers.remaining().equals(RemainingTimes.NONE))
        .count();
  }

  private void arm() {
    Pending first = queue.peek();
    if (first == null || taken != null) {
      return;
    }
    long at = Math.max(first.at, world.elapsed()) + world.dice.pace();
    if (at < wakesAt) {
      wakesAt = at;
      world.in(process, thread, at - world.elapsed(), this::wake);
    }
  }

  private void wake() {
    wakesAt = NEVER;
    Pending first = queue.peek();
    if (taken == null && first != null && first.at <= world.elapsed()) {
      queue.remove();
      if (world.dice.once(20)) {
        taken = first;
        world.in(process, thread, world.dice.pace(), this::runTaken);
        return;
      }
      first.task.run();
    }
    arm();
  }

  private void runTaken() {
    Pending due = taken;
    taken = null;
    if (due != null) {
      due.task.run();
    }
    arm();
  }
}
