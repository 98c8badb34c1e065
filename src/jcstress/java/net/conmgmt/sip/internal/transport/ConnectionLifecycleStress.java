package net.conmgmt.sip.internal.transport;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import net.conmgmt.sip.internal.transport.ConnectionLifecycle.State;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.infra.results.II_Result;

/** One thread tells of the beginning while another closes: the end is told once, and last. */
@JCStressTest
@Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "the beginning, then the end")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "the end alone")
@Outcome(expect = FORBIDDEN, desc = "the end was lost, told twice or too early")
@org.openjdk.jcstress.annotations.State
public class ConnectionLifecycleStress {

  private final ConnectionLifecycle life = new ConnectionLifecycle();
  private int told;
  private int beginning;
  private int end;

  @Actor
  public void begin() {
    if (life.advanceAndTell(State.IDLE, State.CONNECTING)) {
      life.tell(
          () -> {
            told = told + 1;
            beginning = told;
          });
    }
  }

  @Actor
  public void close() {
    if (life.close()) {
      life.tellEnd(
          () -> {
            told = told + 1;
            end = end == 0 ? told : 100;
          });
    }
  }

  @Arbiter
  public void all(II_Result result) {
    result.r1 = beginning;
    result.r2 = end;
  }
}
