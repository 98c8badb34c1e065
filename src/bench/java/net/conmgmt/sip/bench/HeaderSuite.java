package net.conmgmt.sip.bench;

import java.util.List;
import java.util.Locale;

/** {@link HeaderBench} as measures: at most half of the time and a third of the garbage. */
final class HeaderSuite implements BenchSuite {

  private static final double TIME = 0.5;
  private static final double GARBAGE = 1.0 / 3;

  @Override
  public String name() {
    return "header";
  }

  @Override
  public void run(Results results) throws Exception {
    Jmh jmh = new Jmh(HeaderBench.class);
    for (String what : List.of("parse", "encode", "append")) {
      String theirs = what + "SessionExpires";
      for (String which : List.of("Offer", "Answer")) {
        String ours = what + which;
        if (jmh.has(ours)) {
          String name = what + " " + which.toLowerCase(Locale.ROOT);
          results.add(Measure.cost(name + ", time", "ns", jmh.time(ours), jmh.time(theirs), TIME));
          results.add(
              Measure.cost(
                  name + ", garbage", "B", jmh.garbage(ours), jmh.garbage(theirs), GARBAGE));
        }
      }
    }
  }
}
