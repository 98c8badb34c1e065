package net.conmgmt.sip.bench;

import static net.conmgmt.sip.bench.Turns.inShortTurns;
import static net.conmgmt.sip.bench.Turns.median;
import static net.conmgmt.sip.bench.Turns.warmUp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.bench.TlsFixture.KeyKind;
import net.conmgmt.sip.bench.Turns.Rates;
import net.conmgmt.sip.bench.Turns.Shape;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The same over TLS beside the stock transports, and what a handshake and an idle connection cost.
 * A handshake is one client's that connects, registers once and leaves; its CPU is that of the
 * server's threads without the compiler's, which takes most of the first minute. Where a stock
 * transport does not get through, its row says so.
 */
final class TlsSuite implements BenchSuite {

  private static final Logger LOG = LogManager.getLogger(TlsSuite.class);

  private static final List<String> OPTIONS = List.of("-Xms512m", "-Xmx512m");

  /** As for many connections elsewhere: a heap that is the same whatever collects it. */
  private static final List<String> HEAP_OPTIONS =
      List.of("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC");

  private static final int MILLIS = Integer.getInteger("bench.tlsMillis", 2_000);
  private static final int TURNS = Integer.getInteger("bench.handshakeTurns", 5);
  private static final int HANDSHAKES = Integer.getInteger("bench.handshakes", 120);
  private static final int WARM_UP_HANDSHAKES = Integer.getInteger("bench.handshakesFirst", 600);
  private static final int IDLE = Integer.getInteger("bench.tlsIdle", 1_000);
  private static final int EXCHANGES = Integer.getInteger("bench.tlsExchanges", 4_000);

  private static final Shape ONE = new Shape(1, 1, 1, 1);
  private static final Shape MANY = new Shape(50, 1, 1, 1);
  private static final Shape MANY_WINDOWS = new Shape(50, 4, 4, 1);

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
  public List<Measure> run() throws Exception {
    List<Measure> measures = new ArrayList<>();
    try (TlsFixture rsa = new TlsFixture(KeyKind.RSA);
        TlsFixture ec = new TlsFixture(KeyKind.EC)) {
      rates(measures, rsa, Servers.STOCK_NIO, List.of(ONE, MANY, MANY_WINDOWS));
      rates(measures, rsa, Servers.STOCK_BLOCKING, List.of(ONE, MANY));
      handshakes(measures, rsa, KeyKind.RSA, "TLSv1.2");
      handshakes(measures, ec, KeyKind.EC, "TLSv1.2");
      handshakes(measures, ec, KeyKind.EC, "TLSv1.3");
      idle(measures, rsa, "TLSv1.2", 7_000);
      idle(measures, rsa, "TLSv1.3", 9_000);
      garbage(measures, rsa);
    }
    return measures;
  }

  /** Clients that connect over TLS of that version. */
  private static ChildJvm clients(TlsFixture fixture, String version) throws IOException {
    ChildJvm clients = new ChildJvm(OPTIONS, RawClients.class, List.of());
    clients.ask("tls", fixture.trustStore(), version);
    return clients;
  }

