package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * REGISTER and its 200 by the second: this library beside the stock transports, and beside itself
 * without keep-alive management. Each server runs in a JVM of its own and all of them live through
 * the whole suite; one more JVM holds the clients. They are loaded in turn, in pairs, each pair in
 * the order opposite to the one before; what counts is the median of the ratios of the pairs.
 *
 * <p>A client with a window sends it as a whole and the next one when all of it is answered: then
 * the last responses of a server without TCP_NODELAY wait for the client's delayed acknowledgement.
 * A client that sends the next request for each response acknowledges with it and hides that; it is
 * shown too.
 */
final class ThroughputSuite implements BenchSuite {

  private static final List<String> OPTIONS = List.of("-Xms512m", "-Xmx512m");
  private static final int PAIRS = Integer.getInteger("bench.pairs", 5);
  private static final int PAIRS_SHOWN = Integer.getInteger("bench.pairsShown", 3);
  private static final int PAIRS_OF_OURS = Integer.getInteger("bench.pairsOfOurs", 9);
  private static final int MILLIS = Integer.getInteger("bench.millis", 1_500);
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

  /** Those that keep a server busy. */
  private static final List<Shape> BUSY =
      List.of(new Shape(1, 1, 1, 1), new Shape(50, 1, 1, 1), new Shape(50, 4, 1, 1));

  private final Map<Servers, Servers.Running> servers = new EnumMap<>(Servers.class);

  @Override
  public String name() {
    return "throughput";
  }

  @Override
  public List<Measure> run() throws Exception {
    List<Measure> measures = new ArrayList<>();
    try (ChildJvm clients = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
      for (Servers kind : Servers.values()) {
        servers.put(kind, kind.start(OPTIONS));
      }
      for (Servers kind : Servers.values()) {
        rate(clients, kind, new Shape(50, 4, 1, 0), WARM_UP_MILLIS);
        rate(clients, kind, new Shape(1, 1, 1, 0), WARM_UP_MILLIS / 2);
      }
      for (Servers theirs : List.of(Servers.STOCK_NIO, Servers.STOCK_BLOCKING)) {
        for (Shape shape : SHAPES) {
          String name = "REGISTER/200, " + shape + ", beside " + text(theirs);
          int count = shape.target() > 0 ? PAIRS : PAIRS_SHOWN;
          measures.add(pairs(clients, name, theirs, shape, shape.target(), count));
        }
      }
      for (Shape shape : BUSY) {
        String name = "REGISTER/200, " + shape + ", management on beside off";
        measures.add(pairs(clients, name, Servers.OURS_UNMANAGED, shape, 0.98, PAIRS_OF_OURS));
      }
    } finally {
      for (Servers.Running server : servers.values()) {
        server.close();
      }
    }
    return measures;
  }

  private static String text(Servers kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private Measure pairs(
      ChildJvm clients, String name, Servers kind, Shape shape, double target, int count)
      throws IOException {
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (i % 2 == 0) {
        theirs.add(rate(clients, kind, shape, MILLIS));
        ours.add(rate(clients, Servers.OURS, shape, MILLIS));
      } else {
        ours.add(rate(clients, Servers.OURS, shape, MILLIS));
        theirs.add(rate(clients, kind, shape, MILLIS));
      }
      ratios.add(ours.get(i) / theirs.get(i));
    }
    return Measure.gain(name, "/s", median(ours), median(theirs), median(ratios), target);
  }

  private double rate(ChildJvm clients, Servers kind, Shape shape, int millis) throws IOException {
    Servers.Running server = servers.get(kind);
    if (server == null) {
      throw new IllegalStateException(kind + " does not run");
    }
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
