package net.conmgmt.sip.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;

/** The other end of a {@link ChildJvm}. */
final class ChildMain {

  /** What the child does. */
  interface Work {
    /** Does what a line says; gives the numbers to answer with, or none. */
    double[] command(String[] words) throws Exception;
  }

  private static final PrintStream OUT =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, UTF_8);

  private ChildMain() {}

  /** Only errors are logged, whatever stack runs; one of this thread ends the process. */
  static void begin() {
    Thread.currentThread()
        .setUncaughtExceptionHandler(
            (thread, error) -> {
              error.printStackTrace();
              System.exit(1);
            });
    Configurator.setAllLevels(
        LogManager.ROOT_LOGGER_NAME, Level.valueOf(System.getProperty("bench.level", "ERROR")));
  }

  static void answer(double... numbers) {
    OUT.println(Arrays.stream(numbers).mapToObj(Double::toString).collect(Collectors.joining(" ")));
  }

  private static double[] done(Work work, String line) throws Exception {
    try {
      return work.command(line.split(" ", -1));
    } catch (IOException e) {
      throw new IllegalStateException("The command " + line + " failed", e);
    }
  }

  /** Obeys until the other end closes; then the process ends. */
  static void obey(Work work) throws Exception {
    try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
      String line = in.readLine();
      while (line != null) {
        double[] numbers = done(work, line);
        if (numbers.length > 0) {
          answer(numbers);
        }
        line = in.readLine();
      }
    } catch (IOException e) {
      // The other end is gone.
      System.exit(1);
    }
    System.exit(0);
  }
}