  static void rates(List<Measure> measures, TlsFixture fixture, Servers kind, List<Shape> shapes)
      throws IOException {
    boolean blocking = kind == Servers.STOCK_BLOCKING;
    String what = "TLS 1.2, " + (blocking ? "both blocking" : "beside stock nio");
    for (Shape shape : shapes) {
      // A stock server that answers no more spoils one row only.
      try (Servers.Running ours = startOurs(fixture, blocking);
          Servers.Running theirs = kind.start(OPTIONS, fixture.properties("TLSv1.2"));
          ChildJvm clients = clients(fixture, "TLSv1.2")) {
        warmUp(clients, ours.port(), theirs.port());
        measures.add(
            inShortTurns(clients, ours.port(), theirs.port(), shape, MILLIS)
                .measure(shape, what, shape.target()));
      } catch (IOException e) {
        LOG.debug("No rates of {} {}", shape, what, e);
        measures.add(alone(fixture, shape, blocking));
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

  static void handshakes(List<Measure> measures, TlsFixture fixture, KeyKind key, String version)
      throws Exception {
    String[] properties = fixture.properties(version);
    String what = "handshake and REGISTER, " + text(version) + ", " + key + ", CPU";
    try (Servers.Running ours = Servers.OURS.start(OPTIONS, properties);
        ChildJvm clients = clients(fixture, version)) {
      handshakes(clients, ours, WARM_UP_HANDSHAKES, false);
      handshakes(clients, ours, WARM_UP_HANDSHAKES, true);
      measures.addAll(handshakesBeside(fixture, version, ours, clients, what));
    }
    if (version.equals("TLSv1.2")) {
      double engine =
          new EngineAlone(SipServer.properties(String.join(" ", properties)), version).millis();
      String name = "the same, full, of the JDK's engine alone, " + key;
      measures.add(
          key == KeyKind.RSA
              ? Measure.atMost(name, "ms", engine, 1.7)
              : Measure.shown(name, "ms", engine));
    }
  }

  private static List<Measure> handshakesBeside(
      TlsFixture fixture, String version, Servers.Running ours, ChildJvm clients, String what)
      throws IOException {
    try (Servers.Running theirs = Servers.STOCK_NIO.start(OPTIONS, fixture.properties(version));
        ChildJvm theirClients = clients(fixture, version)) {
      handshakes(theirClients, theirs, WARM_UP_HANDSHAKES, false);
      handshakes(theirClients, theirs, WARM_UP_HANDSHAKES, true);
      Rates full = cpuInTurn(clients, ours, theirClients, theirs, false);
      Rates resumed = cpuInTurn(clients, ours, theirClients, theirs, true);
      return List.of(
          Measure.cost("full " + what, "ms", full.ours(), full.theirs(), full.ratio(), 1.1),
          Measure.atMost("resumed " + what, "ms", resumed.ours(), 0.5),
          Measure.shown("the same, beside stock nio", "ms", resumed.ours(), resumed.theirs()));
    } catch (IOException e) {
      LOG.debug("No {} of stock nio", what, e);
      return List.of(
          Measure.shown("full " + what + STOCK_FAILS, "ms", cpu(clients, ours, false)),
          Measure.atMost("resumed " + what, "ms", cpu(clients, ours, true), 0.5));
    }
  }

  private static Rates cpuInTurn(
      ChildJvm clients,
      Servers.Running ours,
      ChildJvm theirClients,
      Servers.Running theirs,
      boolean resumed)
      throws IOException {
    double[] turns = new double[2 * TURNS];
    for (int i = 0; i < turns.length; i += 2) {
      boolean oursFirst = i % 4 == 0;
      if (oursFirst) {
        turns[i] = handshakes(clients, ours, HANDSHAKES, resumed);
      }
      turns[i + 1] = handshakes(theirClients, theirs, HANDSHAKES, resumed);
      if (!oursFirst) {
        turns[i] = handshakes(clients, ours, HANDSHAKES, resumed);
      }
    }
    return Rates.of(turns);
  }

  private static double cpu(ChildJvm clients, Servers.Running server, boolean resumed)
      throws IOException {
    List<Double> turns = new ArrayList<>();
    for (int i = 0; i < TURNS; i++) {
      turns.add(handshakes(clients, server, HANDSHAKES, resumed));
    }
    return median(turns);
  }

  /** Milliseconds of the server's CPU for each. */
  private static double handshakes(
      ChildJvm clients, Servers.Running server, int count, boolean resumed) throws IOException {
    double before = server.ask("worked")[0];
    clients.ask("handshakes", server.port(), count, resumed ? 1 : 0);
    return (server.ask("worked")[0] - before) / count / 1e6;
  }

  static void idle(List<Measure> measures, TlsFixture fixture, String version, double target)
      throws IOException {
    String name = "heap of an idle connection, " + text(version);
    double ours = idle(Servers.OURS, fixture, version);
    measures.add(Measure.atMost(name, "B", ours, target));
    try {
      double theirs = idle(Servers.STOCK_NIO, fixture, version);
      measures.add(Measure.shown("the same, beside stock nio", "B", ours, theirs));
    } catch (IOException e) {
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

  static void garbage(List<Measure> measures, TlsFixture fixture) throws IOException {
    double tls = garbage(Servers.OURS, fixture);
    double tcp = garbage(Servers.OURS, null);
    measures.add(Measure.atMost("garbage that TLS 1.2 adds to an exchange", "B", tls - tcp, 3_000));
    String name = "garbage of an exchange, the RI's included";
    measures.add(
        Measure.shown(name + ", TCP beside stock nio", "B", tcp, garbage(Servers.STOCK_NIO, null)));
    try {
      measures.add(
          Measure.shown(
              name + ", TLS 1.2 beside stock nio", "B", tls, garbage(Servers.STOCK_NIO, fixture)));
    } catch (IOException e) {
      LOG.debug("No {} of stock nio", name, e);
      measures.add(Measure.shown(name + ", TLS 1.2" + STOCK_FAILS, "B", tls));
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
      clients.ask("exchange", EXCHANGES);
      double before = server.ask("allocated")[0];
      clients.ask("exchange", EXCHANGES);
      return (server.ask("allocated")[0] - before) / EXCHANGES;
    }
  }

  private static String text(String version) {
    return version.replace("TLSv", "TLS ");
  }
}
