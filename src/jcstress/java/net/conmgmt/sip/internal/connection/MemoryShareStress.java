package net.conmgmt.sip.internal.connection;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/** One thread closes while one reads and one writes: what they hold is given back. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "nothing is held after the end")
@Outcome(expect = FORBIDDEN, desc = "the budget has lost bytes")
@State
public class MemoryShareStress {

  private final MemoryBudget budget = new MemoryBudget(1_000_000);
  private final MemoryBudget.Share share = budget.share();

  @Actor
  public void read() {
    share.hold(10_000);
    share.hold(20_000);
  }

  @Actor
  public void write() {
    share.holdAnyway(30_000);
  }

  @Actor
  public void close() {
    share.end();
  }

  @Arbiter
  public void all(J_Result result) {
    result.r1 = budget.takenBytes();
  }
}
