package net.conmgmt.sip.internal.io;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import net.conmgmt.sip.internal.time.Scheduler;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The leader ends a step while another thread takes the loop over: one of the two has it. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the leader is still the leader")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the other thread is the leader")
@Outcome(expect = FORBIDDEN, desc = "two threads have the loop, or none")
@State
public class LeaderFollowersStress {

  private static final Scheduler NO_TIME =
      new Scheduler() {
        @Override
        public long nanoTime() {
          return 0;
        }

        @Override
        public Task schedule(Runnable task, long delayNanos) {
          return () -> {};
        }
      };

  private final LeaderFollowers threads =
      new LeaderFollowers(Runnable::run, NO_TIME, this::otherLeads);
  private int leads;
  private int others;

  private void otherLeads() {
    others++;
  }

  @Actor
  public void leader() {
    leads = threads.run(() -> {}) ? 1 : 0;
  }

  @Actor
  public void other() {
    threads.takeOver();
  }

  @Arbiter
  public void both(II_Result result) {
    result.r1 = leads;
    result.r2 = others;
  }
}
