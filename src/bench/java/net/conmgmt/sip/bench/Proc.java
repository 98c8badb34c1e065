package net.conmgmt.sip.bench;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What Linux tells of a process: its CPU and its memory, whatever program it is. */
final class Proc {

  /** USER_HZ, in which the kernel counts for programs. */
  private static final double NANOS_PER_TICK = 1e9 / 100;

  // Numbers of /proc/PID/stat behind the name, which is in parentheses and may hold anything.
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  /** The end of the names of its threads, of which the kernel keeps 15 letters. */
  private static final String COMPILER = " CompilerThre";

  private static final int KERNEL_STACK_BYTES = 16 * 1024;
  private static final int KILOBYTE = 1024;

  private Proc() {}

  /**
   * Nanoseconds of CPU, to the nearest 10 ms, of the threads of a process and of all that it has
   * started, without a JVM's compiler, which takes most of the first minute.
   */
  static double cpuNanos(long pid) throws IOException {
    List<Long> all = new ArrayList<>(List.of(pid));
    ProcessHandle.of(pid)
        .ifPresent(process -> process.descendants().forEach(child -> all.add(child.pid())));
    double ticks = 0;
    for (long each : all) {
      ticks += ticks(each);
    }
    return ticks * NANOS_PER_TICK;
  }

  private static double ticks(long pid) throws IOException {
    double ticks = 0;
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path thread : threads) {
        ticks += ticks(Files.readString(thread.resolve("stat")));
      }
    } catch (NoSuchFileException | DirectoryIteratorException e) {
      // It has ended since it was listed.
      return ticks;
    }
    return ticks;
  }

  private static double ticks(String stat) {
    int end = stat.lastIndexOf(')');
    if (stat.substring(0, end).endsWith(COMPILER)) {
      return 0;
    }
    String[] numbers = stat.substring(end + 2).split(" ", -1);
    return Double.parseDouble(numbers[USER_TICKS]) + Double.parseDouble(numbers[SYSTEM_TICKS]);
  }

  /**
   * Bytes of memory that are the process's own, without its heap if that is resident as a whole.
   */
  static double residentBytes(long pid) throws IOException {
    return status(pid, "VmRSS") * KILOBYTE;
  }

  /** Bytes that the kernel holds for it: page tables, and a stack for each thread. */
  static double kernelBytes(long pid) throws IOException {
    return status(pid, "VmPTE") * KILOBYTE + status(pid, "Threads") * KERNEL_STACK_BYTES;
  }

  private static double status(long pid, String name) throws IOException {
    Path file = Path.of("/proc", Long.toString(pid), "status");
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith(name + ":")) {
        return Double.parseDouble(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("Expected a line " + name + " in " + file + ", found none");
  }
}
