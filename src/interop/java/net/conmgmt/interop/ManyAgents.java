package net.conmgmt.interop;

import java.lang.reflect.Method;
import java.util.Arrays;

/**
 * Many user agents in one process, each with a stack of its own: {@code ManyAgents COUNT
 * ARGUMENT…}, where the arguments are those of {@code samples/run} and {@code %d} in them is the
 * agent's number. The samples are on the class path of that process only.
 */
public final class ManyAgents {

  private ManyAgents() {}

  /** Runs them until the process is ended. */
  public static void main(String[] args) throws ReflectiveOperationException {
    Method run = Class.forName("net.conmgmt.samples.cli.Main").getMethod("main", String[].class);
    int count = Integer.parseInt(args[0]);
    for (int i = 0; i < count; i++) {
      String number = Integer.toString(i);
      String[] own =
          Arrays.stream(args, 1, args.length)
              .map(argument -> argument.replace("%d", number))
              .toArray(String[]::new);
      new Thread(() -> start(run, own), "agent-" + number).start();
    }
  }

  private static void start(Method run, String[] arguments) {
    try {
      run.invoke(null, (Object) arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("An agent has ended", e);
    }
  }
}
