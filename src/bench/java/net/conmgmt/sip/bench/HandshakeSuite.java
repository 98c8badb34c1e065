package net.conmgmt.sip.bench;

import static net.conmgmt.sip.bench.Turns.median;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.conmgmt.sip.bench.TlsFixture.KeyKind;
import net.conmgmt.sip.bench.Turns.Rates;

/**
 * What a TLS handshake costs a server in CPU: one client after the other connects, registers once
 * and leaves, with a full handshake or one that resumes a session. Beside stock nio it is the CPU
 * of the threads that run Java code, without the compiler's, which takes most of the first minute;
 * Kamailio's is that of its processes.
 */
final class HandshakeSuite implements BenchSuite {

  private static final List<String> OPTIONS = List.of("-Xms512m", "-Xmx512m");

  private static final int TURNS = Integer.getInteger("bench.handshakeTurns", 3);
  private static final int HANDSHAKES = Integer.getInteger("bench.handshakes", 100);
  private static final int WARM_UP = Integer.getInteger("bench.handshakesFirst", 400);

  private static final int WARM_UP_RESUMED = 2 * WARM_UP;

  /** One that is resumed with TLS 1.2 costs little, and only once all of it is compiled. */
  private static final int WARM_UP_RESUMED_1_2 = 10 * WARM_UP;

  private static final double MOST_RESUMED_MILLIS = 0.5;
  private static final double MOST_ENGINE_MILLIS = 1.7;
  private static final double MOST_BESIDE_STOCK = 1.1;

  @Override
  public String name() {
    return "handshakes";
  }

  private interface Cpu {
    double nanos() throws IOException;
  }

  /** A server, its clients, and how its CPU is known. */
  private record Served(int port, Cpu cpu, ChildJvm clients) {

    static Served of(Servers.Running server, ChildJvm clients) {
      return new Served(server.port(), () -> server.ask("worked")[0], clients);
    }

    /** Until what is measured is compiled. */
    Served warmedUp(String version) throws IOException {
      int resumed = version.equals("TLSv1.2") ? WARM_UP_RESUMED_1_2 : WARM_UP_RESUMED;
      clients.ask("handshakes", port, WARM_UP, 0);
      clients.ask("handshakes", port, resumed, 1);
      return this;
    }

    /** Milliseconds of the server's CPU for each of a turn. */
    double turn(boolean resumed) throws IOException {
      double before = cpu.nanos();
      clients.ask("handshakes", port, HANDSHAKES, resumed ? 1 : 0);
      return (cpu.nanos() - before) / HANDSHAKES / 1e6;
    }

    double millis(boolean resumed) throws IOException {
      List<Double> turns = new ArrayList<>();
      for (int i = 0; i < TURNS; i++) {
        turns.add(turn(resumed));
      }
      return median(turns);
    }
  }

  @Override
  public void run(Results results) throws Exception {
    try (TlsFixture rsa = new TlsFixture(KeyKind.RSA);
        TlsFixture ec = new TlsFixture(KeyKind.EC)) {
      measure(results, rsa, "TLSv1.2");
      measure(results, rsa, "TLSv1.3");
      measure(results, ec, "TLSv1.3");
      onJdk25(results, rsa, "TLSv1.2");
      onJdk25(results, ec, "TLSv1.3");
    }
  }

  private static String text(TlsFixture fixture, String version) {
    return "handshake and REGISTER, "
        + version.replace("TLSv", "TLS ")
        + ", "
        + fixture.kind()
        + ", CPU";
  }

  private static void measure(Results results, TlsFixture fixture, String version)
      throws Exception {
    try (Servers.Running server = Servers.OURS.start(OPTIONS, fixture.properties(version));
        ChildJvm clients = TlsSuite.clients(fixture, version)) {
      Served ours = Served.of(server, clients).warmedUp(version);
      besideStock(results, fixture, version, ours);
      if (fixture.kind() == KeyKind.RSA) {
        engineAlone(results, fixture, version);
        if (version.equals("TLSv1.2")) {
          besideKamailio(results, fixture, version, ours);
        }
      }
    }
  }

