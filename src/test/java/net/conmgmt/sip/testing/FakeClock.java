package net.conmgmt.sip.testing;

import java.time.Duration;
import javax.sip.SipStack;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.time.Scheduler;

/**
 * Time for an application's own tests: the timers of connection management of one stack stand still
 * until {@link #advance}. The RI's timers (transactions, dialogs) go on with the clock on the wall.
 * Thread-safe.
 */
public final class FakeClock {

  private final VirtualScheduler scheduler = new VirtualScheduler();

  private FakeClock() {}

  /**
   * Gives {@code stack} a clock that stands still; before its first listening point.
   *
   * @throws IllegalStateException if the stack has a clock already
   */
  public static FakeClock of(SipStack stack) {
    StackScope scope = StackScope.of(stack);
    if (scope.find(Scheduler.class) != null) {
      throw new IllegalStateException(
          "The stack "
              + stack.getStackName()
              + " has a clock already; call FakeClock.of right after createSipStack");
    }
    FakeClock clock = new FakeClock();
    scope.put(Scheduler.class, clock.scheduler);
    return clock;
  }

  /** Lets time pass; what becomes due happens before this returns, on the calling thread. */
  public void advance(Duration time) {
    scheduler.advance(time.toNanos());
  }

  /** How many timers run. */
  public int pendingTimers() {
    return scheduler.pendingTasks();
  }
}
