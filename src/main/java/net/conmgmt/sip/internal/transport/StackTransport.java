package net.conmgmt.sip.internal.transport;

import gov.nist.javax.sip.SipStackImpl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.config.ConnectionManagementProperties.Key;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.connection.ConnectionRegistry;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.Connector;
import net.conmgmt.sip.internal.connection.MemoryBudget;
import net.conmgmt.sip.internal.connection.PeerWarnings;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.StackScheduler;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.keepalive.KeepAliveListener;
import net.conmgmt.sip.internal.monitoring.Monitoring;
import net.conmgmt.sip.internal.time.Failures;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Holds what the managed listening points of one stack share: the threads for I/O, the limits and
 * the way to connect on purpose. The first listening point that starts starts it, the last that
 * stops ends it. Thread-safe.
 */
public final class StackTransport implements Connector {

  /** So many refusals may wait to be told. */
  private static final int MOST_REFUSALS = 1_000;

  private final StackScope scope;
  private final TransportLimits limits;
  private final List<ManagedMessageProcessor> processors = new CopyOnWriteArrayList<>();
  private final ConnectionQuota quota;
  private final PastClients pastClients;
  private final MemoryBudget memory = MemoryBudget.ofHeap();
  private final SerialExecutor refusals;
  private final AtomicInteger refusalsToTell = new AtomicInteger();

  /** Held for the whole of a start or stop, so that a stop takes nothing from the next start. */
  private final Object lifecycle = new Object();

  private @Nullable RecentFailures recentFailures;
  private volatile @Nullable SocketIo io;

  private StackTransport(StackScope scope) {
    this.scope = scope;
    limits = TransportLimits.of(scope.properties());
    quota = new ConnectionQuota(limits.maxConnections(), limits.maxConnectionsPerAddress());
    pastClients = new PastClients(scope.properties().isOn(Key.DIAL_CLIENTS));
    refusals = new SerialExecutor(StackWorkers.of(scope), "refused connections");
    scope.put(Connector.class, this);
  }

  public static StackTransport of(StackScope scope) {
    return scope.get(StackTransport.class, StackTransport::new);
  }

  StackScope scope() {
    return scope;
  }

  TransportLimits limits() {
    return limits;
  }

  ConnectionQuota quota() {
    return quota;
  }

  PastClients pastClients() {
    return pastClients;
  }

  synchronized RecentFailures recentFailures() {
    RecentFailures present = recentFailures;
    if (present == null) {
      present = new RecentFailures(scheduler());
      recentFailures = present;
    }
    return present;
  }

  MemoryBudget memory() {
    return memory;
  }

  StackWorkers workers() {
    return StackWorkers.of(scope);
  }

  HostLookup lookup() {
    return scope.get(HostLookup.class, s -> InetAddress::getAllByName);
  }

  /** Whether the calling thread is a worker or runs timers. */
  boolean isOwnThread() {
    return workers().isOwnThread() || scheduler().isOwnThread();
  }

  Scheduler scheduler() {
    return StackScheduler.of(scope);
  }

  PeerWarnings warnings() {
    return PeerWarnings.of(scope);
  }

  /** A connection was closed right after it was accepted. */
  void refused(ManagedMessageProcessor processor, InetSocketAddress peer, String why) {
    warnings().warn("Connection from {} to {} refused: {}", peer, processor, why);
    ConnectionRegistry.of(scope)
        .listeners()
        .tell(peer, listener -> listener.connectionRefused(peer, why), this::tellOfRefusal);
  }

  /** Where application code may take its time; what comes faster than it takes is not told. */
  private void tellOfRefusal(Runnable told) {
    if (refusalsToTell.incrementAndGet() > MOST_REFUSALS) {
      refusalsToTell.decrementAndGet();
      return;
    }
    refusals.execute(
        () -> {
          refusalsToTell.decrementAndGet();
          told.run();
        });
  }

