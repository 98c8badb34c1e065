package net.conmgmt.sip.bench;

/**
 * One line of the table. Ours and theirs were measured in the same run, so that their ratio means
 * something on a machine that is busy with other things too.
 *
 * @param name what was measured
 * @param unit of both values
 * @param target the ratio of ours to theirs that is wanted
 * @param comparison which side of the target is good
 */
record Measure(
    String name, String unit, double ours, double theirs, double target, Comparison comparison) {

  /** Which ratios are good. */
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
    return new Measure(name, unit, ours, theirs, target, Comparison.AT_MOST);
  }

  /** A yield: ours is wanted to be at least {@code target} times theirs. */
  static Measure gain(String name, String unit, double ours, double theirs, double target) {
    return new Measure(name, unit, ours, theirs, target, Comparison.AT_LEAST);
  }

  double ratio() {
    return ours / theirs;
  }

  boolean met() {
    return comparison == Comparison.AT_MOST ? ratio() <= target : ratio() >= target;
  }
}
