package net.conmgmt.sip.simulation;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import net.conmgmt.sip.internal.connection.StackWorkers;
import net.conmgmt.sip.internal.io.HandshakeQueue;
import net.conmgmt.sip.internal.io.SocketIo;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.io.WriteQueue;
import net.conmgmt.sip.internal.time.Scheduler;

/** The I/O of one process: wires over the simulated network, and steps that run later. */
final class SimulatedIo implements SocketIo {

  private final Host host;
  private final Scheduler scheduler;
  private final StackWorkers workers;
  private final HandshakeQueue handshakes;
  private final List<SimulatedWire> wires = new ArrayList<>();
  private boolean stopped;

  SimulatedIo(Host host, Scheduler scheduler, StackWorkers workers) {
    this.host = host;
    this.scheduler = scheduler;
    this.workers = workers;
    handshakes = new HandshakeQueue(scheduler, this::tlsTask, 1);
  }

  static SocketIo.Kind of(Host host) {
    return new SocketIo.Kind() {
      @Override
      public SocketIo start(Scheduler scheduler, String threadName, StackWorkers workers) {
        return new SimulatedIo(host, scheduler, workers);
      }

      @Override
      public ServerSocketChannel bind(InetSocketAddress address, int backlog) {
        return new SimulatedServerChannel(host.network, address);
      }
    };
  }

  @Override
  public Wire wire(Wire.User user, WriteQueue queue) {
    SimulatedWire wire = new SimulatedWire(host, scheduler, user, queue);
    wires.add(wire);
    return wire;
  }

  @Override
  public void listen(ServerSocketChannel server, Acceptor acceptor) throws IOException {
    host.network.listen((InetSocketAddress) server.getLocalAddress(), host.process(), acceptor);
  }

  @Override
  public void stopListening(ServerSocketChannel server) throws IOException {
    server.close();
  }

  @Override
  public Executor workers() {
    return workers;
  }

  @Override
  public int mostWorkersOfOne() {
    return workers.half();
  }

  @Override
  public HandshakeQueue handshakes() {
    return handshakes;
  }

  @Override
  public Executor tlsTasks() {
    return this::tlsTask;
  }

  private void tlsTask(Runnable task) {
    if (stopped) {
      throw new RejectedExecutionException("The stack is stopped");
    }
    host.world.in(host.process(), host.world.dice.pace(), task);
  }

  /** Nothing waits here: there is one thread for all. */
  @Override
  public boolean isOwnThread() {
    return true;
  }

  @Override
  public void stop() {
    stopped = true;
    handshakes.stop();
    wires.forEach(SimulatedWire::stackStops);
  }
}
