package net.conmgmt.sip.simulation;

import java.util.ArrayList;
import java.util.List;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.simulation.Scenario.Fault;
import org.jspecify.annotations.Nullable;

/** One history of a simulated network, from its beginning to the end of all stacks. */
final class Simulation {

  /**
   * How a history ended.
   *
   * @param violation what did not hold, or null
   */
  record Outcome(
      Scenario scenario,
      @Nullable Throwable violation,
      int steps,
      Coverage coverage,
      List<String> timeLine) {}

  private static final long SECOND = 1_000_000_000L;

  /** Longer than the longest pause, a discovery and two transactions together. */
  private static final long CALM_NANOS = 180 * SECOND;

  /** A pause, a discovery and two transactions together. */
  private static final long IN_TIME_NANOS = 150 * SECOND;

  private final Scenario scenario;
  private final World world;
  private final Network network;
  private final Checks checks;
  private final Messages messages = new Messages();
  private final List<Host> clients;
  private final List<Host> proxies;
  private final boolean allCanRegister;
  private final @Nullable SimulatedDirectory directory;
  private final @Nullable DirectoryChecks directoryChecks;

  private Simulation(Scenario scenario, Stacks stacks, boolean tracing) {
    this.scenario = scenario;
    world = new World(new Dice(scenario.seed()), new Coverage(), tracing);
    if (Interleaving.isOn()) {
      world.interleave(scenario.seed());
    }
    network = new Network(world);
    checks = new Checks(world);
    Cast cast = new Cast(scenario, network, checks, messages, stacks);
    proxies = cast.proxies();
    clients = cast.clients();
    allCanRegister = cast.allCanRegister();
    directory = cast.directory();
    directoryChecks =
        directory == null ? null : new DirectoryChecks(checks, world, directory, proxies);
  }

  static Outcome run(Scenario scenario, Stacks stacks, boolean tracing) {
    Simulation simulation = new Simulation(scenario, stacks, tracing);
    Throwable violation = null;
    LoggedErrors.clear();
    try {
      simulation.live();
    } catch (RuntimeException | StackOverflowError e) {
      violation = e;
    } finally {
      simulation.world.close();
    }
    if (violation == null) {
      violation = LoggedErrors.first();
    }
    World world = simulation.world;
    return new Outcome(scenario, violation, world.steps(), world.coverage, world.timeLine());
  }

  private void live() {
    proxies.forEach(Host::start);
    for (Host client : clients) {
      world.in(world.network, world.dice.nanos(0, 5), client::start);
    }
    scenario
        .faults()
        .forEach(fault -> world.in(world.network, fault.atNanos(), () -> begin(fault)));
    if (directory != null && directoryChecks != null) {
      directory.begin(scenario.nanos());
      directoryChecks.begin();
    }
    world.runFor(scenario.nanos());
    world.note("world", "no fault begins any more");
    calm();
    world.runFor(CALM_NANOS);
    if (allCanRegister) {
      clients.forEach(this::mustBeRegistered);
    }
    checks.inPeace();
    for (Host host : all()) {
      checks.require(
          host.staleTimers() == 0,
          host,
          "has " + host.staleTimers() + " timers of connections that have ended");
    }
    if (directoryChecks != null) {
      directoryChecks.inPeace();
    }
    clients.forEach(Host::stop);
    world.note("world", "the clients have gone");
    world.runFor(2 * network.givesUpNanos + 10 * SECOND);
    world.runFor(1_000 * SECOND);
    for (Host proxy : proxies) {
      String remains = proxy.remains();
      checks.require(remains.isEmpty(), proxy, "keeps of clients that have gone: " + remains);
    }
    if (directoryChecks != null) {
      directoryChecks.withoutClients();
    }
    proxies.forEach(Host::stop);
    world.runFor(60 * SECOND);
    for (Host host : all()) {
      String remains = host.remains();
      checks.require(remains.isEmpty(), host, "has after its stop: " + remains);
    }
    checks.atTheEnd();
  }

  private List<Host> all() {
    List<Host> all = new ArrayList<>(clients);
    all.addAll(proxies);
    return all;
  }

  /** All that is broken is mended. */
  private void calm() {
    for (Host host : all()) {
      host.machine.unreachableUntil = 0;
      host.noMoreFaults();
      if (proxies.stream().anyMatch(p -> "off".equals(p.properties.get(Key.KEEP_ALIVE)))) {
        // Without keep-alive it goes on forgetting.
        host.machine.nat = null;
      }
      if (!host.isRunning()) {
        host.start();
        host.noMoreFaults();
      }
      if (host.properties.getOrDefault(Key.KEEP_ALIVE_DIALECTS, "").contains("outbound")) {
        // Its pause may be one of many minutes (RFC 5626 section 4.5), and the calm is short.
        host.networkChanged();
      }
    }
  }

  private void mustBeRegistered(Host client) {
    ClientProgram program = (ClientProgram) client.program();
    long nanos = world.elapsed() - program.lastSeenRegistered();
    checks.require(
        nanos <= IN_TIME_NANOS,
        client,
        "has not been registered for " + nanos / 1e9 + " s, though nothing has gone wrong");
  }

  private void begin(Fault fault) {
    List<Host> all = all();
    Host host = all.get(fault.victim() % all.size());
    if (!host.isRunning()) {
      return;
    }
    world.coverage.count("fault: " + fault.kind());
    world.note(host, "FAULT " + fault);
    // All is mended when the calm begins.
    long nanos = Math.min(fault.nanos(), scenario.nanos() - world.elapsed());
    switch (fault.kind()) {
      case FROZEN ->
          host.process().frozenUntil =
              Math.max(host.process().frozenUntil, world.elapsed() + nanos);
      case UNREACHABLE -> host.machine.unreachableUntil = world.elapsed() + nanos;
      case KILLED -> {
        host.kill();
        startLater(host, nanos);
      }
      case POWER_CUT -> {
        host.powerCut();
        startLater(host, nanos);
      }
      case RESTARTED -> {
        host.stop();
        startLater(host, nanos);
      }
      case RESET -> {
        List<SimulatedSocket> sockets = host.machine.sockets;
        if (!sockets.isEmpty()) {
          sockets.get(world.dice.below(sockets.size())).reset();
        }
      }
      case NETWORK_CHANGED -> host.networkChanged();
      case CLOSED ->
          checks.all().stream()
              .filter(c -> c.host == host && c.managed.isOpen() && !c.process.ended)
              .findFirst()
              .ifPresent(c -> c.managed.close("the application had enough"));
    }
  }

  private void startLater(Host host, long nanos) {
    world.in(
        world.network,
        nanos,
        () -> {
          if (!host.isRunning()) {
            host.start();
          }
        });
  }
}
