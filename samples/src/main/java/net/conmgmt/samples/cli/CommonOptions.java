package net.conmgmt.samples.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.sip.StackBuilder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command has. */
final class CommonOptions {

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Stack properties; default from jain-sip-config/.")
  @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = {
        "Any stack property, repeatable; the prefix net.conmgmt.sip. may be left out.",
        "An empty value takes the property out."
      })
  List<String> settings = new ArrayList<>();

  @Option(
      names = "--events",
      paramLabel = "FILE|-",
      description = "Writes every event as a JSON object a line; - is the standard output.")
  @Nullable String events;

  @Option(names = "--help", usageHelp = true, description = "Shows this help.")
  boolean help;

  /** The stack properties of a file of {@code jain-sip-config}, or of {@code --config}. */
  StackBuilder stack(String defaultFile) {
    return new StackBuilder(defaultFile, config, settings);
  }

  EventLog openEvents() throws IOException {
    return EventLog.open(events, System.out);
  }

  /** Where a command talks to a person: not between the events. */
  PrintStream console() {
    return toStandardError() ? System.err : System.out;
  }

  /** Whether the standard output belongs to the events. */
  boolean toStandardError() {
    return "-".equals(events);
  }
}
