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
 * A sample user agent in a process of its own, which can be frozen: it then does nothing at all,
 * and the system keeps its connection open.
 */
public final class ChildUa implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(ChildUa.class);

  private static final String MAIN = "net.conmgmt.samples.cli.Main";
  private static final long END_SECONDS = 3;

  private final Process process;
  private boolean frozen;

  /** Starts it with the arguments of the command {@code ua}; its events go to {@code timeline}. */
  public ChildUa(String who, Timeline timeline, List<String> arguments) throws IOException {
    List<String> command = new java.util.ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    for (String name :
        List.of("log4j2.configurationFile", "net.conmgmt.samples.home", "samples.log")) {
      String value = System.getProperty(name);
      if (value != null) {
        command.add("-D" + name + "=" + value);
      }
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN, "ua"));
    command.addAll(arguments);
    command.addAll(List.of("--events", "-"));
    process =
        new ProcessBuilder(command)
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
      LOG.debug("The output of a user agent has ended", e);
    }
  }

  private static void event(String who, Timeline timeline, String line) {
    Map<String, Object> details = Json.fields(line);
    Object name = details.remove("event");
    details.remove("time");
    if (name != null) {
      timeline.happened(who, name.toString(), details);
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
