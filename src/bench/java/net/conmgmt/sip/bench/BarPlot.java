package net.conmgmt.sip.bench;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;

/**
 * A picture (SVG) of how many times better ours is than something else: a bar for each measure, on
 * a logarithmic scale.
 */
final class BarPlot {

  private static final int LEFT = 470;
  private static final int WIDTH = 400;
  private static final int RIGHT = 130;
  private static final int ROW = 20;
  private static final int TOP = 30;
  private static final int BAR = 12;

  private static final double LEAST = 0.5;

  private static final String GREY = "#6e7781";
  private static final String MET = "#2da44e";
  private static final String MISSED = "#bf8700";

  private final double most;
  private final StringBuilder svg = new StringBuilder();

  private BarPlot(double most) {
    this.most = most;
  }

  /**
   * Beside what was measured in the same run: those that are wanted to be about as good as that, or
   * better. Of a yield it is the ratio, of a cost its inverse.
   */
  static String ofRatios(List<Measure> measures) {
    return new BarPlot(256)
        .draw(
            measures.stream().filter(BarPlot::isCompared).toList(),
            m -> String.format(Locale.ROOT, "%.2f", betterness(m)));
  }

  /** Beside the limit of each measure that has one and nothing else beside it. */
  static String ofLimits(List<Measure> measures) {
    return new BarPlot(64)
        .draw(
            measures.stream().filter(BarPlot::hasLimit).toList(),
            m ->
                String.format(
                    Locale.ROOT,
                    "%s (%s %s)",
                    Results.number(m.judged()),
                    Objects.requireNonNull(m.target()).comparison().sign(),
                    Results.figure(Objects.requireNonNull(m.target()).figure(), m.unit())));
  }

  /** A cost of twice as much or more is that of twice as much work. */
  private static boolean isCompared(Measure measure) {
    Measure.Target target = measure.target();
    return measure.theirs() != null
        && target != null
        && (target.comparison() == Measure.Comparison.AT_LEAST || target.figure() < 2);
  }

  private static boolean hasLimit(Measure measure) {
    Measure.Target target = measure.target();
    return measure.theirs() == null && target != null && target.figure() > 0;
  }

  private String draw(List<Measure> measures, Function<Measure, String> label) {
    int height = TOP + measures.size() * ROW + 10;
    line(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
            + " font-size=\"11\" fill=\"%s\">",
        LEFT + WIDTH + RIGHT, height, GREY);
    for (double tick = LEAST; tick <= most; tick *= 2) {
      line(
          "<line x1=\"%2$.1f\" x2=\"%2$.1f\" y1=\"%3$d\" y2=\"%4$d\" stroke=\"%7$s\""
              + " stroke-width=\"%5$s\"/><text x=\"%2$.1f\" y=\"%6$d\" text-anchor=\"middle\">"
              + "%1$s</text>",
          tick < 1 ? Double.toString(tick) : Integer.toString((int) tick),
          x(tick),
          TOP - 6,
          height - 10,
          tick == 1 ? "1.5" : "0.3",
          TOP - 12,
          GREY);
    }
    int y = TOP;
    for (Measure measure : measures) {
      bar(measure, label.apply(measure), y);
      y += ROW;
    }
    line("</svg>");
    return svg.toString();
  }

  private void bar(Measure measure, String label, int y) {
    double end = x(Math.min(most, Math.max(LEAST, betterness(measure))));
    double to = Math.max(x(1), end);
    line(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
            + "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
            + "<text x=\"%.1f\" y=\"%d\">%s</text>",
        LEFT - 10,
        y + BAR - 2,
        escaped(measure.name()),
        Math.min(x(1), end),
        y,
        Math.max(1, Math.abs(x(1) - end)),
        BAR,
        measure.met() ? MET : MISSED,
        to + 4,
        y + BAR - 2,
        escaped(label));
  }

  /** How many times better than what is beside it, or than its limit. */
  private static double betterness(Measure measure) {
    Measure.Target target = Objects.requireNonNull(measure.target());
    double better = measure.judged() / (measure.theirs() == null ? target.figure() : 1);
    return target.comparison() == Measure.Comparison.AT_LEAST ? better : 1 / better;
  }

  private double x(double value) {
    return LEFT + WIDTH * Math.log(value / LEAST) / Math.log(most / LEAST);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private void line(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
