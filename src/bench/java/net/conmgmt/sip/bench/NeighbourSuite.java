package net.conmgmt.sip.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import net.conmgmt.sip.bench.TlsFixture.KeyKind;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * How long a registered client waits for an answer, 99 % of its exchanges, while others are a
 * burden to the server: beside stock nio, each turn with servers that have just started. The burden
 * takes the processor from the client as well, so the figures are indicative.
 */
final class NeighbourSuite implements BenchSuite {

  private static final Logger LOG = LogManager.getLogger(NeighbourSuite.class);

  private static final List<String> OPTIONS = List.of("-Xms768m", "-Xmx768m");
  private static final int TURNS = Integer.getInteger("bench.neighbourTurns", 3);
  private static final int MILLIS = Integer.getInteger("bench.neighbourMillis", 2_500);
  private static final int WARM_UP_MILLIS = 1_500;
  private static final int HANDSHAKES_PER_SECOND = 1_000;
  private static final int CLOSED_AT_ONCE = Integer.getInteger("bench.closedAtOnce", 10_000);

  private static final String[] MANY_ALLOWED = {
    "net.conmgmt.sip.MAX_CONNECTIONS=40000", "net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS=40000"
  };

  /** What is done to a server for some time. */
  private interface Burden {
    /** Has begun when this returns; what is returned waits for its end. */
    Ending on(Servers.Running server) throws IOException;
  }

  /** Waits for the end of a burden. */
  private interface Ending {
    void await() throws IOException;
  }

  @Override
  public String name() {
    return "neighbours";
  }

  @Override
  public List<Measure> run() throws Exception {
    List<Measure> measures = new ArrayList<>();
    try (TlsFixture tls = new TlsFixture(KeyKind.RSA);
        ChildJvm neighbour = new ChildJvm(OPTIONS, Neighbour.class, List.of());
        ChildJvm crowd = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
      measures.addAll(
          p99("another connection floods", 100, null, server -> flood(neighbour, server)));
      measures.addAll(
          p99(
              "1,000 TLS handshakes a second are attempted",
              0,
              tls,
              server -> handshakes(neighbour, server)));
      measures.addAll(
          p99(
              String.format(Locale.ROOT, "%,d connections close at once", CLOSED_AT_ONCE),
              0,
              null,
              server -> closing(crowd, server)));
    }
    return measures;
  }

  private static Ending flood(ChildJvm neighbour, Servers.Running server) throws IOException {
    neighbour.tell("flood", server.port(), MILLIS + WARM_UP_MILLIS);
    pause();
    return neighbour::answer;
  }

  private static Ending handshakes(ChildJvm neighbour, Servers.Running server) throws IOException {
    neighbour.tell("hellos", server.port(), HANDSHAKES_PER_SECOND, MILLIS + WARM_UP_MILLIS);
    pause();
    return neighbour::answer;
  }

  /** So that it begins while the client is at it. */
  private static Ending closing(ChildJvm crowd, Servers.Running server) throws IOException {
    crowd.ask("open", server.port(), CLOSED_AT_ONCE, 1);
    crowd.tell("close");
    return crowd::answer;
  }

  private static void pause() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(WARM_UP_MILLIS / 2));
  }

  /**
   * @param mostMillis what is wanted of ours; 0 for no more than theirs
   * @param tls null for TCP
   */
  private static List<Measure> p99(
      String what, double mostMillis, @Nullable TlsFixture tls, Burden burden) throws IOException {
    String name = "answer to a client while " + what + ", 99 %";
    List<Double> ours = new ArrayList<>();
    List<Double> theirs = new ArrayList<>();
    for (int i = 0; i < TURNS; i++) {
      ours.add(p99(Servers.OURS, tls, burden));
      // Its patience is long: a stock server that once gave no answer is not tried again.
      if (theirs.size() == i) {
        try {
          theirs.add(p99(Servers.STOCK_NIO, tls, burden));
        } catch (IOException e) {
          LOG.debug("No answer of stock nio while {}", what, e);
        }
      }
    }
    double mine = Turns.median(ours);
    List<Measure> measures = new ArrayList<>();
    if (mostMillis > 0) {
      measures.add(Measure.atMost(name, "ms", mine, mostMillis));
    }
    if (theirs.size() < TURNS) {
      measures.add(Measure.shown(name + "; stock nio answers not at all within 20 s", "ms", mine));
    } else if (mostMillis > 0) {
      measures.add(Measure.shown("the same, beside stock nio", "ms", mine, Turns.median(theirs)));
    } else {
      measures.add(Measure.cost(name + ", beside stock nio", "ms", mine, Turns.median(theirs), 1));
    }
    return measures;
  }

  private static double p99(Servers kind, @Nullable TlsFixture tls, Burden burden)
      throws IOException {
    String[] properties = tls == null ? MANY_ALLOWED : tls.properties("TLSv1.2", MANY_ALLOWED);
    try (Servers.Running server = kind.start(OPTIONS, properties);
        ChildJvm client = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
      if (tls != null) {
        client.ask("tls", tls.trustStore(), "TLSv1.2");
      }
      client.ask("probe", server.port(), WARM_UP_MILLIS);
      Ending ending = burden.on(server);
      double p99 = client.ask("probe", server.port(), MILLIS)[0];
      ending.await();
      return p99;
    }
  }
}
