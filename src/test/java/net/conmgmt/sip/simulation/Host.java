package net.conmgmt.sip.simulation;

import gov.nist.core.HostPort;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.directory.DirectoryStore;
import net.conmgmt.sip.internal.discovery.Discovery;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.keepalive.KeepAliveListener;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.transport.ManagedMessageProcessor;
import net.conmgmt.sip.internal.transport.StackTransport;
import net.conmgmt.sip.internal.transport.TlsContexts;
import net.conmgmt.sip.internal.transport.TransportRemains;
import org.jspecify.annotations.Nullable;

/** A machine with a stack of this library on it, which can be started and ended again and again. */
final class Host {

  /** What an application of this host does; a new one for each start. */
  interface Program extends SimulatedStack.Application {
    void begin(Host host);

    /** A discovery has found a proxy, as it does without being asked where it was lost. */
    default void discovered() {}

    /** A connection has ended: what was asked on it is not answered any more. */
    default void lost(ManagedConnection connection) {}
  }

  final World world;
  final Network network;
  final Checks checks;
  final Network.Machine machine;
  final SimulatedStack stack;
  final Map<Key, String> properties = new EnumMap<>(Key.class);
  private final Supplier<Program> programs;
  private final Function<Host, @Nullable Discovery> discoveries;
  private final Map<String, ManagedMessageProcessor> processors = new HashMap<>();
  private World.Life process;
  private @Nullable SimulatedScheduler scheduler;
  private @Nullable StackScope scope;
  private @Nullable Program program;
  private @Nullable KeepAliveListener keepAlive;
  private @Nullable Discovery discovery;
  private @Nullable SimulatedDirectory directory;
  private boolean running;
  private boolean faultsGoOn;

  Host(
      Network network,
      Checks checks,
      Network.Machine machine,
      SimulatedStack stack,
      Supplier<Program> programs,
      Function<Host, @Nullable Discovery> discoveries) {
    this.world = network.world;
    this.network = network;
    this.checks = checks;
    this.machine = machine;
    this.stack = stack;
    this.programs = programs;
    this.discoveries = discoveries;
    process = new World.Life(machine.name);
    network.add(machine);
  }

  /** Its stack shares this directory with others. */
  void shares(SimulatedDirectory shared) {
    directory = shared;
    shared.joinedBy(this);
  }

  World.Life process() {
    return process;
  }

  boolean isRunning() {
    return running;
  }

  StackScope scope() {
    if (scope == null) {
      throw new IllegalStateException(this + " was never started");
    }
    return scope;
  }

  KeepAliveListener keepAlive() {
    if (keepAlive == null) {
      throw new IllegalStateException(this + " was never started");
    }
    return keepAlive;
  }

  Program program() {
    if (program == null) {
      throw new IllegalStateException(this + " was never started");
    }
    return program;
  }

  /** The listening point of that transport. */
  ManagedMessageProcessor processor(String transport) {
    ManagedMessageProcessor found = processors.get(transport);
    if (found == null) {
      throw new IllegalStateException(this + " has no listening point for " + transport);
    }
    return found;
  }

  boolean has(String transport) {
    return processors.containsKey(transport);
  }

  void start() {
    machine.off = false;
    running = true;
    checks.pausesOf(this).forget();
    process = new World.Life(machine.name);
    SimulatedScheduler timers = new SimulatedScheduler(world, process);
    scheduler = timers;
    properties.put(Key.JMX, "off");
    Program started = programs.get();
    program = started;
    StackScope own = stack.begin(properties, started);
    scope = own;
    own.put(Scheduler.class, timers);
    own.put(StackWorkers.class, new SimulatedWorkers(world, process));
    own.put(SocketIo.Kind.class, SimulatedIo.of(this));
    own.put(RandomGenerator.class, world.dice);
    if (directory != null) {
      own.put(DirectoryStore.class, directory.storeOf(this));
    }
    ConnectionRegistry.of(own).listeners().add(checks.listenerOf(this, false));
    ConnectionRegistry.of(own).listeners().addPrompt(checks.listenerOf(this, true));
    keepAlive = KeepAliveListener.of(own);
    processors.clear();
    faultsGoOn = true;
    discovery = discoveries.apply(this);
    listen("TCP", 5060, null);
    if (properties.containsKey(Key.TLS_TRUST_FILE)) {
      try {
        listen("TLS", 5061, new TlsContexts(stack, own.properties()));
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
    started.begin(this);
    world.note(this, "starts");
  }

  /** Whether a proxy ends the connection of a client that is silent for too long. */
  boolean isRegistrar() {
    return !"false".equals(properties.get(Key.REGISTRAR));
  }

  /** The discovery of this host, where it has any. */
  Discovery discovery() {
    if (discovery == null) {
      throw new IllegalStateException(this + " does not discover");
    }
    return discovery;
  }

  /** As the application of a client says it. */
  void networkChanged() {
    checks.pausesOf(this).forget();
    if (discovery != null) {
      discovery.networkChanged();
    }
  }

  /** Whether servers beside the network may be ill. */
  boolean faultsGoOn() {
    return faultsGoOn;
  }

  void noMoreFaults() {
    faultsGoOn = false;
  }

  private void listen(String transport, int port, @Nullable TlsContexts tls) {
    ManagedMessageProcessor processor =
        new ManagedMessageProcessor(machine.address, port, stack, StackTransport.of(scope()), tls);
    processors.put(transport, processor);
    try {
      processor.start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Stops as an application does that ends. */
  void stop() {
    if (running) {
      world.note(this, "stops");
      running = false;
      processors.values().forEach(ManagedMessageProcessor::stop);
      if (scheduler != null) {
        scheduler.close();
      }
    }
  }

  /** The process is killed: its system closes the connections, nothing of it runs any more. */
  void kill() {
    if (running) {
      world.note(this, "is killed");
      running = false;
      process.ended = true;
      network.killed(machine);
    }
  }

  void powerCut() {
    if (running) {
      world.note(this, "loses its power");
      running = false;
      process.ended = true;
      network.powerCut(machine);
    }
  }

  /** How many timers of connections that have ended are still pending. */
  long staleTimers() {
    return scheduler == null ? 0 : scheduler.waitingInVain();
  }

  /** What a stopped stack has left behind; empty if nothing. */
  String remains() {
    StringBuilder text = new StringBuilder();
    SimulatedScheduler timers = scheduler;
    // What runs once a day is the stack's own, such as the look at its certificate.
    long longest = running ? TimeUnit.HOURS.toNanos(12) : Long.MAX_VALUE / 4;
    // That of the lease goes on.
    int expected = directory != null && running ? 1 : 0;
    if (timers != null && timers.waiting(longest) > expected) {
      text.append(timers.waiting(longest)).append(" timers ");
    }
    if (!machine.sockets.isEmpty()) {
      text.append(machine.sockets.size()).append(" sockets ");
    }
    return text.append(TransportRemains.of(scope(), keepAlive(), processors.values())).toString();
  }

  InetSocketAddress address(String transport) {
    return new InetSocketAddress(machine.address, transport.equals("TLS") ? 5061 : 5060);
  }

  /** How the RI names a hop. */
  static HostPort hop(String host, int port) {
    HostPort hop = new HostPort();
    hop.setHost(new gov.nist.core.Host(host));
    hop.setPort(port);
    return hop;
  }

  @Override
  public String toString() {
    return machine.name;
  }
}
