package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import net.conmgmt.sip.bench.TlsFixture.KeyKind;

/**
 * 2,000 clients that connect over TLS at once and register, as after an outage: to a server that
 * has just started, and again when it has served as many. The clients have had their own practice
 * with another server; the processor is theirs too.
 */
final class StormSuite implements BenchSuite {

  private static final List<String> OPTIONS = List.of("-Xms512m", "-Xmx512m");
  private static final int CLIENTS = Integer.getInteger("bench.stormClients", 2_000);
  private static final int PRACTICE = 600;

  /** Of the storms after the first the last counts, when what they need is compiled. */
  private static final int STORMS_IN_SERVICE = Integer.getInteger("bench.storms", 2);

  /** A server may be slower than its limit, and none is waited for longer than this. */
  private static final int MOST_SECONDS = 30;

  private static final int MOST_SECONDS_OF_STOCK = 15;
  private static final double COLD_MILLIS = 7_000;
  private static final double WARM_MILLIS = 4_000;
  private static final int SERVED = 0;
  private static final int MILLIS = 1;

  private static final String MANY_ALLOWED = "net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS=40000";

  @Override
  public String name() {
    return "storm";
  }

  @Override
  public void run(Results results) throws Exception {
    try (TlsFixture tls = new TlsFixture(KeyKind.RSA)) {
      for (String version : List.of("TLSv1.2", "TLSv1.3")) {
        try (ChildJvm clients = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
          clients.ask("tls", tls.trustStore(), version);
          practise(clients, tls, version);
          storm(results, clients, tls, version);
        }
      }
    }
  }

  private static void practise(ChildJvm clients, TlsFixture tls, String version)
      throws IOException {
    try (Servers.Running server = Servers.OURS.start(OPTIONS, properties(tls, version))) {
      clients.ask("storm", server.port(), PRACTICE, MOST_SECONDS);
    }
  }

  private static String[] properties(TlsFixture tls, String version) {
    return tls.properties(version, MANY_ALLOWED);
  }

  private static void storm(Results results, ChildJvm clients, TlsFixture tls, String version)
      throws IOException {
    double served = CLIENTS;
    double cold = 0;
    double warm = 0;
    try (Servers.Running server = Servers.OURS.start(OPTIONS, properties(tls, version))) {
      for (int i = 0; i <= STORMS_IN_SERVICE; i++) {
        double[] outcome = clients.ask("storm", server.port(), CLIENTS, MOST_SECONDS);
        served = Math.min(served, outcome[SERVED]);
        warm = outcome[MILLIS];
        cold = i == 0 ? warm : cold;
      }
    }
    String what =
        String.format(
            Locale.ROOT, "%,d clients at once, %s", CLIENTS, version.replace("TLSv", "TLS "));
    results.add(Measure.atLeast(what + ", served, the worst of all storms", "", served, CLIENTS));
    results.add(Measure.atMost(what + ", server just started", "ms", cold, COLD_MILLIS));
    results.add(Measure.atMost(what + ", server in service", "ms", warm, WARM_MILLIS));
    if (version.equals("TLSv1.2")) {
      double theirs = servedByStock(clients, tls, version);
      results.add(
          Measure.shown(
              what + ", served within " + MOST_SECONDS_OF_STOCK + " s, beside stock nio",
              "",
              served,
              theirs));
    }
  }

  private static double servedByStock(ChildJvm clients, TlsFixture tls, String version)
      throws IOException {
    try (Servers.Running server = Servers.STOCK_NIO.start(OPTIONS, tls.properties(version))) {
      return clients.ask("storm", server.port(), CLIENTS, MOST_SECONDS_OF_STOCK)[SERVED];
    }
  }
}
