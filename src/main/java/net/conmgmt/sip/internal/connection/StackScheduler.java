package net.conmgmt.sip.internal.connection;

import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.time.SystemScheduler;

/** Provides the only scheduler of a SIP stack, and so its only timer thread. Thread-safe. */
public final class StackScheduler {

  private StackScheduler() {}

  /** The scheduler of a stack, made at the first call; it ends with the stack. */
  public static Scheduler of(StackScope scope) {
    return scope.get(Scheduler.class, s -> new SystemScheduler("conmgmt-timer"));
  }
}
