package net.conmgmt.sip.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import net.conmgmt.sip.simulation.Simulation.Outcome;

/**
 * Runs seeds, one network at a time on each core, shows what there is to be seen of one that fails,
 * and counts what was tried. {@code -Dsimulation.seed=N} runs one, {@code -Dsimulation.first=N} and
 * {@code -Dsimulation.seeds=N} run many, whatever time they take. Where steps are interleaved, the
 * properties begin with {@code simulation.interleaved}.
 */
final class Seeds implements Supplier<String> {

  private static final String PREFIX =
      Interleaving.isOn() ? "simulation.interleaved." : "simulation.";
  private static final int MANY = 10_000;

  /** Where steps are interleaved, which takes longer. */
  private static final int FEW = 50;

  /** How long the seeds of a build may take where nobody says how many there are to be. */
  private static final long BUILD_NANOS = TimeUnit.SECONDS.toNanos(60);

  // Guarded by this.
  private final Coverage coverage = new Coverage();
  private long networks;
  private long steps;
  private String failure = "";

  /** Runs in a JVM of its own; with an argument steps are interleaved. */
  public static void main(String[] arguments) {
    boolean interleaved = arguments.length > 0;
    System.out.println(interleaved ? InterleavedClasses.get(Seeds.class) : new Seeds().get());
    // The threads of the stacks would go on.
    System.exit(0);
  }

  /** Runs what the system properties say; gives what failed, or nothing. */
  @Override
  public String get() {
    return LoggedErrors.during(this::runAll);
  }

  private String runAll() {
    Long only = Long.getLong(PREFIX + "seed");
    if (only != null) {
      runOne(only, new Stacks());
      return failure();
    }
    Long many = Long.getLong(PREFIX + "seeds");
    long first = Long.getLong(PREFIX + "first", 1);
    boolean interleaved = Interleaving.isOn();
    long end = first + (many != null ? many : interleaved ? FEW : MANY);
    long begun = System.nanoTime();
    LongPredicate goOn =
        seed ->
            seed < end
                && failure().isEmpty()
                && (many != null || System.nanoTime() - begun < BUILD_NANOS);
    onEachCore(new AtomicLong(first), goOn);
    write(
        String.format(
            Locale.ROOT,
            "%d networks from seed %d on, %d steps, %.1f s%n%s",
            networks,
            first,
            steps,
            (System.nanoTime() - begun) / 1e9,
            coverage));
    return failure();
  }

  private void onEachCore(AtomicLong nextSeed, LongPredicate goOn) {
    // Locks that all worlds share are not those of the JVM where steps are interleaved.
    int cores = Interleaving.isOn() ? 1 : Runtime.getRuntime().availableProcessors();
    ExecutorService threads = Executors.newFixedThreadPool(cores);
    try {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < cores; i++) {
        all.add(threads.submit(() -> runWhile(nextSeed, goOn)));
      }
      for (Future<?> each : all) {
        each.get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      threads.shutdownNow();
    }
  }

  private void runWhile(AtomicLong nextSeed, LongPredicate goOn) {
    // One thread has the stacks of one world after the other.
    Stacks stacks = new Stacks();
    long seed = nextSeed.getAndIncrement();
    while (goOn.test(seed)) {
      runOne(seed, stacks);
      seed = nextSeed.getAndIncrement();
    }
  }

  private void runOne(long seed, Stacks stacks) {
    Outcome outcome = Simulation.run(Scenario.of(seed), stacks, false);
    String explained = outcome.violation() == null ? "" : explain(outcome, stacks);
    synchronized (this) {
      networks++;
      steps += outcome.steps();
      coverage.addAll(outcome.coverage());
      failure = failure.isEmpty() ? explained : failure;
    }
  }

  private synchronized String failure() {
    return failure;
  }

  private static String explain(Outcome failed, Stacks stacks) {
    Outcome shortest = Shrinking.shrink(failed, stacks);
    StringBuilder text = new StringBuilder();
    for (String line : shortest.timeLine()) {
      text.append(line).append('\n');
    }
    text.append("shortest history found: ").append(shortest.scenario()).append('\n');
    text.append("as the seed has it: ").append(failed.scenario()).append('\n');
    text.append(
        "again: mvn -Dtest="
            + (Interleaving.isOn() ? "InterleavedSimulationTest -D" : "SimulationTest -D")
            + PREFIX
            + "seed="
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
      Path file =
          Path.of("target", Interleaving.isOn() ? "simulation-interleaved.txt" : "simulation.txt");
      Files.createDirectories(file.getParent());
      Files.writeString(file, summary);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
