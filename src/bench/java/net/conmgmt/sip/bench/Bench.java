package net.conmgmt.sip.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Runs the suites, prints one table and writes it as JSON, and a picture of the ratios beside it.
 * Arguments: the file to write, then the names of the suites to run; none means all.
 *
 * <p>A missed target is a line of the table, not a failure: timings depend on the machine.
 */
final class Bench {

  private static final List<BenchSuite> SUITES =
      List.of(
          new StartUpSuite(),
          new ThroughputSuite(),
          new ExchangeSuite(),
          new TlsSuite(),
          new NeighbourSuite(),
          new ManyConnectionsSuite(),
          new SimulationSuite(),
          new FramerSuite(),
          new StampSuite(),
          new HeaderSuite(),
          new DiscoverySuite());

  private Bench() {}

  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    List<String> chosen = List.of(args).subList(1, args.length);
    List<Measure> measures = new ArrayList<>();
    try (PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8)) {
      for (BenchSuite suite : SUITES) {
        if (chosen.isEmpty() || chosen.contains(suite.name())) {
          long start = System.nanoTime();
          measures.addAll(suite.run());
          out.printf(
              Locale.ROOT, "%s took %.0f s%n", suite.name(), (System.nanoTime() - start) / 1e9);
        }
      }
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, json(measures));
      Files.writeString(file.resolveSibling("ratios.svg"), RatioPlot.of(measures));
      out.print(table(measures));
    }
    // The RI leaves threads behind that are no daemons.
    System.exit(0);
  }

  private static String table(List<Measure> measures) {
    StringBuilder out = new StringBuilder();
    out.append(row("measure", "ours", "theirs", "ratio", "target", "met?"));
    out.append(row("---", "---:", "---:", "---:", "---:", "---"));
    for (Measure m : measures) {
      Measure.Target target = m.target();
      out.append(
          row(
              m.name(),
              number(m.ours()) + " " + m.unit(),
              m.theirs() == null ? "" : number(m.theirs()) + " " + m.unit(),
              m.theirs() == null ? "" : String.format(Locale.ROOT, "%.2f", m.judged()),
              target == null
                  ? ""
                  : target.comparison().sign()
                      + " "
                      + (m.theirs() == null
                          ? number(target.figure())
                          : String.format(Locale.ROOT, "%.2f", target.figure())),
              target == null ? "" : m.met() ? "yes" : "NO"));
    }
    return out.toString();
  }

  private static String row(Object... cells) {
    return String.format(Locale.ROOT, "| %-52s | %12s | %12s | %6s | %9s | %4s |%n", cells);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
  }

  private static String json(List<Measure> measures) {
    List<String> objects = new ArrayList<>();
    for (Measure m : measures) {
      Measure.Target target = m.target();
      objects.add(
          String.format(
              Locale.ROOT,
              "  {\"measure\": \"%s\", \"unit\": \"%s\", \"ours\": %.3f, \"theirs\": %s,"
                  + " \"judged\": %.4f, \"target\": %s, \"met\": %b}",
              m.name(),
              m.unit(),
              m.ours(),
              m.theirs() == null ? "null" : String.format(Locale.ROOT, "%.3f", m.theirs()),
              m.judged(),
              target == null
                  ? "null"
                  : String.format(
                      Locale.ROOT, "\"%s %.4f\"", target.comparison().sign(), target.figure()),
              m.met()));
    }
    return "[\n" + String.join(",\n", objects) + "\n]\n";
  }
}
