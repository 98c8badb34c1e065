package net.conmgmt.sip.internal.monitoring;

import java.util.List;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.RemainingTimes;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.monitoring.ConnectionView;

/** Reads what JMX shows of one connection from what was asked of it. Immutable. */
final class ConnectionSnapshot implements ConnectionView {

  private final ManagedConnection connection;
  private final ConnectionStatus status;

  ConnectionSnapshot(ManagedConnection connection, ConnectionStatus status) {
    this.connection = connection;
    this.status = status;
  }

  private RemainingTimes timers() {
    return status.timers();
  }

  @Override
  public long getId() {
    return connection.id();
  }

  @Override
  public String getSide() {
    return connection.side().name();
  }

  @Override
  public String getTransport() {
    return connection.transport();
  }

  @Override
  public String getLocal() {
    return ConnectionText.of(connection.localAddress());
  }

  @Override
  public String getRemote() {
    return ConnectionText.of(connection.remoteAddress());
  }

  @Override
  public String getPeerName() {
    String name = connection.peerName();
    return name == null ? "" : name;
  }

  @Override
  public List<String> getEndpoints() {
    return status.endpoints().stream().map(Endpoint::addressOfRecord).toList();
  }

  @Override
  public int getTimeoutSeconds() {
    return status.timeoutSeconds();
  }

  @Override
  public long getConnectionTimerMillis() {
    return timers().connectionMillis();
  }

  @Override
  public long getIdleTimerMillis() {
    return timers().idleMillis();
  }

  @Override
  public long getExpiryTimerMillis() {
    return timers().expiryMillis();
  }

  @Override
  public long getRefreshTimerMillis() {
    return timers().refreshMillis();
  }

  @Override
  public long getPongTimerMillis() {
    return timers().pongMillis();
  }
}
