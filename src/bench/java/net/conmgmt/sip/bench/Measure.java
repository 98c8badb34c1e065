package net.conmgmt.sip.bench;

import org.jspecify.annotations.Nullable;

/**
 * One line of the table. Where there is something of theirs beside ours, both were measured in the
 * same run, so that their ratio means something on a machine that is busy with other things too.
 *
 * @param name what was measured
 * @param unit of ours, theirs, and of {@code judged} where nothing of theirs is beside it
 * @param theirs what ours is compared with, or null
 * @param judged what is held against the target: a ratio, or ours itself
 * @param target null where the figure is only shown
 */
record Measure(
    String name,
    String unit,
    double ours,
    @Nullable Double theirs,
    double judged,
    @Nullable Target target) {

  /** Which side of which figure is good. */
  record Target(Comparison comparison, double figure) {}

  /** Which figures are good. */
  enum Comparison {
    AT_MOST("<="),
    AT_LEAST(">=");

    private final String sign;

    Comparison(String sign) {
      this.sign = sign;
    }

    String sign() {
      return sign;
    }
  }

  /** A cost: ours is wanted to be at most {@code target} times theirs. */
  static Measure cost(String name, String unit, double ours, double theirs, double target) {
    return new Measure(
        name, unit, ours, theirs, ours / theirs, new Target(Comparison.AT_MOST, target));
  }

  /**
   * The same, measured in turn.
   *
   * @param ratio the median of the ratios of pairs, which is not the ratio of the medians
   */
  static Measure cost(
      String name, String unit, double ours, double theirs, double ratio, double target) {
    return new Measure(name, unit, ours, theirs, ratio, new Target(Comparison.AT_MOST, target));
  }

  /**
   * A yield: ours is wanted to be at least {@code target} times theirs.
   *
   * @param ratio the median of the ratios of pairs, which is not the ratio of the medians
   * @param target 0 if the figure is only shown
   */
  static Measure gain(
      String name, String unit, double ours, double theirs, double ratio, double target) {
    return new Measure(
        name,
        unit,
        ours,
        theirs,
        ratio,
        target == 0 ? null : new Target(Comparison.AT_LEAST, target));
  }

  /** A figure that is wanted to be at most {@code target}, whatever theirs is. */
  static Measure atMost(String name, String unit, double ours, double target) {
    return new Measure(name, unit, ours, null, ours, new Target(Comparison.AT_MOST, target));
  }

  /** A figure that is wanted to be at least {@code target}. */
  static Measure atLeast(String name, String unit, double ours, double target) {
    return new Measure(name, unit, ours, null, ours, new Target(Comparison.AT_LEAST, target));
  }

  /** A figure without a target. */
  static Measure shown(String name, String unit, double ours) {
    return new Measure(name, unit, ours, null, ours, null);
  }

  /** A figure beside theirs without a target. */
  static Measure shown(String name, String unit, double ours, double theirs) {
    return new Measure(name, unit, ours, theirs, ours / theirs, null);
  }

  boolean met() {
    return target == null
        || (target.comparison() == Comparison.AT_MOST
            ? judged <= target.figure()
            : judged >= target.figure());
  }
}
