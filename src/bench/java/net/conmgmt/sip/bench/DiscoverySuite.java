package net.conmgmt.sip.bench;

import java.time.Duration;

/** {@link DiscoveryBench} as measures, with DNS answers that take 100 ms each. */
final class DiscoverySuite implements BenchSuite {

  private static final Duration DELAY = Duration.ofMillis(100);
  private static final int ROUNDS = 14;

  @Override
  public String name() {
    return "discovery";
  }

  @Override
  public void run(Results results) throws Exception {
    new DiscoveryBench(DELAY)
        .measure(ROUNDS)
        .forEach(
            (which, times) -> {
              String name = "discovery, d = 100 ms, " + which.text();
              results.add(
                  Measure.atMost(name + ", median", "ms", times.median(), times.boundMillis()));
              results.add(
                  Measure.atMost(name + ", longest", "ms", times.longest(), times.boundMillis()));
            });
  }
}
