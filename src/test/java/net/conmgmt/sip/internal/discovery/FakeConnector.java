package net.conmgmt.sip.internal.discovery;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.connection.Connector;

/** A connector that connects at once, unless an address was given another end. */
final class FakeConnector implements Connector {

  final List<ConnectionTarget> targets = new CopyOnWriteArrayList<>();
  final List<FakeConnection> connections = new CopyOnWriteArrayList<>();
  final Map<String, CompletableFuture<ManagedConnection>> ends = new HashMap<>();
  Consumer<FakeConnection> onConnect = connection -> {};
  private final List<String> transports;

  FakeConnector(String... transports) {
    this.transports = List.of(transports);
  }

  /** Makes the address {@code ip:port} fail. */
  void fail(String address, Throwable failure) {
    ends.put(address, CompletableFuture.failedFuture(failure));
  }

  @Override
  public void stopAccepting() {
    throw new AssertionError("Only a proxy that ends stops accepting");
  }

  @Override
  public boolean supports(String transport) {
    return transports.contains(transport);
  }

  @Override
  public CompletableFuture<ManagedConnection> connect(ConnectionTarget target) {
    targets.add(target);
    CompletableFuture<ManagedConnection> end = ends.get(ConnectionText.of(target.address()));
    if (end != null) {
      return end;
    }
    FakeConnection connection = new FakeConnection(target);
    connections.add(connection);
    onConnect.accept(connection);
    return CompletableFuture.completedFuture(connection);
  }
}
