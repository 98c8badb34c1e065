package net.conmgmt.sip.internal.connection;

import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.time.SystemScheduler;

/** The one scheduler, and so the one timer thread, of a SIP stack. Thread-safe. */
public final class StackScheduler {

  private StackScheduler() {}

  /** The scheduler of a stack, made at the first call; it ends with the stack. */
  public static Scheduler of(StackScope scope) {
    return scope.get(Scheduler.class, s -> new SystemScheduler("conmgmt-timer"));
  }
}
