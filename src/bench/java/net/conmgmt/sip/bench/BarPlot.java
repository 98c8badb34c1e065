package net.conmgmt.sip.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A picture (SVG) of how many times better ours is than something else: a bar for each row of a
 * table, on a logarithmic scale. Where rows of the page were measured again, this draws its
 * pictures anew:
 *
 * <pre>java src/bench/java/net/conmgmt/sip/bench/BarPlot.java src/site/markdown/performance.md
 *   src/site/markdown/images</pre>
 */
final class BarPlot {

  private static final int LEFT = 10;
  private static final int WIDTH = 450;
  private static final int RIGHT = 140;
  private static final int ROW = 34;
  private static final int TOP = 34;
  private static final int TEXT = 14;
  private static final int BAR = 12;

  /** Keeps the grid out of the letters. */
  private static final String OUTLINE =
      " stroke=\"#fff\" stroke-width=\"3\" paint-order=\"stroke\"";

  private static final double LEAST = 0.5;

  private static final String GREY = "#57606a";
  private static final String MET = "#2da44e";
  private static final String MISSED = "#bf8700";

  private static final Pattern LINE =
      Pattern.compile(
          "\\| (?<name>[^|]+?)[ *]*\\| (?<ours>(?<number>[\\d.,]+)[^|]*) \\| [^|]*\\|"
              + " (?<ratio>[\\d.]*) ?\\| (?<sign>[<>]=) (?<wanted>[\\d.,]+) \\| (?<met>\\w+) \\|");

  /**
   * A row that has a target.
   *
   * @param ratio to what is beside it, which is then held against the target
   */
  private record Row(
      String name,
      String ours,
      double number,
      Optional<Double> ratio,
      String sign,
      String wanted,
      boolean met) {

    static Optional<Row> of(String line) {
      Matcher m = LINE.matcher(line);
      return m.matches()
          ? Optional.of(
              new Row(
                  m.group("name"),
                  m.group("ours"),
                  parsed(m.group("number")),
                  Optional.of(m.group("ratio")).filter(r -> !r.isEmpty()).map(Row::parsed),
                  m.group("sign"),
                  m.group("wanted"),
                  m.group("met").equals("met")))
          : Optional.empty();
    }

    private static double parsed(String number) {
      return Double.parseDouble(number.replace(",", ""));
    }

    private boolean isYield() {
      return sign.equals(">=");
    }

    /** A cost of twice as much or more is that of twice as much work. */
    boolean isCompared() {
      return ratio.isPresent() && (isYield() || parsed(wanted) < 2);
    }

    boolean isLimited() {
      return ratio.isEmpty() && parsed(wanted) > 0;
    }

    /** How many times better than what is beside it, or than its limit. */
    double betterness() {
      double better = ratio.orElseGet(() -> number / parsed(wanted));
      return isYield() ? better : 1 / better;
    }
  }

  private final double most;
  private final StringBuilder svg = new StringBuilder();

  private BarPlot(double most) {
    this.most = most;
  }

  /** Arguments: a page with the table, and the folder of its pictures. */
  public static void main(String[] args) throws IOException {
    write(Files.readString(Path.of(args[0])), Path.of(args[1]));
  }

  /** Draws {@code ratios.svg} and {@code limits.svg}. */
  static void write(String table, Path folder) throws IOException {
    List<Row> rows = table.lines().flatMap(line -> Row.of(line).stream()).toList();
    Files.writeString(
        folder.resolve("ratios.svg"),
        new BarPlot(256)
            .draw(rows.stream().filter(Row::isCompared).toList(), BarPlot::timesBetter));
    Files.writeString(
        folder.resolve("limits.svg"),
        new BarPlot(64)
            .draw(
                rows.stream().filter(Row::isLimited).toList(),
                row -> row.ours() + " (" + row.sign() + " " + row.wanted() + ")"));
  }

  private static String timesBetter(Row row) {
    double times = row.betterness();
    return Double.isInfinite(times) ? "ours is 0" : String.format(Locale.ROOT, "%.2f", times);
  }

  private String draw(List<Row> rows, Function<Row, String> label) {
    int height = TOP + rows.size() * ROW + 10;
    line(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1$d\" height=\"%2$d\" viewBox=\"0 0 %1$d %2$d\""
            + " font-family=\"sans-serif\" font-size=\"12\" fill=\"%3$s\">",
        LEFT + WIDTH + RIGHT, height, GREY);
    line("<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>");
    for (double tick = LEAST; tick <= most; tick *= 2) {
      line(
          "<line x1=\"%2$.1f\" x2=\"%2$.1f\" y1=\"%3$d\" y2=\"%4$d\" stroke=\"%7$s\""
              + " stroke-width=\"%5$s\"/><text x=\"%2$.1f\" y=\"%6$d\" text-anchor=\"middle\">"
              + "%1$s</text>",
          tick < 1 ? Double.toString(tick) : Integer.toString((int) tick),
          x(tick),
          TOP - 10,
          height - 6,
          tick == 1 ? "1.5" : "0.3",
          TOP - 16,
          GREY);
    }
    int y = TOP;
    for (Row row : rows) {
      bar(row, label.apply(row), y);
      y += ROW;
    }
    line("</svg>");
    return svg.toString();
  }

  private void bar(Row row, String label, int y) {
    double end = x(Math.min(most, Math.max(LEAST, row.betterness())));
    double to = Math.max(x(1), end);
    line(
        "<text x=\"%d\" y=\"%d\"%s>%s</text>"
            + "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
            + "<text x=\"%.1f\" y=\"%d\"%s>%s</text>",
        LEFT,
        y + TEXT - 5,
        OUTLINE,
        escaped(row.name()),
        Math.min(x(1), end),
        y + TEXT,
        Math.max(1, Math.abs(x(1) - end)),
        BAR,
        row.met() ? MET : MISSED,
        to + 5,
        y + TEXT + BAR - 2,
        OUTLINE,
        escaped(label));
  }

  private double x(double value) {
    return LEFT + WIDTH * Math.log(value / LEAST) / Math.log(most / LEAST);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private void line(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
