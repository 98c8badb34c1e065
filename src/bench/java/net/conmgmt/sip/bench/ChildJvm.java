package net.conmgmt.sip.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A class of this package that runs in a JVM of its own and answers each line with a line of
 * numbers. Not thread-safe.
 */
class ChildJvm implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 5;

  private final Process process;
  private final BufferedReader out;
  private final BufferedWriter in;

  /** Starts it on the JDK and with the class path of this JVM. */
  ChildJvm(List<String> options, Class<?> main, List<String> arguments) throws IOException {
    this(Jdks.OWN, options, main, arguments);
  }

  /** The same on another JDK. */
  ChildJvm(Path javaHome, List<String> options, Class<?> main, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(javaHome.resolve("bin/java").toString());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    out = process.inputReader(UTF_8);
    in = process.outputWriter(UTF_8);
  }

  /**
   * Keeps it to one core. It was started on all, as a JVM chooses its collector by their number.
   */
  void keepTo(int core) throws IOException {
    Cores.keep(process.pid(), core);
  }

  public long pid() {
    return process.pid();
  }

  /** Sends a command. */
  void tell(Object... words) throws IOException {
    in.write(String.join(" ", Arrays.stream(words).map(String::valueOf).toList()));
    in.newLine();
    in.flush();
  }

  /** The numbers of the next line that it prints. */
  double[] answer() throws IOException {
    String line = out.readLine();
    if (line == null) {
      throw new IOException("Expected a line of numbers of " + process.info() + ", but it ended");
    }
    return Arrays.stream(line.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
  }

  /** Sends a command and waits for its numbers. */
  double[] ask(Object... words) throws IOException {
    tell(words);
    return answer();
  }

  @Override
  public void close() throws IOException {
    in.close();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
