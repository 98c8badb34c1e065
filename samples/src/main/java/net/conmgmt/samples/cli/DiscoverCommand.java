package net.conmgmt.samples.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.sip.SipStack;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.events.Json;
import net.conmgmt.samples.sip.Failures;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.ua.SampleUa;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.discovery.DiscoveryException;
import net.conmgmt.sip.discovery.DiscoveryReport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code samples/run discover}. */
@Command(
    name = "discover",
    description = "Finds the outbound proxy of an address-of-record and shows how.",
    sortOptions = false)
final class DiscoverCommand implements Callable<Integer> {

  @ParentCommand private Main main = new Main();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "sip:user@D", description = "The address-of-record.")
  private String aor = "";

  @Mixin private ClientOptions client = new ClientOptions();

  @Option(names = "--json", description = "Prints the whole report as one JSON object.")
  private boolean json;

  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws Exception {
    StackBuilder properties = common.stack("uac.properties");
    client.apply(properties);
    SipStack stack = properties.build();
    try (EventLog events = common.openEvents()) {
      ConnectionManagement connections = ConnectionManagement.of(stack);
      connections.addListener(events);
      // The stack connects with the transports of its provider.
      SampleUa.listen(stack, client.listen("0.0.0.0"), List.of("TCP", "TLS"));
      stack.start();
      DiscoveryReport report = discover(connections);
      if (report == null) {
        return 1;
      }
      PrintWriter out = common.toStandardError() ? err() : spec.commandLine().getOut();
      if (json) {
        out.println(Json.of(report));
      } else {
        print(report, out);
      }
      out.flush();
      if (!report.succeeded()) {
        err()
            .println("discover: no outbound proxy of " + report.domain() + ": " + report.failure());
      }
      return report.succeeded() ? 0 : 1;
    } finally {
      stack.stop();
    }
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }

  private @Nullable DiscoveryReport discover(ConnectionManagement connections)
      throws InterruptedException {
    CompletableFuture<DiscoveryReport> discovery = connections.discover(aor);
    // Not chained: the future that is asked below must be done when the wait ends.
    CompletableFuture<?> unused =
        discovery.whenComplete((report, failure) -> main.lifetime().requestStop());
    main.lifetime().await(null);
    if (!discovery.isDone()) {
      err().println("discover: interrupted");
      return null;
    }
    try {
      return discovery.get();
    } catch (ExecutionException e) {
      err().println("discover: " + Failures.explanation(e.getCause()));
      return e.getCause() instanceof DiscoveryException failure ? failure.report() : null;
    }
  }

  private static void print(DiscoveryReport report, PrintWriter out) {
    out.println("domain " + report.domain());
    out.println();
    out.println("queries");
    for (DiscoveryReport.Query query : report.queries()) {
      String when = query.millis() < 0 ? "-" : query.millis() + " ms";
      out.printf("  %-36s %-16s %8s  %s%n", query.name(), query.result(), when, query.detail());
      query.records().forEach(record -> out.println("      " + record));
      query.rejected().forEach(record -> out.println("      not used: " + record));
    }
    out.println();
    out.println("candidates, in order");
    int number = 0;
    for (var candidate : report.candidates()) {
      out.printf("  %2d  %-44s %s%n", ++number, candidate, candidate.source());
    }
    out.println();
    out.println("attempts");
    for (DiscoveryReport.Attempt attempt : report.attempts()) {
      out.printf(
          "  %-44s %-22s %-15s %d-%d ms  %s%n",
          attempt.candidate(),
          attempt.address().isEmpty() ? "-" : attempt.address(),
          attempt.outcome(),
          attempt.startMillis(),
          attempt.endMillis(),
          attempt.detail());
    }
    out.println();
    out.println(
        report.succeeded()
            ? "outbound proxy "
                + report.chosen()
                + " ("
                + report.chosenCandidate()
                + "), "
                + report.millis()
                + " ms"
            : "no outbound proxy after " + report.millis() + " ms");
  }
}
