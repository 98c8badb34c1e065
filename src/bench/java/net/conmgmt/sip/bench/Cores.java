package net.conmgmt.sip.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Two cores for two processes. Left alone, the threads of a connection settle on the cores in one
 * of several ways for seconds, and these differ by 12 % in the time of an exchange. Needs taskset,
 * as Linux has it.
 */
record Cores(int first, int second) {

  private static final Pattern NUMBER = Pattern.compile("\\d+");

  /** Two of those that this process may use; empty where there is but one, or no taskset. */
  static Optional<Cores> find() {
    try {
      String text = taskset("-c", "-p", Long.toString(ProcessHandle.current().pid()));
      String list = text.substring(text.lastIndexOf(':') + 1);
      List<Integer> numbers =
          NUMBER.matcher(list).results().map(MatchResult::group).map(Integer::valueOf).toList();
      return numbers.size() < 2
          ? Optional.empty()
          : Optional.of(new Cores(numbers.get(0), numbers.get(numbers.size() - 1)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Keeps a process to a core, with all threads that it has and will have. */
  static void keep(long pid, int core) throws IOException {
    taskset("-a", "-c", "-p", Integer.toString(core), Long.toString(pid));
  }

  private static String taskset(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("taskset"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + " failed: " + text);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(command + " was interrupted", e);
    }
    return text;
  }
}
