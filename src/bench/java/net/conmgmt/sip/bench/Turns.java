package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Two servers that the same clients load in turn, and what is made of their rates. */
final class Turns {

  /** Where a turn does not end with a delayed acknowledgement, short ones see the same machine. */
  private static final int SHORT_MILLIS = Integer.getInteger("bench.shortMillis", 10);

  private static final int WARM_UP_MILLIS = Integer.getInteger("bench.warmUpMillis", 2_000);

  private Turns() {}

  /**
   * How a server is loaded.
   *
   * @param burst how many responses a client waits for before it sends as many requests
   * @param target how much of the stock stack's rate is wanted at least; 0 if it is only shown
   */
  record Shape(int connections, int window, int burst, double target) {
    @Override
    public String toString() {
      return connections + " x " + window + (burst < window ? ", one by one" : "");
    }
  }

  /** Rates of two servers that were loaded in turn. */
  record Rates(double ours, double theirs, double ratio) {

    /** Of the turns that the clients tell: ours, theirs, ours, theirs, and so on. */
    static Rates of(double[] turns) {
      List<Double> ours = new ArrayList<>();
      List<Double> theirs = new ArrayList<>();
      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < turns.length; i += 2) {
        ours.add(turns[i]);
        theirs.add(turns[i + 1]);
        ratios.add(turns[i] / turns[i + 1]);
      }
      return new Rates(median(ours), median(theirs), median(ratios));
    }

    static Rates medianOf(List<Rates> all) {
      return new Rates(
          median(all.stream().map(Rates::ours).toList()),
          median(all.stream().map(Rates::theirs).toList()),
          median(all.stream().map(Rates::ratio).toList()));
    }

    Measure measure(Shape shape, String what, double target) {
      return Measure.gain(
          "REGISTER/200, " + shape + ", " + what, "/s", ours, theirs, ratio, target);
    }
  }

  static void warmUp(ChildJvm clients, int ours, int theirs) throws IOException {
    inTurn(clients, ours, theirs, new Shape(50, 4, 1, 0), WARM_UP_MILLIS / 4, 4);
    inShortTurns(clients, ours, theirs, new Shape(1, 1, 1, 0), WARM_UP_MILLIS / 2);
  }

  /** Each of the two for so long in all. */
  static Rates inShortTurns(ChildJvm clients, int ours, int theirs, Shape shape, int millis)
      throws IOException {
    return inTurn(clients, ours, theirs, shape, SHORT_MILLIS, millis / SHORT_MILLIS);
  }

  static Rates inTurn(ChildJvm clients, int ours, int theirs, Shape shape, int millis, int pairs)
      throws IOException {
    return Rates.of(
        clients.ask(
            "turns",
            ours,
            theirs,
            shape.connections(),
            shape.window(),
            shape.burst(),
            millis,
            pairs));
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
