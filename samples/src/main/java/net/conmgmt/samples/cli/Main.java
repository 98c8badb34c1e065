package net.conmgmt.samples.cli;

import net.conmgmt.samples.sip.Failures;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line of the samples; {@code samples/run} starts it. */
@Command(
    name = "samples/run",
    description = "Sample SIP user agent and proxy with connection management [MS-CONMGMT].",
    subcommands = {DemoCommand.class, ProxyCommand.class, UaCommand.class, DiscoverCommand.class})
public final class Main implements Runnable {

  private static final Logger LOG = LogManager.getLogger(Main.class);

  /** Names of properties and domains stay in one piece. */
  private static final int HELP_WIDTH = 100;

  private final Lifetime lifetime = new Lifetime();

  @Option(names = "--help", usageHelp = true, description = "Shows this help.")
  @SuppressWarnings("UnusedVariable") // picocli looks at it
  private boolean help;

  public Lifetime lifetime() {
    return lifetime;
  }

  /** Without a command there is nothing to do but to say what there is. */
  @Override
  public void run() {
    throw new CommandLine.ParameterException(commandLine(this), "Which command?");
  }

  /** Exit status 0 on success, 1 on failure, 2 when the command line is wrong. */
  public static void main(String[] args) {
    Main main = new Main();
    Runtime.getRuntime().addShutdownHook(new Thread(main.lifetime::onShutdown, "sample-shutdown"));
    int status = commandLine(main).execute(args);
    main.lifetime.finished(status);
    System.exit(status);
  }

  public static CommandLine commandLine(Main main) {
    return new CommandLine(main)
        .setUsageHelpWidth(HELP_WIDTH)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              LOG.debug("The command failed", failure);
              System.err.println(command.getCommandName() + ": " + Failures.explanation(failure));
              return failure instanceof IllegalArgumentException ? 2 : 1;
            });
  }
}
