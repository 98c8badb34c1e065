package net.conmgmt.sip.bench;

import static net.conmgmt.sip.bench.Turns.inShortTurns;
import static net.conmgmt.sip.bench.Turns.warmUp;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import net.conmgmt.sip.bench.TlsFixture.KeyKind;
import net.conmgmt.sip.bench.Turns.Rates;
import net.conmgmt.sip.bench.Turns.Shape;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * REGISTER and its 200 over TLS beside the stock transports, and what an idle connection and an
 * exchange cost in memory. Where a stock transport does not get through, its row says so.
 */
final class TlsSuite implements BenchSuite {

  private static final Logger LOG = LogManager.getLogger(TlsSuite.class);

  private static final List<String> OPTIONS = List.of("-Xms512m", "-Xmx512m");

  /** As for many connections elsewhere: a heap that is the same whatever collects it. */
  private static final List<String> HEAP_OPTIONS =
      List.of("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC");

  private static final int MILLIS = Integer.getInteger("bench.tlsMillis", 1_500);
  private static final int IDLE = Integer.getInteger("bench.tlsIdle", 1_000);
  private static final int EXCHANGES = Integer.getInteger("bench.tlsExchanges", 3_000);

  /** What is compiled later makes less garbage, so the least of so many turns is measured. */
  private static final int GARBAGE_TURNS = 5;

  /** The one that sees each thread switch is last, when all is compiled. */
  private static final List<Shape> SHAPES =
      List.of(new Shape(50, 1, 1, 1), new Shape(50, 4, 4, 1), new Shape(1, 1, 1, 1));

  private static final String STOCK_FAILS = "; the stock transport does not answer all";
  private static final String BLOCKING = "net.conmgmt.sip.TRANSPORT=blocking";
  private static final String[] MANY_ALLOWED = {
    "net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS=40000", "net.conmgmt.sip.CONNECTION_TIMEOUT=600"
  };

  @Override
  public String name() {
    return "tls";
  }

  @Override
  public void run(Results results) throws Exception {
    try (TlsFixture tls = new TlsFixture(KeyKind.RSA)) {
      rates(results, tls, Servers.STOCK_NIO);
      rates(results, tls, Servers.STOCK_BLOCKING);
      idle(results, tls);
      garbage(results, tls);
    }
  }

  /** Clients that connect over TLS of that version. */
  static ChildJvm clients(TlsFixture fixture, String version) throws IOException {
    ChildJvm clients = new ChildJvm(OPTIONS, RawClients.class, List.of());
    clients.ask("tls", fixture.trustStore(), version);
    return clients;
  }

  private static void rates(Results results, TlsFixture fixture, Servers kind) throws IOException {
    boolean blocking = kind == Servers.STOCK_BLOCKING;
    String what = "TLS 1.2, " + (blocking ? "both blocking" : "beside stock nio");
    Deque<Shape> left = new ArrayDeque<>(SHAPES);
    while (!left.isEmpty()) {
      // A stock server that answers no more spoils one row only.
      try (Servers.Running ours = startOurs(fixture, blocking);
          Servers.Running theirs = kind.start(OPTIONS, fixture.properties("TLSv1.2"));
          ChildJvm clients = clients(fixture, "TLSv1.2")) {
        warmUp(clients, ours.port(), theirs.port());
        while (!left.isEmpty()) {
          Shape shape = left.element();
          Rates rates = inShortTurns(clients, ours.port(), theirs.port(), shape, MILLIS);
          results.add(rates.measure(shape, what, shape.target()));
          left.remove();
        }
      } catch (IOException e) {
        LOG.debug("No rates of {} {}", left.element(), what, e);
        results.add(alone(fixture, left.remove(), blocking));
      }
    }
  }

  private static Servers.Running startOurs(TlsFixture fixture, boolean blocking)
      throws IOException {
    return Servers.OURS.start(
        OPTIONS,
        blocking ? fixture.properties("TLSv1.2", BLOCKING) : fixture.properties("TLSv1.2"));
  }

