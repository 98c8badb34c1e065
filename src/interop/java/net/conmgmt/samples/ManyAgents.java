package net.conmgmt.samples;

import java.util.Arrays;

/**
 * Many user agents in one process, each with a stack of its own: {@code ManyAgents COUNT
 * ARGUMENT…}, where the arguments are those of {@code ua} and {@code %d} in them is the agent's
 * number.
 */
public final class ManyAgents {

  private ManyAgents() {}

  /** Runs them until the process is ended. */
  public static void main(String[] args) {
    int count = Integer.parseInt(args[0]);
    for (int i = 0; i < count; i++) {
      String number = Integer.toString(i);
      String[] own =
          Arrays.stream(args, 1, args.length)
              .map(argument -> argument.replace("%d", number))
              .toArray(String[]::new);
      new Thread(() -> Main.commandLine(new Main()).execute(own), "agent-" + number).start();
    }
  }
}
