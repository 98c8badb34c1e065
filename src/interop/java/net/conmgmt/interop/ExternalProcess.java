package net.conmgmt.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A program that a test starts, with all it prints in a file and in memory. {@link #close} ends it
 * by its own process id; use it with try. When this JVM ends, whatever it has started ends too.
 * Thread-safe.
 */
final class ExternalProcess implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(ExternalProcess.class);

  /** Longer than anything takes on a loaded machine; only failures wait for it. */
  private static final long PATIENCE_SECONDS = 60;

  private static final long END_SECONDS = 10;

  static {
    // Who is ended in the midst of a test closes nothing that the test has started.
    Runtime.getRuntime().addShutdownHook(new Thread(ExternalProcess::endAll, "end of processes"));
  }

  private final String name;
  private final Process process;
  private final Path log;
  private final Thread reader;
  // Guarded by this.
  private final List<String> lines = new ArrayList<>();
  private boolean ended;

  private ExternalProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
    reader = new Thread(this::read, "output of " + name);
    reader.setDaemon(true);
  }

  /**
   * Starts a program.
   *
   * @param name for error texts and the log file
   * @param folder where it runs and where its log goes
   * @param environment variables in addition to those of this process
   */
  static ExternalProcess start(
      String name, Path folder, Map<String, String> environment, List<String> command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    LOG.debug("Starting {}: {}", name, command);
    ExternalProcess started =
        new ExternalProcess(name, builder.start(), Files.createTempFile(folder, name, ".log"));
    started.reader.start();
    return started;
  }

  /**
   * Runs a program to its end and gives what it printed.
   *
   * @throws IOException when it cannot be started or its exit status is not 0
   */
  static String run(List<String> command) throws IOException {
    return run(command, PATIENCE_SECONDS);
  }

  /** The same with a program that may take so long. */
  static String run(List<String> command, long seconds) throws IOException {
    Path folder = Files.createTempDirectory("conmgmt-run");
    String name = Path.of(command.get(0)).getFileName().toString();
    try (ExternalProcess process = start(name, folder, Map.of(), command)) {
      int status = process.awaitEnd(seconds);
      if (status != 0) {
        throw new IOException(command + " ended with " + status + ": " + process.output());
      }
      return process.output();
    } finally {
      deleteAll(folder);
    }
  }

  private static void deleteAll(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  private static void endAll() {
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
  }

  private void read() {
    try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8);
        Writer out = Files.newBufferedWriter(log)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.write(line + "\n");
        out.flush();
        synchronized (this) {
          lines.add(line);
          notifyAll();
        }
      }
    } catch (IOException e) {
      LOG.debug("Reading the output of {} ends", name, e);
    } finally {
      synchronized (this) {
        ended = true;
        notifyAll();
      }
    }
  }

  /** This process, once it has printed that text; it is ended when it does not. */
  ExternalProcess ready(String text) throws IOException {
    try {
      awaitLine(text);
      return this;
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Waits until it has printed a line with that text, and gives the line. */
  String awaitLine(String text) throws IOException {
    return awaitLine(text, 1);
  }

  /** Waits until it has printed that many lines with that text, and gives the last of them. */
  synchronized String awaitLine(String text, int count) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      List<String> found = lines.stream().filter(line -> line.contains(text)).toList();
      if (found.size() >= count) {
        return found.get(count - 1);
      }
      long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (ended || millis <= 0) {
        throw new IOException(
            "Expected "
                + name
                + " to print "
                + count
                + " times '"
                + text
                + "', but it "
                + (ended ? "ended" : "did not within " + PATIENCE_SECONDS + " s")
                + "; it printed: "
                + output());
      }
      try {
        wait(millis);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  /** Waits for its end and gives its exit status. */
  int awaitEnd() throws IOException {
    return awaitEnd(PATIENCE_SECONDS);
  }

  private int awaitEnd(long seconds) throws IOException {
    try {
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        throw new IOException("Expected " + name + " to end within " + seconds + " s: " + output());
      }
      reader.join(TimeUnit.SECONDS.toMillis(END_SECONDS));
      return process.exitValue();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** What it has printed so far, standard error included. */
  synchronized String output() {
    return String.join("\n", lines);
  }

  private static IOException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IOException("Interrupted", e);
  }

  long pid() {
    return process.pid();
  }

  /** Sends SIGTERM. What it prints from then on is still read, unlike after its destroy(). */
  void terminate() {
    process.toHandle().destroy();
  }

  /** Ends it as kill -9 does. */
  void kill() throws IOException {
    process.destroyForcibly();
    awaitEnd();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("{} does not end when asked to: {}", name, process.pid());
        process.destroyForcibly().waitFor(END_SECONDS, TimeUnit.SECONDS);
      }
      reader.join(TimeUnit.SECONDS.toMillis(END_SECONDS));
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