  private static void besideStock(Results results, TlsFixture fixture, String version, Served ours)
      throws IOException {
    String what = text(fixture, version);
    try (Servers.Running server = Servers.STOCK_NIO.start(OPTIONS, fixture.properties(version));
        ChildJvm clients = TlsSuite.clients(fixture, version)) {
      Served stock = Served.of(server, clients).warmedUp(version);
      Rates full = inTurn(ours, stock, false);
      Rates resumed = inTurn(ours, stock, true);
      results.add(
          Measure.cost(
              "full " + what + ", beside stock nio",
              "ms",
              full.ours(),
              full.theirs(),
              full.ratio(),
              MOST_BESIDE_STOCK));
      results.add(Measure.atMost("resumed " + what, "ms", resumed.ours(), MOST_RESUMED_MILLIS));
      results.add(
          Measure.shown(
              "resumed " + what + ", beside stock nio", "ms", resumed.ours(), resumed.theirs()));
    } catch (IOException e) {
      results.leaveOut(
          what + ", beside stock nio", "the stock transport did not answer all: " + e.getMessage());
      results.add(Measure.shown("full " + what, "ms", ours.millis(false)));
      results.add(Measure.atMost("resumed " + what, "ms", ours.millis(true), MOST_RESUMED_MILLIS));
    }
  }

  private static void besideKamailio(
      Results results, TlsFixture fixture, String version, Served ours) throws IOException {
    String what = "full " + text(fixture, version) + ", beside Kamailio";
    Optional<String> missing = Kamailio.missing();
    if (missing.isPresent()) {
      results.leaveOut(what, missing.get());
      return;
    }
    try (ServerProcess kamailio = Kamailio.start(fixture);
        ChildJvm clients = TlsSuite.clients(fixture, version)) {
      long pid = kamailio.pid();
      Served theirs = new Served(kamailio.port(), () -> Proc.cpuNanos(pid), clients);
      Rates full = inTurn(ours, theirs, false);
      results.add(Measure.shown(what, "ms", full.ours(), full.theirs()));
    }
  }

  private static void engineAlone(Results results, TlsFixture fixture, String version)
      throws Exception {
    String properties = String.join(" ", fixture.properties(version));
    EngineAlone engine = new EngineAlone(SipServer.properties(properties), version);
    String what =
        " handshake of the JDK's engine alone, "
            + version.replace("TLSv", "TLS ")
            + ", "
            + fixture.kind()
            + ", CPU";
    results.add(
        version.equals("TLSv1.2")
            ? Measure.atMost("full" + what, "ms", engine.millis(false), MOST_ENGINE_MILLIS)
            : Measure.shown("full" + what, "ms", engine.millis(false)));
    results.add(Measure.shown("resumed" + what, "ms", engine.millis(true)));
  }

  private static void onJdk25(Results results, TlsFixture fixture, String version)
      throws IOException {
    String what = text(fixture, version) + ", JDK 25";
    Optional<Path> jdk = Jdks.jdk25();
    if (jdk.isEmpty()) {
      results.leaveOut(what, Jdks.NO_25);
      return;
    }
    try (Servers.Running server =
            Servers.OURS.startOn(jdk.get(), OPTIONS, fixture.properties(version));
        ChildJvm clients = TlsSuite.clients(fixture, version)) {
      Served ours = Served.of(server, clients).warmedUp(version);
      results.add(Measure.shown("full " + what, "ms", ours.millis(false)));
      results.add(Measure.atMost("resumed " + what, "ms", ours.millis(true), MOST_RESUMED_MILLIS));
    }
  }

  private static Rates inTurn(Served ours, Served theirs, boolean resumed) throws IOException {
    double[] turns = new double[2 * TURNS];
    for (int i = 0; i < turns.length; i += 2) {
      boolean oursFirst = i % 4 == 0;
      if (oursFirst) {
        turns[i] = ours.turn(resumed);
      }
      turns[i + 1] = theirs.turn(resumed);
      if (!oursFirst) {
        turns[i] = ours.turn(resumed);
      }
    }
    return Rates.of(turns);
  }
}
