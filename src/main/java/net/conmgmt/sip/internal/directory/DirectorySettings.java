package net.conmgmt.sip.internal.directory;

import java.util.concurrent.TimeUnit;

/**
 * How one node keeps its place in the directory. Immutable.
 *
 * @param node {@code HOST:PORT} at which the others reach it
 * @param leaseSeconds how long the others count on it without hearing of it
 * @param pacePerSecond how many claims a second it says again after a pause
 */
public record DirectorySettings(String node, int leaseSeconds, int pacePerSecond) {

  long leaseNanos() {
    return TimeUnit.SECONDS.toNanos(leaseSeconds);
  }

  long leaseMicros() {
    return TimeUnit.SECONDS.toMicros(leaseSeconds);
  }

  /** Three in a lease, so that one may be lost. */
  long renewalNanos() {
    return leaseNanos() * 3 / 10;
  }

  /** Hints can be lost: so often everything is said again, spread by the pace. */
  long reconcileNanos() {
    return 6 * leaseNanos();
  }
}
