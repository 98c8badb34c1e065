package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The time that a stack takes to start, beside stock NIO; a fresh JVM each, in turn. */
final class StartUpSuite implements BenchSuite {

  private static final int PAIRS = 15;
  private static final double MOST_MILLIS = 50;

  @Override
  public String name() {
    return "startup";
  }

  @Override
  public List<Measure> run() throws Exception {
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    List<Double> added = new ArrayList<>();
    for (int i = 0; i < PAIRS; i++) {
      theirs.add(millis(Servers.STOCK_NIO));
      ours.add(millis(Servers.OURS));
      added.add(ours.get(i) - theirs.get(i));
    }
    return List.of(
        Measure.shown(
            "start of a stack, beside stock nio",
            "ms",
            ThroughputSuite.median(ours),
            ThroughputSuite.median(theirs)),
        Measure.atMost("start-up added", "ms", ThroughputSuite.median(added), MOST_MILLIS));
  }

  private static double millis(Servers kind) throws IOException {
    try (ChildJvm child = new ChildJvm(List.of(), StartUp.class, kind.properties())) {
      return child.answer()[0];
    }
  }
}
