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
 * Runs the suites, prints one table and writes it as JSON. Arguments: the file to write, then the
 * names of the suites to run; none means all.
 *
 * <p>A missed target is a line of the table, not a failure: timings depend on the machine.
 */
final class Bench {

  private static final List<BenchSuite> SUITES = List.of(new HeaderSuite());

  private Bench() {}

  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    List<String> chosen = List.of(args).subList(1, args.length);
    List<Measure> measures = new ArrayList<>();
    for (BenchSuite suite : SUITES) {
      if (chosen.isEmpty() || chosen.contains(suite.name())) {
        measures.addAll(suite.run());
      }
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, json(measures));
    try (PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8)) {
      out.print(table(measures));
    }
  }

  private static String table(List<Measure> measures) {
    StringBuilder out = new StringBuilder();
    out.append(row("measure", "ours", "theirs", "ratio", "target", "met?"));
    out.append(row("---", "---:", "---:", "---:", "---:", "---"));
    for (Measure m : measures) {
      out.append(
          row(
              m.name(),
              number(m.ours()) + " " + m.unit(),
              number(m.theirs()) + " " + m.unit(),
              String.format(Locale.ROOT, "%.2f", m.ratio()),
              String.format(Locale.ROOT, "%s %.2f", m.comparison().sign(), m.target()),
              m.met() ? "yes" : "NO"));
    }
    return out.toString();
  }

  private static String row(Object... cells) {
    return String.format(Locale.ROOT, "| %-24s | %10s | %10s | %6s | %8s | %4s |%n", cells);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
  }

  private static String json(List<Measure> measures) {
    List<String> objects = new ArrayList<>();
    for (Measure m : measures) {
      objects.add(
          String.format(
              Locale.ROOT,
              "  {\"measure\": \"%s\", \"unit\": \"%s\", \"ours\": %.3f, \"theirs\": %.3f,"
                  + " \"ratio\": %.4f, \"target\": \"%s %.4f\", \"met\": %b}",
              m.name(),
              m.unit(),
              m.ours(),
              m.theirs(),
              m.ratio(),
              m.comparison().sign(),
              m.target(),
              m.met()));
    }
    return "[\n" + String.join(",\n", objects) + "\n]\n";
  }
}
