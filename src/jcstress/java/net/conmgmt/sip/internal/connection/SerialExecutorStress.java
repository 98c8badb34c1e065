package net.conmgmt.sip.internal.connection;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads bring steps; what a step does needs no lock, as no two steps run at a time. */
@JCStressTest
@Outcome(id = "4, 0", expect = ACCEPTABLE, desc = "each step ran once, one after the other")
@Outcome(expect = FORBIDDEN, desc = "a step was lost, or two ran at a time")
@State
public class SerialExecutorStress {

  private final SerialExecutor executor = new SerialExecutor(Runnable::run, "a connection");
  private boolean running;
  private int ran;
  private int beside;

  private void step() {
    if (running) {
      beside++;
    }
    running = true;
    ran++;
    running = false;
  }

  @Actor
  public void one() {
    executor.execute(this::step);
    executor.execute(this::step);
  }

  @Actor
  public void other() {
    executor.execute(this::step);
    executor.execute(this::step);
  }

  @Arbiter
  public void all(II_Result result) {
    result.r1 = ran;
    result.r2 = beside;
  }
}
