package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import net.conmgmt.sip.bench.Turns.Rates;

/**
 * The CPU of a ping and its answer beside Kamailio, as /proc has it of the whole process. Each of
 * two servers has 15,000 registered connections, each with clients of its own, as the limit of open
 * files is one of a process; they are pinged in turn, in pairs, and medians count.
 */
final class PingSuite implements BenchSuite {

  private static final List<String> OPTIONS = List.of("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC");
  private static final int COUNT = Integer.getInteger("bench.pinged", 15_000);
  private static final int PAIRS_AT_ONCE = Integer.getInteger("bench.pingPairs", 7);
  private static final int PAIRS_IN_TURN = Integer.getInteger("bench.pingPairsInTurn", 3);
  private static final int SECONDS = Integer.getInteger("bench.pingedSeconds", 6);

  /** Until what is measured is compiled. */
  private static final int WARM_UPS = Integer.getInteger("bench.pingWarmUps", 8);

  @Override
  public String name() {
    return "pings";
  }

  /** A server, and the clients that are connected to it. */
  private record Pinged(ServerProcess server, ChildJvm clients) {

    double cpuNanos() throws IOException {
      return Proc.cpuNanos(server.pid());
    }
  }

  @Override
  public void run(Results results) throws Exception {
    Optional<String> missing = Kamailio.missing();
    try (Servers.Running server =
            Servers.OURS.start(
                OPTIONS,
                "net.conmgmt.sip.MAX_CONNECTIONS=40000",
                "net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS=40000");
        ChildJvm clients = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
      Pinged ours = opened(server, clients, 1);
      for (int i = 0; i < WARM_UPS; i++) {
        clients.ask("pingAtOnce");
      }
      if (missing.isPresent()) {
        results.leaveOut("CPU of a ping beside Kamailio", missing.get());
        return;
      }
      try (ServerProcess kamailio = Kamailio.start(null);
          ChildJvm theirClients = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
        Pinged theirs = opened(kamailio, theirClients, 101);
        String name = String.format(Locale.ROOT, "ping, %,d connections ", COUNT);
        tell(results, name + "in turn", inTurn(ours, theirs), 0.5);
        double[] lost = new double[2];
        tell(results, name + "all at once", atOnce(ours, theirs, lost), 1);
        String unanswered = "the same, pings without an answer, of " + PAIRS_AT_ONCE + " times";
        results.add(Measure.atMost(unanswered, "", lost[0], 0));
        if (lost[1] > 0) {
          // It closes connections whose pings its processes cannot take in time.
          results.add(Measure.shown(unanswered + ", beside Kamailio", "", lost[0], lost[1]));
        }
      }
    }
  }

  private static Pinged opened(ServerProcess server, ChildJvm clients, int block)
      throws IOException {
    clients.ask("open", server.port(), COUNT, block);
    return new Pinged(server, clients);
  }

  private static void tell(Results results, String name, Rates micros, double wanted) {
    results.add(
        Measure.cost(
            name + ", CPU, beside Kamailio",
            "us",
            micros.ours(),
            micros.theirs(),
            micros.ratio(),
            wanted));
  }

  /** Both in the same seconds: neither has much to do. */
  private static Rates inTurn(Pinged ours, Pinged theirs) throws IOException {
    double[] turns = new double[2 * PAIRS_IN_TURN];
    for (int i = 0; i < turns.length; i += 2) {
      double oursBefore = ours.cpuNanos();
      double theirsBefore = theirs.cpuNanos();
      ours.clients().tell("ping", 1_000 * SECONDS, SECONDS);
      theirs.clients().tell("ping", 1_000 * SECONDS, SECONDS);
      ours.clients().answer();
      theirs.clients().answer();
      turns[i] = microsOfEach(ours.cpuNanos() - oursBefore);
      turns[i + 1] = microsOfEach(theirs.cpuNanos() - theirsBefore);
    }
    return Rates.of(turns);
  }

  private static Rates atOnce(Pinged ours, Pinged theirs, double[] lost) throws IOException {
    double[] turns = new double[2 * PAIRS_AT_ONCE];
    for (int i = 0; i < turns.length; i++) {
      Pinged pinged = i % 2 == 0 ? ours : theirs;
      double before = pinged.cpuNanos();
      double unanswered = pinged.clients().ask("pingAtOnce")[0];
      turns[i] = (pinged.cpuNanos() - before) / 1e3 / (COUNT - unanswered);
      lost[i % 2] += unanswered;
    }
    return Rates.of(turns);
  }

  private static double microsOfEach(double nanos) {
    return nanos / 1e3 / COUNT;
  }
}
