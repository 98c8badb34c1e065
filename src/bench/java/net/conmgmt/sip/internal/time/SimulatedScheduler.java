package net.conmgmt.sip.internal.time;

/** Virtual time with the queue that real time has too. Not thread-safe. */
public final class SimulatedScheduler implements Scheduler {

  private final TimerQueue queue = new TimerQueue();
  private long now;

  private final class Pending extends TimerQueue.Entry implements Task {

    Pending(Runnable task, long atNanos) {
      super(task, atNanos);
    }

    @Override
    public void cancel() {
      queue.remove(this);
    }
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public Task schedule(Runnable task, long delayNanos) {
    Pending pending = new Pending(task, now + Math.max(0, delayNanos));
    queue.add(pending);
    return pending;
  }

  /** How many tasks are waiting. */
  public int pendingTasks() {
    return queue.size();
  }

  /** Lets time pass and runs what becomes due. */
  public void advance(long nanos) {
    long end = now + nanos;
    TimerQueue.Entry first = queue.first();
    while (first != null && first.atNanos() - end <= 0) {
      queue.remove(first);
      now = first.atNanos();
      first.task().run();
      first = queue.first();
    }
    now = end;
  }
}
