package net.conmgmt.sip.internal.directory;

import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.directory.DirectoryStatus;

/** What happened between one node and the directory, in numbers. Thread-safe. */
public final class DirectoryCounts {

  /** The numbers at one moment. */
  public record Snapshot(
      boolean connected,
      long leaseMillis,
      List<String> nodes,
      int held,
      int behind,
      long claims,
      long refused,
      long displaced,
      long leasesLost,
      long lastClaimMicros,
      long longestClaimMicros) {

    /** The same for applications. */
    public DirectoryStatus status(String node) {
      return new DirectoryStatus(
          node,
          true,
          connected,
          leaseMillis,
          nodes,
          held,
          behind,
          claims,
          refused,
          displaced,
          leasesLost,
          lastClaimMicros,
          longestClaimMicros);
    }
  }

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

  synchronized Snapshot snapshot(
      boolean connected,
      long leaseMillis,
      List<String> nodes,
      int held,
      int behind,
      long leasesLost) {
    return new Snapshot(
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
