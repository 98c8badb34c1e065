package net.conmgmt.sip.bench;

import java.util.List;
import net.conmgmt.sip.internal.transport.FramerBench;

/** {@link FramerBench} as measures. */
final class FramerSuite implements BenchSuite {

  /** The profiler's own allocations show as a tiny fraction of a byte; an object takes 16. */
  private static final double NOTHING = 0.01;

  @Override
  public String name() {
    return "framer";
  }

  @Override
  public void run(Results results) throws Exception {
    Jmh jmh = new Jmh(FramerBench.class);
    results.addAll(
        List.of(
            Measure.atMost("receive CRLFCRLF, time", "ns", jmh.time("receiveKeepAlive"), 1_000),
            Measure.atMost(
                "receive CRLFCRLF, garbage", "B", jmh.garbage("receiveKeepAlive"), NOTHING)));
  }
}