  SocketIo start(ManagedMessageProcessor processor) throws IOException {
    synchronized (lifecycle) {
      return started(processor);
    }
  }

  private SocketIo started(ManagedMessageProcessor processor) throws IOException {
    // Before any thread starts: it makes the application's rule, which may fail.
    KeepAliveListener listener = KeepAliveListener.of(scope);
    SocketIo running = io;
    boolean first = running == null;
    if (running == null) {
      running = startIo(processor.getPort());
      io = running;
    }
    // From here on its stop takes all of it back.
    processors.add(processor);
    if (first) {
      listener.stackStarts();
    }
    Monitoring.of(scope).stackStarts(((SipStackImpl) processor.getSIPStack()).getStackName());
    return running;
  }

  private SocketIo startIo(int port) throws IOException {
    Failures.prepare(CloseReason.class, RejectedExecutionException.class, LockSupport.class);
    StackWorkers workers = StackWorkers.of(scope);
    workers.start("conmgmt-worker-" + port);
    return sockets().start(scheduler(), "conmgmt-io-" + port, workers);
  }

  /** Where sockets come from. */
  SocketIo.Kind sockets() {
    return scope.get(
        SocketIo.Kind.class,
        s -> SocketIo.ofSystem(s.properties().text(Key.TRANSPORT).equals("blocking")));
  }

  boolean isStarted() {
    return io != null;
  }

  void stop(ManagedMessageProcessor processor) {
    synchronized (lifecycle) {
      if (processors.remove(processor) && processors.isEmpty()) {
        stopped();
      }
    }
  }

  /** Waits for threads, but for seconds at most: one of them may wait for this lock. */
  private void stopped() {
    SocketIo ended = io;
    io = null;
    if (ended != null) {
      ended.stop();
      StackWorkers.of(scope).stop();
    }
    KeepAliveListener.of(scope).shutdown();
  }

  @Override
  public void stopAccepting() {
    processors.forEach(ManagedMessageProcessor::stopAccepting);
  }

  @Override
  public boolean supports(String transport) {
    return processorFor(transport, null) != null;
  }

  @Override
  public CompletableFuture<ManagedConnection> connect(ConnectionTarget target) {
    InetAddress address = target.address().getAddress();
    ManagedMessageProcessor processor = processorFor(target.transport(), address);
    if (address == null || processor == null) {
      return CompletableFuture.failedFuture(
          new IOException(
              "Cannot connect to "
                  + target.address()
                  + ": "
                  + (address == null
                      ? "the name is not resolved"
                      : "the stack has no " + target.transport() + " listening point")));
    }
    return processor.connect(target);
  }

  /**
   * The local address of the connection to that peer, which is opened if need be; of the listening
   * point that has {@code localAddress}, if one has it.
   */
  SocketAddress connectedFrom(
      String transport, InetAddress peer, int port, @Nullable InetAddress localAddress)
      throws IOException {
    ManagedMessageProcessor chosen = processorFor(transport, peer);
    for (ManagedMessageProcessor processor : processors) {
      if (processor.getTransport().equalsIgnoreCase(transport)
          && processor.getIpAddress().equals(localAddress)) {
        chosen = processor;
      }
    }
    if (chosen == null) {
      throw new IOException(
          "Cannot connect to " + peer + ": the stack has no " + transport + " listening point");
    }
    return chosen
        .channelTo(peer, chosen.portOf(port), null)
        .connection()
        .attempt()
        .awaitLocalAddress();
  }

  /** The first listening point of that transport, of the address family where there is one. */
  private @Nullable ManagedMessageProcessor processorFor(
      String transport, @Nullable InetAddress target) {
    ManagedMessageProcessor fallBack = null;
    for (ManagedMessageProcessor processor : processors) {
      if (processor.getTransport().equalsIgnoreCase(transport)) {
        if (target == null || processor.getIpAddress().getClass() == target.getClass()) {
          return processor;
        }
        fallBack = fallBack == null ? processor : fallBack;
      }
    }
    return fallBack;
  }
}
