package net.conmgmt.sip.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Runs the suites, prints one table and writes it as JSON, and pictures of it beside. Arguments:
 * the file to write, then the names of the suites to run; none means all.
 *
 * <p>A missed target is a line of the table, not a failure: timings depend on the machine. A suite
 * that fails, or takes far too long, is told below the table; the others run all the same.
 */
final class Bench {

  private static final Logger LOG = LogManager.getLogger(Bench.class);

  private static final int MOST_MINUTES_OF_A_SUITE = 8;

  private static final List<BenchSuite> SUITES =
      List.of(
          new StartUpSuite(),
          new ThroughputSuite(),
          new ExchangeSuite(),
          new TlsSuite(),
          new HandshakeSuite(),
          new StormSuite(),
          new BlockingMemorySuite(),
          new NeighbourSuite(),
          new ForwardingSuite(),
          new PingSuite(),
          new ManyConnectionsSuite(),
          new SimulationSuite(),
          new FramerSuite(),
          new StampSuite(),
          new HeaderSuite(),
          new DiscoverySuite());

  private final ScheduledExecutorService patience = Executors.newSingleThreadScheduledExecutor();
  private final Results results;
  private final PrintStream out;

  private Bench(PrintStream out) {
    this.out = out;
    results = new Results(row -> out.println("  " + row));
  }

  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    List<String> chosen = List.of(args).subList(1, args.length);
    try (PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8)) {
      Bench bench = new Bench(out);
      for (BenchSuite suite : SUITES) {
        if (chosen.isEmpty() || chosen.contains(suite.name())) {
          bench.run(suite);
          // After each, so that a run that is ended leaves what it has.
          bench.write(file);
        }
      }
      out.print(bench.results.table());
    }
    // The RI leaves threads behind that are no daemons.
    System.exit(0);
  }

  private void write(Path file) throws IOException {
    Path folder = file.toAbsolutePath().resolveSibling("");
    Files.createDirectories(folder);
    Files.writeString(file, results.json());
    Files.writeString(file.resolveSibling("table.md"), results.table());
    BarPlot.write(results.table(), folder);
  }

  private void run(BenchSuite suite) {
    long start = System.nanoTime();
    ScheduledFuture<?> end =
        patience.schedule(Bench::endProcesses, MOST_MINUTES_OF_A_SUITE, TimeUnit.MINUTES);
    try {
      suite.run(results);
    } catch (Exception | Error e) {
      LOG.error("The suite {} has failed; what it had measured before stays", suite.name(), e);
      results.leaveOut("the rest of the suite " + suite.name(), String.valueOf(e));
    } finally {
      end.cancel(false);
    }
    out.printf(Locale.ROOT, "%s took %.0f s%n", suite.name(), (System.nanoTime() - start) / 1e9);
  }

  /** Whatever a suite waits for comes from a process that it has started. */
  private static void endProcesses() {
    LOG.error("A suite takes more than {} minutes, so it is ended", MOST_MINUTES_OF_A_SUITE);
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
  }
}
