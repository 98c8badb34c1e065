package net.conmgmt.sip.bench;

import java.util.List;
import java.util.Locale;
import net.conmgmt.sip.internal.transport.StampBench;

/**
 * {@link StampBench} as measures: what a stamp, its look at the clock included, adds to a read or a
 * write, which has fetched its connection already.
 */
final class StampSuite implements BenchSuite {

  @Override
  public String name() {
    return "stamp";
  }

  @Override
  public void run(Results results) throws Exception {
    Jmh jmh = new Jmh(StampBench.class);
    int[] counts = {10_000, 100_000, 1_000_000};
    int[] most = {50, 100, 400};
    for (int i = 0; i < counts.length; i++) {
      String among = String.format(Locale.ROOT, ", %,d connections", counts[i]);
      double fetch = jmh.time("fetch " + counts[i]);
      for (String what : List.of("read", "write")) {
        double stamp = jmh.time(what + " " + counts[i]) - fetch;
        results.add(Measure.atMost("stamp of a " + what + among, "ns", stamp, most[i]));
      }
      results.add(Measure.shown("fetching the connection from memory" + among, "ns", fetch));
    }
  }
}
