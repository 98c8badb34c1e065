package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * REGISTER and its 200 by the second: this library beside the stock transports, and beside itself
 * without keep-alive management. Each server runs in a JVM of its own; one more JVM holds the
 * clients. Servers are loaded in turn, in pairs, each pair in the order opposite to the one before;
 * what counts is the median of the ratios of the pairs.
 *
 * <p>JVMs with the same code differ by more than management costs, and so does each from one second
 * to the next: that is measured in short turns of several JVMs of each kind, each beside several of
 * the other.
 *
 * <p>A client with a window sends it as a whole and the next one when all of it is answered: then
 * the last responses of a server without TCP_NODELAY wait for the client's delayed acknowledgement.
 * A client that sends the next request for each response acknowledges with it and hides that; it is
 * shown too.
 */
final class ThroughputSuite implements BenchSuite {

  private static final List<String> OPTIONS = List.of("-Xms512m", "-Xmx512m");
  private static final int PAIRS = Integer.getInteger("bench.pairs", 7);
  private static final int PAIRS_SHOWN = Integer.getInteger("bench.pairsShown", 3);
  private static final int JVMS_OF_OURS = Integer.getInteger("bench.jvmsOfOurs", 6);
  private static final int ROUNDS_OF_OURS = Integer.getInteger("bench.roundsOfOurs", 4);
  private static final int MILLIS_OF_OURS = Integer.getInteger("bench.millisOfOurs", 500);
  private static final int MILLIS = Integer.getInteger("bench.millis", 900);
  private static final int WARM_UP_MILLIS = Integer.getInteger("bench.warmUpMillis", 4_000);

  /**
   * @param burst how many responses a client waits for before it sends as many requests
   * @param target how much of the stock stack's rate is wanted at least; 0 if it is only shown
   */
  private record Shape(int connections, int window, int burst, double target) {
    @Override
    public String toString() {
      return connections + " x " + window + (burst < window ? ", one by one" : "");
    }
  }

  private static final List<Shape> SHAPES =
      List.of(
          new Shape(1, 1, 1, 1),
          new Shape(50, 1, 1, 1),
          new Shape(1, 20, 20, 20),
          new Shape(50, 4, 4, 4),
          new Shape(1, 20, 1, 0),
          new Shape(50, 4, 1, 0));

  /** With management on beside off. */
  private static final List<Shape> BUSY =
      List.of(new Shape(1, 1, 1, 1), new Shape(50, 1, 1, 1), new Shape(50, 4, 1, 1));

  /** The rates of two servers that were loaded in turn. */
  private static final class Pairs {

    private final List<Double> ours = new ArrayList<>();
    private final List<Double> theirs = new ArrayList<>();
    private final List<Double> ratios = new ArrayList<>();

    void add(ChildJvm clients, Servers.Running our, Servers.Running their, Shape shape, int millis)
        throws IOException {
      boolean oursFirst = ratios.size() % 2 == 1;
      double first = rate(clients, oursFirst ? our : their, shape, millis);
      double second = rate(clients, oursFirst ? their : our, shape, millis);
      ours.add(oursFirst ? first : second);
      theirs.add(oursFirst ? second : first);
      ratios.add(oursFirst ? first / second : second / first);
    }

    Measure measure(Shape shape, String what, double target) {
      return Measure.gain(
          "REGISTER/200, " + shape + ", " + what,
          "/s",
          median(ours),
          median(theirs),
          median(ratios),
          target);
    }
  }

  @Override
  public String name() {
    return "throughput";
  }

  @Override
  public List<Measure> run() throws Exception {
    List<Measure> measures = new ArrayList<>();
    try (ChildJvm clients = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
      measures.addAll(besideStock(clients));
      measures.addAll(managementOnBesideOff(clients));
    }
    return measures;
  }

  private static List<Measure> besideStock(ChildJvm clients) throws IOException {
    List<Measure> measures = new ArrayList<>();
    try (Servers.Running ours = Servers.OURS.start(OPTIONS);
        Servers.Running nio = Servers.STOCK_NIO.start(OPTIONS);
        Servers.Running blocking = Servers.STOCK_BLOCKING.start(OPTIONS)) {
      for (Servers.Running server : List.of(ours, nio, blocking)) {
        warmUp(clients, server);
      }
      for (Servers.Running theirs : List.of(nio, blocking)) {
        for (Shape shape : SHAPES) {
          Pairs pairs = new Pairs();
          int count = shape.target() > 0 ? PAIRS : PAIRS_SHOWN;
          for (int i = 0; i < count; i++) {
            pairs.add(clients, ours, theirs, shape, MILLIS);
          }
          String what = theirs == nio ? "beside stock nio" : "beside stock blocking";
          measures.add(pairs.measure(shape, what, shape.target()));
        }
      }
    }
    return measures;
  }

  private static List<Measure> managementOnBesideOff(ChildJvm clients) throws IOException {
    List<Servers.Running> on = new ArrayList<>();
    List<Servers.Running> off = new ArrayList<>();
    List<Measure> measures = new ArrayList<>();
    try {
      for (int i = 0; i < JVMS_OF_OURS; i++) {
        on.add(Servers.OURS.start(OPTIONS));
        warmUp(clients, on.get(i));
        off.add(Servers.OURS_UNMANAGED.start(OPTIONS));
        warmUp(clients, off.get(i));
      }
      for (Shape shape : BUSY) {
        Pairs pairs = new Pairs();
        for (int round = 0; round < ROUNDS_OF_OURS; round++) {
          for (int i = 0; i < JVMS_OF_OURS; i++) {
            Servers.Running other = off.get((i + round) % JVMS_OF_OURS);
            pairs.add(clients, on.get(i), other, shape, MILLIS_OF_OURS);
          }
        }
        measures.add(pairs.measure(shape, "management on beside off", 0.98));
      }
    } finally {
      for (Servers.Running server : on) {
        server.close();
      }
      for (Servers.Running server : off) {
        server.close();
      }
    }
    return measures;
  }

  private static void warmUp(ChildJvm clients, Servers.Running server) throws IOException {
    rate(clients, server, new Shape(50, 4, 1, 0), WARM_UP_MILLIS);
    rate(clients, server, new Shape(1, 1, 1, 0), WARM_UP_MILLIS / 2);
  }

  private static double rate(ChildJvm clients, Servers.Running server, Shape shape, int millis)
      throws IOException {
    return clients
        .ask("load", server.port(), shape.connections(), shape.window(), shape.burst(), millis)[0];
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
