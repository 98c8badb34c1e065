package net.conmgmt.samples.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.conmgmt.samples.events.Json;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A command of the samples in a process of its own, which can be frozen, so that it does nothing at
 * all while the system keeps its connections open, or killed.
 */
public final class Child implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(Child.class);

  private static final String MAIN = "net.conmgmt.samples.cli.Main";
  private static final long END_SECONDS = 3;

  private final Process process;
  private boolean frozen;

  /** Starts {@code samples/run command arguments}; its events go to {@code timeline}. */
  public Child(String who, Timeline timeline, String command, List<String> arguments)
      throws IOException {
    List<String> commandLine = new java.util.ArrayList<>();
    commandLine.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    commandLine.addAll(List.of("-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    for (String name :
        List.of("log4j2.configurationFile", "net.conmgmt.samples.home", "samples.log")) {
      String value = System.getProperty(name);
      if (value != null) {
        commandLine.add("-D" + name + "=" + value);
      }
    }
    commandLine.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN, command));
    commandLine.addAll(arguments);
    commandLine.addAll(List.of("--events", "-"));
    process =
        new ProcessBuilder(commandLine)
            .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
            .start();
    start(
        "sample-" + who,
        process.inputReader(StandardCharsets.UTF_8),
        line -> event(who, timeline, line));
    start(
        "sample-" + who + "-err",
        process.errorReader(StandardCharsets.UTF_8),
        line -> timeline.printed(who, line));
  }

  private static void start(String name, BufferedReader lines, Consumer<String> taker) {
    Thread reader = new Thread(() -> read(lines, taker), name);
    reader.setDaemon(true);
    reader.start();
  }

  private static void read(BufferedReader lines, Consumer<String> taker) {
    try (lines) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        taker.accept(line);
      }
    } catch (IOException e) {
      LOG.debug("The output of a child has ended", e);
    }
  }

  private static void event(String who, Timeline timeline, String line) {
    Map<String, Object> details = Json.fields(line);
    Object name = details.remove("event");
    details.remove("time");
    if (name != null) {
      timeline.happened(who, name.toString(), details);
    } else {
      timeline.printed(who, line);
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Stops the process where it is (SIGSTOP). */
  public void freeze() throws IOException, InterruptedException {
    signal("STOP");
    frozen = true;
  }

  /** Waits until it listens there. */
  void awaitPort(int port) throws IOException, InterruptedException {
    RedisProcess.awaitPort(port, process);
  }

  /** Ends the process without a word (SIGKILL). */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  private void signal(String name) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
            .inheritIO()
            .start()
            .waitFor();
    if (status != 0) {
      throw new IOException("kill -" + name + " " + process.pid() + " ended with " + status);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (frozen && process.isAlive()) {
        // A frozen process sees the signal to end only when it runs again.
        signal("CONT");
      }
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      process.destroyForcibly();
      LOG.warn("Process {} was killed", process.pid(), e);
    }
  }
}
