package net.conmgmt.sip.internal.config;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads ask for the same part of a stack at once: it is made once. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both have the one part")
@Outcome(expect = FORBIDDEN, desc = "two parts were made")
@State
public class StackScopeStress {

  private static final ConnectionManagementProperties DEFAULTS =
      ConnectionManagementProperties.of(new Properties());

  private record Part(int number) {}

  private final StackScope scope = new StackScope(DEFAULTS);
  private final AtomicInteger made = new AtomicInteger();

  private int part() {
    return scope.get(Part.class, s -> new Part(made.incrementAndGet())).number();
  }

  @Actor
  public void one(II_Result result) {
    result.r1 = part();
  }

  @Actor
  public void other(II_Result result) {
    result.r2 = part();
  }
}
