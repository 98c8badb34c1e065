package net.conmgmt.samples.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.samples.events.EventLog;
import net.conmgmt.samples.sip.Failures;
import net.conmgmt.samples.sip.PeerAddress;
import net.conmgmt.samples.sip.StackBuilder;
import net.conmgmt.samples.ua.SampleUa;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code samples/run ua}. */
@Command(
    name = "ua",
    description = "A user agent: finds its outbound proxy, registers, answers OPTIONS and MESSAGE.",
    sortOptions = false)
final class UaCommand implements Callable<Integer> {

  @ParentCommand private Main main = new Main();

  @Option(
      names = "--aor",
      required = true,
      paramLabel = "sip:user@D",
      description = "The address-of-record.")
  private String aor = "";

  @Option(names = "--password", paramLabel = "PW", description = "The user's password.")
  private String password = "";

  @Mixin private ClientOptions client = new ClientOptions();

  @Option(
      names = "--proxy",
      paramLabel = "HOST:PORT/TRANSPORT",
      description = "This outbound proxy, without any discovery.")
  private @Nullable String proxy;

  @Option(
      names = "--expires",
      paramLabel = "SECONDS",
      description = "For how long to register; default ${DEFAULT-VALUE}.")
  private int expires = 600;

  @Option(
      names = "--message",
      arity = "2",
      paramLabel = "AOR TEXT",
      hideParamSyntax = true,
      description = "Sends TEXT to AOR once registered.")
  private @Nullable List<String> message;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      description = "Exits after this time; without it, runs until interrupted.")
  private @Nullable Integer duration;

  @Mixin private CommonOptions common = new CommonOptions();

  @Override
  public Integer call() throws Exception {
    List<String> transports = List.of("TCP", "TLS");
    StackBuilder properties = common.stack("uac.properties");
    client.apply(properties);
    String explicit = proxy;
    if (explicit != null) {
      PeerAddress address = PeerAddress.parse("--proxy", explicit);
      transports = List.of(address.transport());
      properties.set("javax.sip.OUTBOUND_PROXY", address.toString());
    }
    List<String> toSend = message();
    SampleUa.Settings settings =
        new SampleUa.Settings(
            checkedAor(), password, client.listen("127.0.0.1"), transports, expires());
    PrintStream console = common.console();
    try (EventLog events = common.openEvents();
        SampleUa agent = new SampleUa(properties, settings, events, console::println)) {
      return run(agent, toSend);
    }
  }

  private int run(SampleUa agent, @Nullable List<String> toSend) throws InterruptedException {
    CompletableFuture<Void> registered = agent.register();
    CompletableFuture<Void> outcome =
        toSend == null
            ? registered
            : registered.thenCompose(nothing -> agent.message(toSend.get(0), toSend.get(1)));
    var unused =
        outcome.exceptionally(
            failure -> {
              System.err.println("ua: " + aor + ": " + Failures.explanation(failure));
              main.lifetime().requestStop();
              return null;
            });
    main.lifetime().await(duration);
    String problem = agent.problem();
    if (!outcome.isDone()) {
      System.err.println("ua: " + aor + " was ended before it had registered or sent its message");
      return 1;
    }
    if (problem != null && !outcome.isCompletedExceptionally()) {
      System.err.println("ua: " + aor + " is not registered: " + problem);
    }
    return outcome.isCompletedExceptionally() || problem != null ? 1 : 0;
  }

  private String checkedAor() {
    if (!aor.toLowerCase(Locale.ROOT).matches("sips?:[^@\\s;?]+@[^@\\s;?:/]+")) {
      throw new IllegalArgumentException(
          "--aor " + aor + ": expected an address-of-record such as sip:alice@contoso.com");
    }
    return aor;
  }

  private @Nullable List<String> message() {
    List<String> words = message;
    if (words != null && words.size() != 2) {
      throw new IllegalArgumentException("--message: expected it once, found it more often");
    }
    return words;
  }

  private int expires() {
    if (expires < 1) {
      throw new IllegalArgumentException("--expires " + expires + ": expected 1 second or more");
    }
    return expires;
  }
}
