package net.conmgmt.sip.internal.connection;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** One thread tells of the end while another brings a step: nothing is told after the end. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the end came, and the step before it or never")
@Outcome(expect = FORBIDDEN, desc = "the step came after the end, or no end")
@State
public class LastStepStress {

  private final SerialExecutor executor = new SerialExecutor(Runnable::run, "a connection");
  private int ends;
  private int late;

  @Actor
  public void step() {
    executor.execute(() -> late += ends);
  }

  @Actor
  public void end() {
    executor.executeLast(() -> ends++);
  }

  @Arbiter
  public void all(II_Result result) {
    result.r1 = ends;
    result.r2 = late;
  }
}
