package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The time that a stack takes to start, beside stock NIO; a fresh JVM each, in turn. */
final class StartUpSuite implements BenchSuite {

  private static final int PAIRS = 11;
  private static final double MOST_MILLIS = 50;

  @Override
  public String name() {
    return "startup";
  }

  @Override
  public void run(Results results) throws Exception {
    List<Double> added = new ArrayList<>();
    List<Double> addedToTheFirst = new ArrayList<>();
    for (int i = 0; i < PAIRS; i++) {
      double[] theirs = millis(Servers.STOCK_NIO);
      double[] ours = millis(Servers.OURS);
      added.add(ours[0] - theirs[0]);
      addedToTheFirst.add(ours[1] - theirs[1]);
    }
    results.addAll(
        List.of(
            Measure.atMost(
                "start-up added, until it listens", "ms", Turns.median(added), MOST_MILLIS),
            // The RI loads its header classes with the first message, this library when it starts.
            Measure.atMost(
                "the same, until the first request is answered",
                "ms",
                Turns.median(addedToTheFirst),
                MOST_MILLIS)));
  }

  private static double[] millis(Servers kind) throws IOException {
    try (ChildJvm child = new ChildJvm(List.of(), StartUp.class, List.of(kind.properties()))) {
      return child.answer();
    }
  }
}
