package net.conmgmt.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a Java process holds at a moment.
 *
 * @param heapBytes of the objects that live, after a collection
 * @param threads without the workers of the stacks, of which each makes up to 16 as it works
 */
record ProcessFigures(long heapBytes, int threads, int descriptors) {

  /** As the kernel tells the name: 15 characters. */
  private static final String WORKER = "conmgmt-worker";

  private static final Pattern TRANSACTION =
      Pattern.compile("javax\\.sip\\.stack\\.SIP(Client|Server)TransactionImpl$");

  static ProcessFigures of(ExternalProcess process) throws IOException {
    return new ProcessFigures(heapBytes(process), threads(process), descriptors(process));
  }

  /** How many files and sockets the process has open. */
  static int descriptors(ExternalProcess process) throws IOException {
    return entries(process, "fd").size();
  }

  private static int threads(ExternalProcess process) throws IOException {
    return (int)
        entries(process, "task").stream()
            .filter(thread -> !nameOf(thread).startsWith(WORKER))
            .count();
  }

  private static String nameOf(Path thread) {
    try {
      return Files.readString(thread.resolve("comm"));
    } catch (IOException e) {
      // It ended just now.
      return WORKER;
    }
  }

  private static List<Path> entries(ExternalProcess process, String what) throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/proc", Long.toString(process.pid()), what))) {
      return all.toList();
    }
  }

  /** How many transactions of the RI live in the process, after a collection. */
  static long transactions(ExternalProcess process) throws IOException {
    return histogram(process)
        .lines()
        .filter(line -> TRANSACTION.matcher(line).find())
        .mapToLong(line -> Long.parseLong(line.trim().split("\\s+", -1)[1]))
        .sum();
  }

  private static long heapBytes(ExternalProcess process) throws IOException {
    String total =
        histogram(process)
            .lines()
            .filter(line -> line.startsWith("Total"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(total.trim().split("\\s+", -1)[2]);
  }

  private static String histogram(ExternalProcess process) throws IOException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    return ExternalProcess.run(List.of(jcmd, Long.toString(process.pid()), "GC.class_histogram"));
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
