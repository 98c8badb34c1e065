package net.conmgmt.samples;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A sample user agent in a process of its own, which can be frozen: it then does nothing at all,
 * and the system keeps its connection open.
 */
final class ChildUa implements AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(ChildUa.class);

  private static final Pattern FIELD =
      Pattern.compile("\"(\\w+)\":(?:\"((?:[^\"\\\\]|\\\\.)*)\"|(-?\\d+|true|false))");

  private static final long END_SECONDS = 3;

  private final Process process;
  private boolean frozen;

  /** Starts it with the arguments of the command {@code ua}; its events go to {@code timeline}. */
  ChildUa(String who, Timeline timeline, List<String> arguments) throws IOException {
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
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "ua"));
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
    Map<String, Object> details = fields(line);
    Object name = details.remove("event");
    details.remove("time");
    if (name != null) {
      timeline.happened(who, name.toString(), details);
    }
  }

  /** The simple fields of one line of an event log. */
  static Map<String, Object> fields(String line) {
    Map<String, Object> fields = new LinkedHashMap<>();
    Matcher matcher = FIELD.matcher(line);
    while (matcher.find()) {
      String text = matcher.group(2);
      fields.put(
          matcher.group(1),
          text == null ? matcher.group(3) : text.replaceAll("\\\\([\"\\\\])", "$1"));
    }
    return fields;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Stops the process where it is (SIGSTOP). */
  void freeze() throws IOException, InterruptedException {
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
