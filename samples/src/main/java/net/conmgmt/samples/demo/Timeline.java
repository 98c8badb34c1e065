package net.conmgmt.samples.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import net.conmgmt.samples.events.EventLog;

/**
 * What happened at the demo's participants, told to a person as it happens, and waited for.
 * Thread-safe.
 */
public final class Timeline {

  /** One event of one participant. */
  public record Event(String who, String name, Map<String, Object> details) {

    public String detail(String key) {
      return String.valueOf(details.get(key));
    }

    @Override
    public String toString() {
      return who + ": " + name + " " + details;
    }
  }

  /** A step did not happen. */
  public static final class StepFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    StepFailedException(String message) {
      super(message);
    }
  }

  private static final int SHOWN_ON_FAILURE = 12;

  private final PrintStream out;
  private final EventLog log;
  private final BooleanSupplier stopping;
  private final long startNanos;
  private final List<Event> events = new ArrayList<>();
  private final List<String> printed = new ArrayList<>();

  public Timeline(PrintStream out, EventLog log, BooleanSupplier stopping) {
    this.out = out;
    this.log = log;
    this.stopping = stopping;
    startNanos = System.nanoTime();
  }

  /** Prints a line with the time since the beginning. */
  public synchronized void say(String text) {
    out.printf("%6.1f s  %s%n", (System.nanoTime() - startNanos) / 1e9, text);
    out.flush();
  }

  /** Keeps what a participant printed, to be shown if a step fails. */
  public synchronized void printed(String who, String line) {
    printed.add(who + ": " + line);
    if (printed.size() > SHOWN_ON_FAILURE) {
      printed.remove(0);
    }
  }

  /** Says which step failed, and the last that participants printed. */
  public synchronized void failed(StepFailedException failure) {
    say("FAILED: " + failure.getMessage());
    printed.forEach(line -> out.println("          " + line));
  }

  /** Begins a step. */
  public synchronized void step(String title) {
    out.println();
    say("=== " + title);
  }

  /** A log whose events belong to {@code who}. */
  public EventLog logOf(String who) {
    EventLog own = EventLog.none();
    own.watch((name, details) -> happened(who, name, details));
    return own;
  }

  /** Takes in an event. */
  public void happened(String who, String name, Map<String, Object> details) {
    log.event(name, who, details);
    synchronized (this) {
      events.add(new Event(who, name, details));
      notifyAll();
    }
  }

  /** How many events there were; with {@link #await} only later ones can be waited for. */
  public synchronized int mark() {
    return events.size();
  }

  /** The events from a mark on that fit. */
  public synchronized List<Event> find(int mark, String who, String name) {
    return events.subList(mark, events.size()).stream()
        .filter(event -> event.who().equals(who) && event.name().equals(name))
        .toList();
  }

  /**
   * Waits for the {@code count}th event that fits and returns it.
   *
   * @throws StepFailedException when it does not come in time, saying what came instead
   */
  public Event await(
      int mark, String who, String name, Predicate<Event> fits, int count, int seconds)
      throws StepFailedException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    synchronized (this) {
      while (true) {
        List<Event> found = find(mark, who, name).stream().filter(fits).toList();
        if (found.size() >= count) {
          return found.get(count - 1);
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (millis <= 0 || stopping.getAsBoolean()) {
          throw new StepFailedException(
              "expected "
                  + (count == 1 ? "" : count + " times ")
                  + name
                  + " at "
                  + who
                  + " within "
                  + seconds
                  + " s, found "
                  + (stopping.getAsBoolean() ? "an interruption; " : "")
                  + instead(mark, who));
        }
        wait(Math.min(millis, 200));
      }
    }
  }

  /** Waits for the first event of that name. */
  public Event await(int mark, String who, String name, int seconds)
      throws StepFailedException, InterruptedException {
    return await(mark, who, name, event -> true, 1, seconds);
  }

  private String instead(int mark, String who) {
    List<Event> others =
        events.subList(mark, events.size()).stream()
            .filter(event -> event.who().equals(who))
            .toList();
    return others.isEmpty()
        ? "no event there"
        : others.stream()
            .skip(Math.max(0, others.size() - SHOWN_ON_FAILURE))
            .map(Event::toString)
            .collect(Collectors.joining("; "));
  }

  /** A condition of a step. */
  public static void require(boolean holds, String expected, Object found)
      throws StepFailedException {
    if (!holds) {
      throw new StepFailedException("expected " + expected + ", found " + found);
    }
  }
}
