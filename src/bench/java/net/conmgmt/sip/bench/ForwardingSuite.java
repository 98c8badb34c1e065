package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import net.conmgmt.sip.bench.Turns.Rates;

/**
 * MESSAGE requests from one user to another through a stateful proxy with a registrar: the sample
 * proxy beside Kamailio. How many a second of the server's CPU lets through is measured with 20
 * always under way, the time until the answer with so many a second as are little work for both.
 */
final class ForwardingSuite implements BenchSuite {

  /** As much memory as Kamailio has. */
  private static final String OPTIONS = "-Xms2g -Xmx2g";

  private static final int PAIRS_OF_USERS = 20;
  private static final int TURNS = Integer.getInteger("bench.forwardingTurns", 3);
  private static final int MILLIS = Integer.getInteger("bench.forwardingMillis", 2_000);
  private static final int WARM_UP_MILLIS = Integer.getInteger("bench.forwardingFirst", 20_000);
  private static final int PER_SECOND = 500;
  private static final int COUNT = 0;
  private static final int P99 = 1;

  @Override
  public String name() {
    return "forwarding";
  }

  /** A proxy, and the users on both sides of it. */
  private record Proxy(ServerProcess server, ChildJvm users) {

    double perCpuSecond() throws IOException {
      double before = Proc.cpuNanos(server.pid());
      double count = users.ask("busy", MILLIS)[COUNT];
      return count / (Proc.cpuNanos(server.pid()) - before) * 1e9;
    }

    double p99() throws IOException {
      return users.ask("paced", PER_SECOND, MILLIS)[P99];
    }
  }

  private interface Figure {
    double of(Proxy proxy) throws IOException;
  }

  @Override
  public void run(Results results) throws Exception {
    Optional<String> missing = Kamailio.missing();
    try (ServerProcess server = SampleProxy.start(OPTIONS);
        ChildJvm users = users(server)) {
      Proxy ours = new Proxy(server, users);
      users.ask("busy", WARM_UP_MILLIS);
      if (missing.isPresent()) {
        alone(results, ours, missing.get());
        return;
      }
      try (ServerProcess kamailio = Kamailio.start(null);
          ChildJvm theirUsers = users(kamailio)) {
        Proxy theirs = new Proxy(kamailio, theirUsers);
        theirUsers.ask("busy", MILLIS);
        tell(
            results,
            inTurn(ours, theirs, Proxy::perCpuSecond),
            inTurn(ours, theirs, Proxy::p99),
            ", beside Kamailio");
      } catch (IOException e) {
        alone(results, ours, String.valueOf(e.getMessage()));
      }
    }
  }

  private static void alone(Results results, Proxy ours, String why) throws IOException {
    results.leaveOut("forwarding MESSAGE beside Kamailio", why);
    tell(results, inTurn(ours, ours, Proxy::perCpuSecond), inTurn(ours, ours, Proxy::p99), "");
  }

  private static ChildJvm users(ServerProcess server) throws IOException {
    ChildJvm users = new ChildJvm(List.of("-Xmx512m"), MessageClients.class, List.of());
    users.ask("open", server.port(), PAIRS_OF_USERS);
    return users;
  }

  private static Rates inTurn(Proxy ours, Proxy theirs, Figure figure) throws IOException {
    double[] turns = new double[2 * TURNS];
    for (int i = 0; i < turns.length; i += 2) {
      turns[i] = figure.of(ours);
      turns[i + 1] = figure.of(theirs);
    }
    return Rates.of(turns);
  }

  private static void tell(Results results, Rates cpu, Rates p99, String beside) {
    String through = "forwarding MESSAGE, messages in a second of CPU" + beside;
    String until = "forwarding " + PER_SECOND + " MESSAGE a second, until the 200, 99 %" + beside;
    if (beside.isEmpty()) {
      results.add(Measure.shown(through, "", cpu.ours()));
      results.add(Measure.shown(until, "ms", p99.ours()));
    } else {
      results.add(Measure.gain(through, "", cpu.ours(), cpu.theirs(), cpu.ratio(), 1.5));
      results.add(Measure.cost(until, "ms", p99.ours(), p99.theirs(), p99.ratio(), 1));
    }
  }
}
