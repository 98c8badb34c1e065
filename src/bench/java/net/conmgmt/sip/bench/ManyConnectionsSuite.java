package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A proxy of this library in a JVM of its own with 19,000 negotiated connections over NIO. The
 * clients are raw sockets in two other JVMs, since the limit of open files is one of a process.
 *
 * <p>Each client pings every 20 s; the lateness of a ping is the time from the instant at which it
 * was due to its answer, so it holds the clients' own delays too.
 */
final class ManyConnectionsSuite implements BenchSuite {

  private static final int COUNT = Integer.getInteger("bench.connections", 19_000);
  private static final int HALF = COUNT / 2;
  private static final int PING_SECONDS = Integer.getInteger("bench.pingSeconds", 20);
  private static final int PING_PERIOD_MILLIS = 20_000;
  private static final int CLOSES = 2;
  private static final int WARM_UP = 2_000;

  private static final double STILL = 0.002;
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final List<String> OPTIONS = List.of("-Xms1g", "-Xmx1g", "-XX:+UseSerialGC");

  private static final int HEAP = 0;
  private static final int THREADS = 1;
  private static final int FILES = 2;

  /** Each batch of connections comes from other addresses, as ports rest after a close. */
  private int blocks;

  @Override
  public String name() {
    return "connections";
  }

  /** What each connection added to a server, and the server itself. */
  private record Costs(double heap, double threads, double cpuPercent, double p99) {}

  @Override
  public void run(Results results) throws Exception {
    try (ChildJvm one = new ChildJvm(OPTIONS, RawClients.class, List.of());
        ChildJvm two = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
      Costs stock = costs(Servers.STOCK_NIO, one, two, false);
      Costs unmanaged = costs(Servers.OURS_UNMANAGED, one, two, false);
      Costs ours = costs(Servers.OURS, one, two, true);
      results.add(
          Measure.atMost(
              "heap that management adds to a connection",
              "B",
              ours.heap() - unmanaged.heap(),
              512));
      results.add(Measure.atMost("heap of a negotiated connection", "B", ours.heap(), 2_500));
      results.add(Measure.shown("the same, beside stock nio", "B", ours.heap(), stock.heap()));
      results.add(Measure.atMost("threads that 19,000 connections add", "", ours.threads(), 0));
      results.add(
          Measure.atMost("CPU with pings every 20 s, of one core", "%", ours.cpuPercent(), 5));
      results.add(Measure.atMost("ping due to answered, 99 %", "ms", ours.p99(), 250));
      results.addAll(closing(one, two));
    }
  }

  private Servers.Running start(Servers kind) throws IOException {
    return kind.start(
        OPTIONS,
        "net.conmgmt.sip.MAX_CONNECTIONS=40000",
        "net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS=40000");
  }

  private Costs costs(Servers kind, ChildJvm one, ChildJvm two, boolean ping) throws IOException {
    try (Servers.Running server = start(kind)) {
      boolean negotiates = kind == Servers.OURS;
      // The first connections load what all others share.
      open(server, one, two, WARM_UP, negotiates);
      one.ask("close");
      two.ask("close");
      double[] before = settled(server);
      open(server, one, two, COUNT, negotiates);
      double[] after = settled(server);
      double count = after[FILES] - before[FILES];
      double cpu = 0;
      double p99 = 0;
      if (ping) {
        // Every connection once, so that what is measured is compiled.
        ping(one, two, PING_PERIOD_MILLIS / 2, PING_PERIOD_MILLIS / 2_000);
        long start = System.nanoTime();
        double cpuBefore = server.ask("cpu")[0];
        p99 = ping(one, two, PING_PERIOD_MILLIS, PING_SECONDS);
        cpu = (server.ask("cpu")[0] - cpuBefore) / (System.nanoTime() - start) * 100;
      }
      one.ask("close");
      two.ask("close");
      return new Costs(
          (after[HEAP] - before[HEAP]) / count, after[THREADS] - before[THREADS], cpu, p99);
    }
  }

  /** For seconds after the last message the RI holds what it made for it. */
  private static double[] settled(Servers.Running server) throws IOException {
    double[] former = server.ask("state");
    while (true) {
      LockSupport.parkNanos(PAUSE_NANOS);
      double[] state = server.ask("state");
      if (former[FILES] == state[FILES]
          && Math.abs(former[HEAP] - state[HEAP]) < STILL * former[HEAP]) {
        return state;
      }
      former = state;
    }
  }

  /** Bytes of heap in use. */
  static double settledHeap(Servers.Running server) throws IOException {
    return settled(server)[HEAP];
  }

  /** The 99th percentile of whichever half was later. */
  private static double ping(ChildJvm one, ChildJvm two, int periodMillis, int seconds)
      throws IOException {
    one.tell("ping", periodMillis, seconds);
    two.tell("ping", periodMillis, seconds);
    return Math.max(one.answer()[0], two.answer()[0]);
  }

  /** Half of them with each client, at the same time. */
  private void open(
      Servers.Running server, ChildJvm one, ChildJvm two, int count, boolean negotiates)
      throws IOException {
    begin(server, one, count / 2);
    begin(server, two, count - count / 2);
    check(count / 2, one.answer()[0], negotiates);
    check(count - count / 2, two.answer()[0], negotiates);
  }

  private void begin(Servers.Running server, ChildJvm clients, int count) throws IOException {
    clients.tell("open", server.port(), count, 1 + blocks++ % 250);
  }

  private static void check(int count, double negotiated, boolean negotiates) throws IOException {
    if (negotiated != (negotiates ? count : 0)) {
      throw new IOException("Of " + count + " connections " + negotiated + " were negotiated");
    }
  }

  /** Half of them are one client's, as clients share the processor with the server. */
  private double close(Servers.Running server, ChildJvm one, ChildJvm two, int count)
      throws IOException {
    open(server, one, two, count, true);
    double millis = server.ask("close")[0];
    one.ask("close");
    two.ask("close");
    return millis;
  }

  private List<Measure> closing(ChildJvm one, ChildJvm two) throws IOException {
    List<Double> halves = new ArrayList<>();
    List<Double> all = new ArrayList<>();
    try (Servers.Running server = start(Servers.OURS)) {
      for (int i = -1; i < CLOSES; i++) {
        double half = close(server, one, two, HALF);
        if (i >= 0) {
          halves.add(half);
          all.add(close(server, one, two, COUNT));
        }
      }
    }
    double half = Turns.median(halves);
    double whole = Turns.median(all);
    return List.of(
        Measure.atMost("closing 19,000 registered connections", "ms", whole, 1_000),
        Measure.cost("the same, beside closing 9,500", "ms", whole, half, 2.2));
  }
}
