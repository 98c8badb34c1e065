package net.conmgmt.sip.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A server that is a program of its own, with what it prints in a folder, which is deleted with it.
 * Not thread-safe.
 */
final class ExternalServer implements ServerProcess {

  private static final long END_SECONDS = 10;
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Path folder;
  private final Path log;
  private final Process process;
  private final int port;

  /** Knows when it is ready. */
  interface Ready {
    /** The port on which it accepts, or 0 as long as there is none. */
    int port(String printed) throws IOException;
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param folder of its own
   */
  ExternalServer(Path folder, ProcessBuilder builder, int patienceSeconds, Ready ready)
      throws IOException {
    this.folder = folder;
    log = folder.resolve("log");
    process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    long start = System.nanoTime();
    int found = 0;
    while (found == 0) {
      String printed = Files.readString(log, UTF_8);
      if (!process.isAlive()
          || System.nanoTime() - start > TimeUnit.SECONDS.toNanos(patienceSeconds)) {
        close();
        throw new IOException(builder.command() + " did not start; it printed: " + printed);
      }
      found = ready.port(printed);
      LockSupport.parkNanos(POLL_NANOS);
    }
    port = found;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public void close() throws IOException {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      children.forEach(ProcessHandle::destroyForcibly);
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
