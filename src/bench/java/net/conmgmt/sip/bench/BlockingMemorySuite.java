package net.conmgmt.sip.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import net.conmgmt.sip.bench.TlsFixture.KeyKind;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a connection of the blocking kind, of 3,000 that have registered: on JDK 17, where
 * each has a thread, and on JDK 25, where it has a virtual one. It is the live heap, what is
 * resident outside of the heap, and the kernel's page tables and stacks of threads; the buffers of
 * sockets are not in it, as they do not depend on the server.
 */
final class BlockingMemorySuite implements BenchSuite {

  /** The heap is resident as a whole from the start, so that it does not grow with garbage. */
  private static final String[] OPTIONS = {
    "-Xms384m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch"
  };

  private static final int COUNT = Integer.getInteger("bench.blocking", 3_000);
  private static final int WARM_UP = COUNT / 4;
  private static final double KILOBYTE = 1_024;
  private static final double MOST_TCP = 20;
  private static final double MOST_TLS = 24;

  private static final String[] PROPERTIES = {
    "net.conmgmt.sip.TRANSPORT=blocking",
    "net.conmgmt.sip.MAX_CONNECTIONS_PER_ADDRESS=40000",
    "net.conmgmt.sip.CONNECTION_TIMEOUT=600"
  };

  @Override
  public String name() {
    return "blocking";
  }

  @Override
  public void run(Results results) throws Exception {
    Optional<Path> jdk25 = Jdks.jdk25();
    try (TlsFixture fixture = new TlsFixture(KeyKind.EC)) {
      for (boolean isTls : new boolean[] {false, true}) {
        TlsFixture tls = isTls ? fixture : null;
        String name =
            String.format(
                Locale.ROOT,
                "memory of a connection, blocking, %,d over %s, ",
                COUNT,
                isTls ? "TLS 1.2" : "TCP");
        String virtual = name + "virtual threads, JDK 25";
        List<Callable<Double>> all = new ArrayList<>();
        all.add(() -> kilobytes(Jdks.OWN, tls));
        jdk25.ifPresent(jdk -> all.add(() -> kilobytes(jdk, tls)));
        List<Future<Double>> kilobytes = AtOnce.measure(all);
        results.add(Measure.shown(name + "platform threads, JDK 17", "kB", kilobytes.get(0).get()));
        if (jdk25.isPresent()) {
          double most = isTls ? MOST_TLS : MOST_TCP;
          results.add(Measure.atMost(virtual, "kB", kilobytes.get(1).get(), most));
        } else {
          results.leaveOut(virtual, Jdks.NO_25);
        }
      }
    }
  }

  /**
   * @param tls null for TCP
   */
  private static double kilobytes(Path jdk, @Nullable TlsFixture tls) throws IOException {
    String[] properties = tls == null ? PROPERTIES : tls.properties("TLSv1.2", PROPERTIES);
    try (Servers.Running server = Servers.OURS.startOn(jdk, List.of(OPTIONS), properties);
        ChildJvm clients = new ChildJvm(List.of("-Xmx512m"), RawClients.class, List.of())) {
      if (tls != null) {
        clients.ask("tls", tls.trustStore(), "TLSv1.2");
      }
      // The first connections load what all others share.
      clients.ask("open", server.port(), WARM_UP, 1);
      clients.ask("close");
      double before = bytes(server);
      clients.ask("open", server.port(), COUNT, 2);
      return (bytes(server) - before) / COUNT / KILOBYTE;
    }
  }

  private static double bytes(Servers.Running server) throws IOException {
    double heap = ManyConnectionsSuite.settledHeap(server);
    return heap + Proc.residentBytes(server.pid()) + Proc.kernelBytes(server.pid());
  }
}
