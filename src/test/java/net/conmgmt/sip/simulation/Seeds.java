package net.conmgmt.sip.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.simulation.Simulation.Outcome;

/**
 * Runs seeds one after the other, shows what there is to be seen of one that fails, and counts what
 * was tried. {@code -Dsimulation.seed=N} runs one, {@code -Dsimulation.first=N} and {@code
 * -Dsimulation.seeds=N} run many, whatever time they take.
 */
final class Seeds {

  private static final String PREFIX = "simulation.";
  private static final int MANY = 2_000;

  /** How long the seeds of a build may take where nobody says how many there are to be. */
  private static final long BUILD_NANOS = TimeUnit.SECONDS.toNanos(40);

  private final Stacks stacks = new Stacks();
  private final Coverage coverage = new Coverage();
  private long networks;
  private long steps;

  /** Runs in a JVM of its own. */
  public static void main(String[] arguments) {
    System.out.println(new Seeds().run());
    // The threads of the stacks would go on.
    System.exit(0);
  }

  /** Runs what the system properties say; gives what failed, or nothing. */
  String run() {
    return LoggedErrors.during(this::runAll);
  }

  private String runAll() {
    Long only = Long.getLong(PREFIX + "seed");
    if (only != null) {
      return runOne(only);
    }
    Long many = Long.getLong(PREFIX + "seeds");
    long first = Long.getLong(PREFIX + "first", 1);
    long count = many == null ? MANY : many;
    long begun = System.nanoTime();
    String failure = "";
    for (long seed = first; seed < first + count && failure.isEmpty(); seed++) {
      failure = runOne(seed);
      if (many == null && System.nanoTime() - begun > BUILD_NANOS) {
        break;
      }
    }
    write(
        String.format(
            Locale.ROOT,
            "%d networks from seed %d on, %d steps, %.1f s%n%s",
            networks,
            first,
            steps,
            (System.nanoTime() - begun) / 1e9,
            coverage));
    return failure;
  }

  private String runOne(long seed) {
    Outcome outcome = Simulation.run(Scenario.of(seed), stacks, false);
    networks++;
    steps += outcome.steps();
    coverage.addAll(outcome.coverage());
    return outcome.violation() == null ? "" : explain(outcome);
  }

  private String explain(Outcome failed) {
    Outcome shortest = Shrinking.shrink(failed, stacks);
    StringBuilder text = new StringBuilder();
    for (String line : shortest.timeLine()) {
      text.append(line).append('\n');
    }
    text.append("shortest history found: ").append(shortest.scenario()).append('\n');
    text.append("as the seed has it: ").append(failed.scenario()).append('\n');
    text.append(
        "again: mvn -Dtest=SimulationTest -Dsimulation.seed="
            + failed.scenario().seed()
            + " test\n");
    Throwable violation = shortest.violation();
    text.append(violation);
    Throwable cause = violation == null ? null : violation.getCause();
    if (cause != null) {
      text.append("\n  ").append(cause);
      for (StackTraceElement element : cause.getStackTrace()) {
        text.append("\n    at ").append(element);
      }
    }
    return text.toString();
  }

  private static void write(String summary) {
    System.out.println(summary);
    try {
      Path file = Path.of("target", "simulation.txt");
      Files.createDirectories(file.getParent());
      Files.writeString(file, summary);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
