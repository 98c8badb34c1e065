package net.conmgmt.sip.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** The rows of a run, and which rows it cannot have and why. Not thread-safe. */
final class Results {

  /** A row that is missing. */
  private record LeftOut(String name, String why) {
    @Override
    public String toString() {
      return "Left out: " + name + ": " + why;
    }
  }

  private final List<Measure> measures = new ArrayList<>();
  private final List<LeftOut> missing = new ArrayList<>();

  private final Consumer<String> progress;

  /** Tells each row when it comes. */
  Results(Consumer<String> progress) {
    this.progress = progress;
  }

  void add(Measure measure) {
    measures.add(measure);
    progress.accept(row(measure));
  }

  void addAll(List<Measure> rows) {
    rows.forEach(this::add);
  }

  /** There is no such row in this run. */
  void leaveOut(String name, String why) {
    LeftOut row = new LeftOut(name, why.lines().findFirst().orElse(""));
    missing.add(row);
    progress.accept(row.toString());
  }

  /** As the page on performance has it, and below it what is left out. */
  String table() {
    StringBuilder out = new StringBuilder();
    out.append("| measure | ours | beside | ratio | wanted | |\n");
    out.append("|---|---:|---:|---:|---:|---|\n");
    measures.forEach(m -> out.append(row(m)).append('\n'));
    for (LeftOut row : missing) {
      out.append('\n').append(row).append('\n');
    }
    return out.toString();
  }

  private static String row(Measure m) {
    Measure.Target target = m.target();
    Double theirs = m.theirs();
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s | %s | %s |",
        m.name(),
        figure(m.ours(), m.unit()),
        theirs == null ? "" : figure(theirs, m.unit()),
        theirs == null ? "" : String.format(Locale.ROOT, "%.2f", m.judged()),
        target == null ? "" : wanted(target, theirs != null),
        target == null ? "" : m.met() ? "met" : "missed");
  }

  private static String wanted(Measure.Target target, boolean isRatio) {
    return target.comparison().sign()
        + " "
        + (isRatio ? String.format(Locale.ROOT, "%.2f", target.figure()) : number(target.figure()));
  }

  static String figure(double value, String unit) {
    String space = unit.isEmpty() || unit.startsWith("/") ? "" : " ";
    return number(value) + space + unit;
  }

  static String number(double value) {
    String format = value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%,.0f";
    return String.format(Locale.ROOT, format, value);
  }

  String json() {
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
    for (LeftOut row : missing) {
      objects.add(
          String.format(
              Locale.ROOT,
              "  {\"measure\": \"%s\", \"left out\": \"%s\"}",
              row.name(),
              row.why().replace("\\", "\\\\").replace("\"", "\\\"")));
    }
    return "[\n" + String.join(",\n", objects) + "\n]\n";
  }
}
