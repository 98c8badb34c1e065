package net.conmgmt.sip.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@link StampBench} as measures. */
final class StampSuite implements BenchSuite {

  @Override
  public String name() {
    return "stamp";
  }

  @Override
  public List<Measure> run() throws Exception {
    Jmh jmh = new Jmh(StampBench.class);
    List<Measure> measures = new ArrayList<>();
    int[] counts = {10_000, 100_000, 1_000_000};
    int[] most = {50, 100, 400};
    for (int i = 0; i < counts.length; i++) {
      for (String what : List.of("read", "write")) {
        measures.add(
            Measure.atMost(
                String.format(Locale.ROOT, "stamp of a %s, %,d connections", what, counts[i]),
                "ns",
                jmh.time(what + " " + counts[i]),
                most[i]));
      }
      measures.add(
          Measure.shown(
              String.format(Locale.ROOT, "a call and the clock alone, %,d connections", counts[i]),
              "ns",
              jmh.time("floor " + counts[i])));
    }
    return measures;
  }
}
