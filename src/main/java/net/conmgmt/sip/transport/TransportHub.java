package net.conmgmt.sip.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import net.conmgmt.sip.config.StackScope;
import net.conmgmt.sip.connection.ConnectionTarget;
import net.conmgmt.sip.connection.Connector;
import net.conmgmt.sip.connection.ManagedConnection;
import net.conmgmt.sip.keepalive.KeepAliveListener;
import org.jspecify.annotations.Nullable;

/**
 * What the managed listening points of one stack share: the selector thread, the limits and the way
 * to connect on purpose. The first listening point that starts starts it, the last that stops ends
 * it. Thread-safe.
 */
final class TransportHub implements Connector {

  private final StackScope scope;
  private final TransportLimits limits;
  private final List<ManagedMessageProcessor> processors = new CopyOnWriteArrayList<>();
  private @Nullable SelectorLoop loop;

  private TransportHub(StackScope scope) {
    this.scope = scope;
    limits = TransportLimits.of(scope.properties());
    scope.put(Connector.class, this);
  }

  static TransportHub of(StackScope scope) {
    return scope.get(TransportHub.class, TransportHub::new);
  }

  StackScope scope() {
    return scope;
  }

  TransportLimits limits() {
    return limits;
  }

  synchronized SelectorLoop start(ManagedMessageProcessor processor) throws IOException {
    SelectorLoop running = loop;
    if (running == null) {
      running = new SelectorLoop("conmgmt-io-" + processor.getPort());
      running.start();
      loop = running;
    }
    processors.add(processor);
    return running;
  }

  void stop(ManagedMessageProcessor processor) {
    SelectorLoop ended;
    synchronized (this) {
      if (!processors.remove(processor) || !processors.isEmpty()) {
        return;
      }
      ended = loop;
      loop = null;
    }
    if (ended != null) {
      ended.stop();
    }
    KeepAliveListener.of(scope).shutdown();
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
