package net.conmgmt.sip.internal.directory;

import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.directory.DirectoryStatus;

/** What happened between one node and the directory, in numbers. Thread-safe. */
final class DirectoryCounts {

  private long granted;
  private long refused;
  private long displaced;
  private long lastMicros;
  private long longestMicros;

  synchronized void answered(boolean isGranted, long tookNanos) {
    granted += isGranted ? 1 : 0;
    refused += isGranted ? 0 : 1;
    lastMicros = TimeUnit.NANOSECONDS.toMicros(tookNanos);
    longestMicros = Math.max(longestMicros, lastMicros);
  }

  synchronized void displaced() {
    displaced++;
  }

  /** The numbers at one moment, with what the node knows beside them. */
  synchronized DirectoryStatus status(
      String node,
      boolean connected,
      long leaseMillis,
      List<String> nodes,
      int held,
      int behind,
      long leasesLost) {
    return new DirectoryStatus(
        node,
        true,
        connected,
        leaseMillis,
        nodes,
        held,
        behind,
        granted,
        refused,
        displaced,
        leasesLost,
        lastMicros,
        longestMicros);
  }
}
