package net.conmgmt.sip.bench;

import static net.conmgmt.sip.bench.Turns.inShortTurns;
import static net.conmgmt.sip.bench.Turns.inTurn;
import static net.conmgmt.sip.bench.Turns.warmUp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.conmgmt.sip.bench.Turns.Rates;
import net.conmgmt.sip.bench.Turns.Shape;

/**
 * REGISTER and its 200 by the second: this library beside the stock transports, each server in a
 * JVM of its own, and beside itself without keep-alive management. One more JVM holds the clients.
 * Servers are loaded in turn, in pairs, each pair in the order opposite to the one before; what
 * counts is the median of the ratios of the pairs.
 *
 * <p>JVMs with the same code differ by more than management costs, as what they compile is not the
 * same, and the machine gives more or less from one moment to the next. So with and without
 * management are two stacks of one JVM, and of several such JVMs the median counts; the turns are
 * short; and servers and clients have a core each where that can be had.
 *
 * <p>A client with a window sends it as a whole and the next one when all of it is answered: then
 * the last responses of a server without TCP_NODELAY wait for the client's delayed acknowledgement.
 * A client that sends the next request for each response acknowledges with it and hides that; it is
 * shown too.
 */
final class ThroughputSuite implements BenchSuite {

  private static final List<String> OPTIONS = List.of("-Xms512m", "-Xmx512m");
  private static final int PAIRS = Integer.getInteger("bench.pairs", 4);
  private static final int PAIRS_SHOWN = Integer.getInteger("bench.pairsShown", 2);
  private static final int MILLIS = Integer.getInteger("bench.millis", 600);

  private static final int JVMS_OF_OURS = Integer.getInteger("bench.jvmsOfOurs", 4);
  private static final int MILLIS_OF_OURS = Integer.getInteger("bench.millisOfOurs", 900);

  /** Compares management with itself, which shows how fine the measure is. */
  private static final boolean ALIKE = Boolean.getBoolean("bench.alike");

  private static final Servers OFF = ALIKE ? Servers.OURS : Servers.OURS_UNMANAGED;

  private static final List<Shape> SHAPES =
      List.of(
          new Shape(1, 1, 1, 1),
          new Shape(50, 1, 1, 1),
          new Shape(1, 20, 20, 20),
          new Shape(50, 4, 4, 4),
          new Shape(1, 20, 1, 0),
          new Shape(50, 4, 1, 0));

  /** With blocking I/O on both sides. */
  private static final List<Shape> BLOCKING =
      List.of(new Shape(1, 1, 1, 1), new Shape(50, 1, 1, 1), new Shape(50, 4, 1, 1));

  /** With management on beside off. */
  private static final List<Shape> BUSY =
      List.of(new Shape(50, 1, 1, 1), new Shape(50, 4, 1, 1), new Shape(1, 1, 1, 1));

  @Override
  public String name() {
    return "throughput";
  }

  @Override
  public void run(Results results) throws Exception {
    try (ChildJvm clients = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
      results.addAll(besideStock(clients));
      results.addAll(blockingBesideBlocking(clients));
      results.addAll(managementOnBesideOff(clients));
    }
  }

  private static List<Measure> besideStock(ChildJvm clients) throws IOException {
    List<Measure> measures = new ArrayList<>();
    try (Servers.Running ours = Servers.OURS.start(OPTIONS);
        Servers.Running nio = Servers.STOCK_NIO.start(OPTIONS);
        Servers.Running blocking = Servers.STOCK_BLOCKING.start(OPTIONS)) {
      warmUp(clients, ours.port(), nio.port());
      warmUp(clients, ours.port(), blocking.port());
      for (Servers.Running theirs : List.of(nio, blocking)) {
        String what = theirs == nio ? "beside stock nio" : "beside stock blocking";
        for (Shape shape : SHAPES) {
          int pairs = shape.target() > 0 ? PAIRS : PAIRS_SHOWN;
          Rates rates =
              shape.window() == 1
                  ? inShortTurns(clients, ours.port(), theirs.port(), shape, pairs * MILLIS)
                  : inTurn(clients, ours.port(), theirs.port(), shape, MILLIS, pairs);
          measures.add(rates.measure(shape, what, shape.target()));
        }
      }
    }
    return measures;
  }

  private static List<Measure> blockingBesideBlocking(ChildJvm clients) throws IOException {
    List<Measure> measures = new ArrayList<>();
    try (Servers.Running ours = Servers.OURS.start(OPTIONS, "net.conmgmt.sip.TRANSPORT=blocking");
        Servers.Running theirs = Servers.STOCK_BLOCKING.start(OPTIONS)) {
      warmUp(clients, ours.port(), theirs.port());
      for (Shape shape : BLOCKING) {
        int millis = PAIRS * MILLIS;
        measures.add(
            inShortTurns(clients, ours.port(), theirs.port(), shape, millis)
                .measure(shape, "both blocking", shape.target()));
      }
    }
    return measures;
  }

  private static List<Measure> managementOnBesideOff(ChildJvm clients) throws IOException {
    Map<Shape, List<Rates>> rates = new LinkedHashMap<>();
    Optional<Cores> cores = Cores.find();
    if (cores.isPresent()) {
      clients.keepTo(cores.get().first());
    }
    for (int i = 0; i < JVMS_OF_OURS; i++) {
      // Each is the first stack of its JVM as often as the second.
      int on = i % 2;
      int off = 1 - on;
      try (Servers.Running both =
          on == 0
              ? Servers.OURS.startBeside(OFF, OPTIONS)
              : OFF.startBeside(Servers.OURS, OPTIONS)) {
        if (cores.isPresent()) {
          both.keepTo(cores.get().second());
        }
        checkManagement(both, on, clients);
        warmUp(clients, both.port(on), both.port(off));
        for (Shape shape : BUSY) {
          rates
              .computeIfAbsent(shape, s -> new ArrayList<>())
              .add(inShortTurns(clients, both.port(on), both.port(off), shape, MILLIS_OF_OURS));
        }
      }
    }
    String what =
        "management on beside "
            + (ALIKE ? "on" : "off")
            + (cores.isPresent() ? "" : ", cores shared");
    List<Measure> measures = new ArrayList<>();
    rates.forEach((shape, all) -> measures.add(Rates.medianOf(all).measure(shape, what, 0.98)));
    return measures;
  }

  /**
   * A row about management says something only where the one stack has it and the other has not.
   */
  private static void checkManagement(Servers.Running both, int on, ChildJvm clients)
      throws IOException {
    double[] negotiated = new double[2];
    for (int i = 0; i < negotiated.length; i++) {
      negotiated[i] = clients.ask("open", both.port(i), 1, 0)[0];
    }
    double[] watched = both.ask("watched");
    clients.ask("close");
    double[] expected = new double[2];
    expected[on] = 1;
    expected[1 - on] = ALIKE ? 1 : 0;
    if (!Arrays.equals(negotiated, expected) || !Arrays.equals(watched, expected)) {
      throw new IOException(
          "Expected of the two stacks to negotiate and watch "
              + Arrays.toString(expected)
              + " connections, found negotiated "
              + Arrays.toString(negotiated)
              + ", watched "
              + Arrays.toString(watched));
    }
  }
}
