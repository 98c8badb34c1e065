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
 * burden to the server: beside stock nio and Kamailio, each turn with servers that have just
 * started. The burden takes the processor from the client as well, so the figures are indicative.
 */
final class NeighbourSuite implements BenchSuite {

  private static final Logger LOG = LogManager.getLogger(NeighbourSuite.class);

  private static final List<String> OPTIONS = List.of("-Xms768m", "-Xmx768m");
  private static final int TURNS = Integer.getInteger("bench.neighbourTurns", 2);
  private static final int MILLIS = Integer.getInteger("bench.neighbourMillis", 2_000);
  private static final int WARM_UP_EXCHANGES = 5_000;
  private static final int WARM_UP_MILLIS = 1_200;
  private static final int HANDSHAKES_PER_SECOND = 1_000;
  private static final int CLOSED_AT_ONCE = Integer.getInteger("bench.closedAtOnce", 10_000);

  private static final String[] MANY_ALLOWED = {
    "net.conmgmt.sip.MAX_CONNECTIONS=40000", "net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS=40000"
  };

  /** What is done to a server for some time. */
  private interface Burden {
    /** Has begun when this returns; what is returned waits for its end. */
    Ending on(ServerProcess server) throws IOException;
  }

  /** Waits for the end of a burden. */
  private interface Ending {
    void await() throws IOException;
  }

  /** What ours is compared with. */
  private interface Start {
    ServerProcess start() throws IOException;
  }

  /** Of addresses that the connections come from. */
  private int blocks;

  @Override
  public String name() {
    return "neighbours";
  }

  @Override
  public void run(Results results) throws Exception {
    try (TlsFixture tls = new TlsFixture(KeyKind.RSA);
        ChildJvm neighbour = new ChildJvm(OPTIONS, Neighbour.class, List.of());
        ChildJvm crowd = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
      Burdened flooded =
          new Burdened("another connection floods", null, server -> flood(neighbour, server));
      flooded.measure(true);
      flooded.tellAtMost(results, 100);
      flooded.tellBesideStock(results, 0);
      flooded.tellBesideKamailio(results, 0);

      Burdened shakingHands =
          new Burdened(
              "1,000 TLS handshakes a second are attempted",
              tls,
              server -> handshakes(neighbour, server));
      shakingHands.measure(false);
      shakingHands.tellBesideStock(results, 1);

      Burdened closing =
          new Burdened(
              String.format(Locale.ROOT, "%,d connections close at once", CLOSED_AT_ONCE),
              null,
              server -> closing(crowd, server));
      closing.measure(true);
      closing.tellBesideKamailio(results, 1);
      closing.tellBesideStock(results, 0);
    }
  }

  private static Ending flood(ChildJvm neighbour, ServerProcess server) throws IOException {
    neighbour.tell("flood", server.port(), MILLIS + WARM_UP_MILLIS);
    pause();
    return neighbour::answer;
  }

  private static Ending handshakes(ChildJvm neighbour, ServerProcess server) throws IOException {
    neighbour.tell("hellos", server.port(), HANDSHAKES_PER_SECOND, MILLIS + WARM_UP_MILLIS);
    pause();
    return neighbour::answer;
  }

  /** So that it begins while the client is at it. Ports rest after a close. */
  private Ending closing(ChildJvm crowd, ServerProcess server) throws IOException {
    crowd.ask("open", server.port(), CLOSED_AT_ONCE, 1 + blocks++);
    crowd.tell("close");
    return crowd::answer;
  }

  private static void pause() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(WARM_UP_MILLIS / 2));
  }

  /** One burden, and what a client feels of it at each kind of server. */
  private static final class Burdened {
    private final String name;
    private final @Nullable TlsFixture tls;
    private final Burden burden;
    private final List<Double> ours = new ArrayList<>();
    private final List<Double> stock = new ArrayList<>();
    private final List<Double> kamailio = new ArrayList<>();

    /**
     * @param tls null for TCP
     */
    Burdened(String what, @Nullable TlsFixture tls, Burden burden) {
      name = "answer to a client while " + what + ", 99 %";
      this.tls = tls;
      this.burden = burden;
    }

    void measure(boolean besideKamailio) throws IOException {
      String[] properties = tls == null ? MANY_ALLOWED : tls.properties("TLSv1.2", MANY_ALLOWED);
      for (int i = 0; i < TURNS; i++) {
        ours.add(p99(() -> Servers.OURS.start(OPTIONS, properties)));
        // The client's patience is long: a server that once gave no answer is not tried again.
        if (stock.size() == i) {
          tryTo(stock, () -> Servers.STOCK_NIO.start(OPTIONS, properties));
        }
        if (besideKamailio && kamailio.size() == i && Kamailio.missing().isEmpty()) {
          tryTo(kamailio, () -> Kamailio.start(tls));
        }
      }
    }

    private void tryTo(List<Double> figures, Start start) {
      try {
        figures.add(p99(start));
      } catch (IOException e) {
        LOG.debug("No {}", name, e);
      }
    }

    private double p99(Start start) throws IOException {
      try (ServerProcess server = start.start();
          ChildJvm client = new ChildJvm(OPTIONS, RawClients.class, List.of())) {
        if (tls != null) {
          client.ask("tls", tls.trustStore(), "TLSv1.2");
        }
        client.ask("open", server.port(), 1, 0);
        client.ask("exchange", WARM_UP_EXCHANGES);
        client.ask("close");
        Ending ending = burden.on(server);
        double p99 = client.ask("probe", server.port(), MILLIS)[0];
        ending.await();
        return p99;
      }
    }

    void tellAtMost(Results results, double millis) {
      results.add(Measure.atMost(name, "ms", Turns.median(ours), millis));
    }

    /**
     * @param most how many times theirs ours may be; 0 where it is only shown
     */
    void tellBesideStock(Results results, double most) {
      tell(results, "stock nio", stock, most, "it answers not at all within 20 s");
    }

    void tellBesideKamailio(Results results, double most) {
      tell(
          results,
          "Kamailio",
          kamailio,
          most,
          Kamailio.missing().orElse("it answers not at all within 20 s"));
    }

    private void tell(
        Results results, String other, List<Double> theirs, double most, String whyNot) {
      String row = name + ", beside " + other;
      double mine = Turns.median(ours);
      if (theirs.size() < TURNS) {
        results.leaveOut(row, whyNot);
        if (most > 0) {
          results.add(Measure.shown(name, "ms", mine));
        }
      } else if (most > 0) {
        results.add(Measure.cost(row, "ms", mine, Turns.median(theirs), most));
      } else {
        results.add(Measure.shown(row, "ms", mine, Turns.median(theirs)));
      }
    }
  }
}
