package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What a Java process holds at a moment.
 *
 * @param heapBytes of the objects that live, after a collection
 */
record ProcessFigures(long heapBytes, int threads, int descriptors) {

  static ProcessFigures of(ExternalProcess process) throws IOException {
    return new ProcessFigures(heapBytes(process), count(process, "task"), descriptors(process));
  }

  /** How many files and sockets the process has open. */
  static int descriptors(ExternalProcess process) throws IOException {
    return count(process, "fd");
  }

  private static int count(ExternalProcess process, String what) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of("/proc", Long.toString(process.pid()), what))) {
      return (int) entries.count();
    }
  }

  private static long heapBytes(ExternalProcess process) throws IOException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    String histogram =
        ExternalProcess.run(List.of(jcmd, Long.toString(process.pid()), "GC.class_histogram"));
    String total =
        histogram.lines().filter(line -> line.startsWith("Total")).findFirst().orElseThrow();
    return Long.parseLong(total.trim().split("\\s+", -1)[2]);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.1f MB of heap, %d threads, %d descriptors",
        heapBytes / 1e6,
        threads,
        descriptors);
  }
}
