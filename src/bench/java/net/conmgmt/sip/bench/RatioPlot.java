package net.conmgmt.sip.bench;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A picture (SVG) of how many times better ours is than what was measured beside it: a bar for each
 * measure, on a logarithmic scale. Of a yield it is the ratio, of a cost its inverse.
 */
final class RatioPlot {

  private static final int LEFT = 430;
  private static final int WIDTH = 400;
  private static final int ROW = 20;
  private static final int TOP = 30;
  private static final int BAR = 12;

  private static final double LEAST = 0.5;
  private static final double MOST = 256;

  private RatioPlot() {}

  /** The picture of those that are wanted to be about as good as what is beside them, or better. */
  static String of(List<Measure> measures) {
    List<Measure> shown = measures.stream().filter(RatioPlot::compares).toList();
    int height = TOP + shown.size() * ROW + 10;
    StringBuilder svg = new StringBuilder();
    line(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
            + " font-size=\"11\" fill=\"#6e7781\">",
        LEFT + WIDTH + 70,
        height);
    for (double tick = LEAST; tick <= MOST; tick *= 2) {
      line(
          svg,
          "<line x1=\"%2$.1f\" x2=\"%2$.1f\" y1=\"%3$d\" y2=\"%4$d\" stroke=\"#6e7781\""
              + " stroke-width=\"%5$s\"/><text x=\"%2$.1f\" y=\"%6$d\" text-anchor=\"middle\">"
              + "%1$s</text>",
          number(tick),
          x(tick),
          TOP - 6,
          height - 10,
          tick == 1 ? "1.5" : "0.3",
          TOP - 12);
    }
    int y = TOP;
    for (Measure measure : shown) {
      bar(svg, measure, y);
      y += ROW;
    }
    line(svg, "</svg>");
    return svg.toString();
  }

  /** A cost of twice as much or more is that of twice as much work. */
  private static boolean compares(Measure measure) {
    Measure.Target target = measure.target();
    return measure.theirs() != null
        && target != null
        && (target.comparison() == Measure.Comparison.AT_LEAST || target.figure() < 2);
  }

  private static void bar(StringBuilder svg, Measure measure, int y) {
    double better = betterness(measure);
    double from = Math.min(x(1), x(better));
    double to = Math.max(x(1), x(better));
    line(
        svg,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
            + "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
            + "<text x=\"%.1f\" y=\"%d\">%s</text>",
        LEFT - 10,
        y + BAR - 2,
        escaped(measure.name()),
        from,
        y,
        Math.max(1, to - from),
        BAR,
        measure.met() ? "#2da44e" : "#bf8700",
        to + 4,
        y + BAR - 2,
        better == MOST ? "more" : String.format(Locale.ROOT, "%.2f", better));
  }

  private static double betterness(Measure measure) {
    Measure.Target target = Objects.requireNonNull(measure.target());
    double better =
        target.comparison() == Measure.Comparison.AT_LEAST
            ? measure.judged()
            : 1 / Math.max(measure.judged(), 1 / MOST);
    return Math.min(MOST, Math.max(LEAST, better));
  }

  private static double x(double value) {
    return LEFT + WIDTH * Math.log(value / LEAST) / Math.log(MOST / LEAST);
  }

  private static String number(double tick) {
    return tick < 1 ? String.format(Locale.ROOT, "%.1f", tick) : Integer.toString((int) tick);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static void line(StringBuilder out, String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
