package net.conmgmt.sip.internal.monitoring;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.monitoring.ConnectionManagementMXBean;
import net.conmgmt.sip.monitoring.ConnectionView;

/** The MBean: reads what others keep. Thread-safe. */
final class ConnectionManagementBean implements ConnectionManagementMXBean {

  private final String stack;
  private final Monitoring monitoring;

  ConnectionManagementBean(String stack, Monitoring monitoring) {
    this.stack = stack;
    this.monitoring = monitoring;
  }

  @Override
  public String getStack() {
    return stack;
  }

  @Override
  public int getConnections() {
    return monitoring.connections().size();
  }

  @Override
  public int getNegotiatedConnections() {
    int negotiated = 0;
    for (ManagedConnection connection : monitoring.connections()) {
      negotiated += monitoring.status(connection).timeoutSeconds() > 0 ? 1 : 0;
    }
    return negotiated;
  }

  @Override
  public int getEndpoints() {
    return monitoring.endpoints();
  }

  @Override
  public long getOpened() {
    return monitoring.counts().opened();
  }

  @Override
  public long getAccepted() {
    return monitoring.counts().accepted();
  }

  @Override
  public long getRefused() {
    return monitoring.counts().refused();
  }

  @Override
  public long getParseErrors() {
    return monitoring.counts().messagesRefused();
  }

  @Override
  public long getNegotiated() {
    return monitoring.counts().negotiated();
  }

  @Override
  public Map<String, Long> getFailedByReason() {
    return monitoring.counts().failures();
  }

  @Override
  public long getKeepAlivesSent() {
    return monitoring.counts().keepAlivesSent();
  }

  @Override
  public long getKeepAlivesReceived() {
    return monitoring.counts().keepAlivesReceived();
  }

  @Override
  public long getKeepAlivesAnswered() {
    return monitoring.counts().keepAlivesAnswered();
  }

  @Override
  public Map<String, Long> getClosedByReason() {
    return monitoring.counts().closes();
  }

  @Override
  public long getDiscovered() {
    return monitoring.counts().discovered();
  }

  @Override
  public long getDiscoveriesFailed() {
    return monitoring.counts().discoveriesFailed();
  }

  @Override
  public Map<String, Long> getDiscoveryAttemptsByOutcome() {
    return monitoring.counts().attempts();
  }

  @Override
  public long getLastDiscoveryMillis() {
    return monitoring.counts().lastDiscoveryMillis();
  }

  @Override
  public long getLongestDiscoveryMillis() {
    return monitoring.counts().longestDiscoveryMillis();
  }

  @Override
  public long getTotalDiscoveryMillis() {
    return monitoring.counts().discoveryMillis();
  }

  @Override
  public List<ConnectionView> listConnections(int most) {
    return monitoring.connections().stream()
        .sorted(Comparator.comparingLong(ManagedConnection::id))
        .limit(Math.max(0, most))
        .<ConnectionView>map(
            connection -> new ConnectionSnapshot(connection, monitoring.status(connection)))
        .toList();
  }

  @Override
  public List<String> flightRecord(long connectionId) {
    return monitoring.connections().stream()
        .filter(connection -> connection.id() == connectionId)
        .findAny()
        .map(monitoring::flightRecord)
        .orElse(List.of());
  }

  @Override
  public boolean closeConnection(long connectionId) {
    for (ManagedConnection connection : monitoring.connections()) {
      if (connection.id() == connectionId) {
        connection.close("an operator closed it through JMX");
        return true;
      }
    }
    return false;
  }
}