  private static Measure alone(TlsFixture fixture, Shape shape, boolean blocking)
      throws IOException {
    try (Servers.Running ours = startOurs(fixture, blocking);
        ChildJvm clients = clients(fixture, "TLSv1.2")) {
      warmUp(clients, ours.port(), ours.port());
      double rate = inShortTurns(clients, ours.port(), ours.port(), shape, MILLIS).ours();
      return Measure.shown(
          "REGISTER/200, " + shape + ", TLS 1.2" + (blocking ? ", blocking" : "") + STOCK_FAILS,
          "/s",
          rate);
    }
  }

  private static void idle(Results results, TlsFixture fixture) throws Exception {
    List<Future<Double>> heaps =
        AtOnce.measure(
            List.of(
                () -> idle(Servers.OURS, fixture, "TLSv1.2"),
                () -> idle(Servers.STOCK_NIO, fixture, "TLSv1.2"),
                () -> idle(Servers.OURS, fixture, "TLSv1.3"),
                () -> idle(Servers.STOCK_NIO, fixture, "TLSv1.3")));
    tellIdle(results, "TLS 1.2", heaps.get(0), heaps.get(1), 7_000);
    tellIdle(results, "TLS 1.3", heaps.get(2), heaps.get(3), 9_000);
  }

  private static void tellIdle(
      Results results, String version, Future<Double> ours, Future<Double> theirs, double target)
      throws Exception {
    String name = "heap of an idle connection, " + version;
    results.add(Measure.atMost(name, "B", ours.get(), target));
    try {
      results.add(Measure.shown("the same, beside stock nio", "B", ours.get(), theirs.get()));
    } catch (ExecutionException e) {
      results.leaveOut(name + ", beside stock nio", "the stock transport did not answer all");
      LOG.debug("No {} of stock nio", name, e);
    }
  }

  private static double idle(Servers kind, TlsFixture fixture, String version) throws IOException {
    try (Servers.Running server =
            kind.start(HEAP_OPTIONS, fixture.properties(version, MANY_ALLOWED));
        ChildJvm clients = clients(fixture, version)) {
      // The first connections load what all others share.
      clients.ask("open", server.port(), IDLE / 4, 0);
      clients.ask("close");
      double before = ManyConnectionsSuite.settledHeap(server);
      clients.ask("open", server.port(), IDLE, 0);
      return (ManyConnectionsSuite.settledHeap(server) - before) / IDLE;
    }
  }

  private static void garbage(Results results, TlsFixture fixture) throws IOException {
    double tls = garbage(Servers.OURS, fixture);
    double tcp = garbage(Servers.OURS, null);
    results.add(Measure.atMost("garbage that TLS 1.2 adds to an exchange", "B", tls - tcp, 3_000));
    String name = "garbage of an exchange, the RI's included";
    results.add(
        Measure.shown(name + ", TCP beside stock nio", "B", tcp, garbage(Servers.STOCK_NIO, null)));
    try {
      results.add(
          Measure.shown(
              name + ", TLS 1.2 beside stock nio", "B", tls, garbage(Servers.STOCK_NIO, fixture)));
    } catch (IOException e) {
      LOG.debug("No {} of stock nio", name, e);
      results.add(Measure.shown(name + ", TLS 1.2" + STOCK_FAILS, "B", tls));
    }
  }

  /**
   * @param fixture null for TCP
   */
  private static double garbage(Servers kind, @Nullable TlsFixture fixture) throws IOException {
    String[] properties = fixture == null ? new String[0] : fixture.properties("TLSv1.2");
    try (Servers.Running server = kind.start(OPTIONS, properties);
        ChildJvm clients =
            fixture == null
                ? new ChildJvm(OPTIONS, RawClients.class, List.of())
                : clients(fixture, "TLSv1.2")) {
      clients.ask("open", server.port(), 1, 0);
      double least = Double.MAX_VALUE;
      for (int i = 0; i < GARBAGE_TURNS; i++) {
        double before = server.ask("allocated")[0];
        clients.ask("exchange", EXCHANGES);
        least = Math.min(least, (server.ask("allocated")[0] - before) / EXCHANGES);
      }
      return least;
    }
  }
}
