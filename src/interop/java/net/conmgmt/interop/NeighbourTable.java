package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How long the exchanges of a client took beside each neighbour, as a table: median, 99th
 * percentile and longest, in milliseconds. Thread-safe.
 */
final class NeighbourTable {

  /** What the exchanges of one case took. Not thread-safe. */
  static final class Times {
    private long[] pings = new long[128];
    private long[] requests = new long[128];
    private int count;

    void add(long pingNanos, long requestNanos) {
      if (count == pings.length) {
        pings = Arrays.copyOf(pings, 2 * count);
        requests = Arrays.copyOf(requests, 2 * count);
      }
      pings[count] = pingNanos;
      requests[count] = requestNanos;
      count++;
    }

    /** What nine of ten pings, and nine of ten requests, took at most. */
    long millisOfNineInTen() {
      return TimeUnit.NANOSECONDS.toMillis(
          Math.max(sorted(pings)[count * 9 / 10], sorted(requests)[count * 9 / 10]));
    }

    private long[] sorted(long[] nanos) {
      long[] sorted = Arrays.copyOf(nanos, count);
      Arrays.sort(sorted);
      return sorted;
    }

    private String cells() {
      return count + " | " + cell(sorted(pings)) + " | " + cell(sorted(requests));
    }

    private static String cell(long[] sorted) {
      return String.format(
          Locale.ROOT,
          "%.1f / %.1f / %.1f",
          sorted[sorted.length / 2] / 1e6,
          sorted[sorted.length * 99 / 100] / 1e6,
          sorted[sorted.length - 1] / 1e6);
    }
  }

  // Guarded by this.
  private final Map<String, String> rows = new LinkedHashMap<>();

  /** One case; of several times without a neighbour the last one stays. */
  synchronized void add(String kind, String neighbour, Times times) {
    rows.put(kind + " | " + neighbour, times.cells());
  }

  /** Prints the table; writes it to a file, too, where it was measured. */
  synchronized void print(boolean measured) throws IOException {
    StringBuilder table =
        new StringBuilder(
            "| stack | neighbour | exchanges | ping | OPTIONS |\n|---|---|---|---|---|\n");
    rows.forEach((name, cells) -> table.append("| " + name + " | " + cells + " |\n"));
    System.out.print(table);
    if (measured) {
      Files.createDirectories(Path.of("target"));
      Files.writeString(Path.of("target", "noisy-neighbours.md"), table);
    }
  }
}
