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
  private static final int PAIRS_IN_TURN = Integer.getInteger("bench.pingPairsInTurn", 2);
  private static final int SECONDS = Integer.getInteger("bench.pingedSeconds", 12);

  private static final String IN_TURN = "ping " + 1_000 * SECONDS + " " + SECONDS;
  private static final String AT_ONCE = "pingAtOnce";

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
        clients.ask(AT_ONCE);
      }
      if (missing.isPresent()) {
        results.leaveOut("CPU of a ping beside Kamailio", missing.get());
        return;
      }
      try (ServerProcess kamailio = Kamailio.start(null);
          ChildJvm theirClients = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
        Pinged theirs = opened(kamailio, theirClients, 101);
        String name = String.format(Locale.ROOT, "ping, %,d connections ", COUNT);
        tell(results, name + "in turn", IN_TURN, PAIRS_IN_TURN, ours, theirs, 0.5);
        tell(results, name + "all at once", AT_ONCE, PAIRS_AT_ONCE, ours, theirs, 1);
      }
    }
  }

  private static Pinged opened(ServerProcess server, ChildJvm clients, int block)
      throws IOException {
    clients.ask("open", server.port(), COUNT, block);
    return new Pinged(server, clients);
  }

  private static void tell(
      Results results,
      String name,
      String command,
      int pairs,
      Pinged ours,
      Pinged theirs,
      double wanted)
      throws IOException {
    double[] turns = new double[2 * pairs];
    for (int i = 0; i < turns.length; i += 2) {
      turns[i] = micros(ours, command);
      turns[i + 1] = micros(theirs, command);
    }
    Rates rates = Rates.of(turns);
    results.add(
        Measure.cost(
            name + ", CPU, beside Kamailio",
            "us",
            rates.ours(),
            rates.theirs(),
            rates.ratio(),
            wanted));
  }

  /** Microseconds of the server's CPU for each ping; fails where one has no answer. */
  private static double micros(Pinged pinged, String command) throws IOException {
    double before = pinged.cpuNanos();
    pinged.clients().ask(command);
    return (pinged.cpuNanos() - before) / 1e3 / COUNT;
  }
}
