package net.conmgmt.sip.simulation;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Everything that is drawn in a world. */
final class Dice implements RandomGenerator {

  private static final long SECOND = 1_000_000_000L;

  private final SplittableRandom random;

  Dice(long seed) {
    random = new SplittableRandom(seed);
  }

  @Override
  public long nextLong() {
    return random.nextLong();
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  /** Once in so many times. */
  boolean once(int inSoMany) {
    return random.nextInt(inSoMany) == 0;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  int between(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  /** Nanoseconds between so many seconds. */
  long nanos(double leastSeconds, double mostSeconds) {
    return (long) ((leastSeconds + random.nextDouble() * (mostSeconds - leastSeconds)) * SECOND);
  }

  /** How long something takes that a system does at once: mostly no time, now and then a while. */
  long pace() {
    int kind = random.nextInt(100);
    if (kind < 60) {
      return random.nextInt(20_000);
    }
    return kind < 95 ? random.nextInt(2_000_000) : random.nextInt(60_000_000);
  }

  /** A part of so many, at least one where there is any. */
  int partOf(int size) {
    int thousandth = random.nextInt(1_000);
    return size <= 1 ? size : 1 + (int) ((long) (size - 1) * thousandth / 1_000);
  }

  /** The length of a body: mostly none, seldom a long one. */
  int bodyBytes() {
    int kind = random.nextInt(1_000);
    if (kind < 600) {
      return 0;
    }
    return random.nextInt(kind < 950 ? 400 : kind < 997 ? 8_000 : 60_000);
  }

  <T> T of(T[] all) {
    return all[random.nextInt(all.length)];
  }
}
