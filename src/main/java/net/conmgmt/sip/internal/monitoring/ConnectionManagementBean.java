package net.conmgmt.sip.internal.monitoring;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.directory.DirectoryStatus;
import net.conmgmt.sip.monitoring.ConnectionManagementMXBean;

/** Implements the MBean from what other parts keep. Thread-safe. */
final class ConnectionManagementBean implements ConnectionManagementMXBean {

  private final String stack;
  private final Monitoring monitoring;

  ConnectionManagementBean(String stack, Monitoring monitoring) {
    this.stack = stack;
    this.monitoring = monitoring;
  }

  private static <K extends Enum<K>> Map<String, Long> byName(Map<K, Long> counts) {
    Map<String, Long> byName = new TreeMap<>();
    counts.forEach((kind, count) -> byName.put(kind.name(), count));
    return byName;
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
  public String getCertificateExpiry() {
    Instant end = monitoring.certificateExpiry();
    return end == null ? "" : end.toString();
  }

  @Override
  public long getCertificateDaysLeft() {
    double days = monitoring.certificateDaysLeft();
    return Double.isNaN(days) ? Long.MAX_VALUE : (long) Math.floor(days);
  }

  @Override
  public DirectoryStatus getDirectory() {
    return monitoring.directory();
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
    return monitoring.counts().keepAlives().negotiated();
  }

  @Override
  public Map<String, Long> getFailedByReason() {
    return byName(monitoring.counts().keepAlives().failures());
  }

  @Override
  public long getKeepAlivesSent() {
    return monitoring.counts().keepAlives().sent();
  }

  @Override
  public long getKeepAlivesReceived() {
    return monitoring.counts().keepAlives().received();
  }

  @Override
  public long getKeepAlivesAnswered() {
    return monitoring.counts().keepAlives().answered();
  }

  @Override
  public Map<String, Long> getClosedByReason() {
    return byName(monitoring.counts().closes());
  }

  @Override
  public long getDiscovered() {
    return monitoring.counts().discoveries().succeeded();
  }

  @Override
  public long getDiscoveriesFailed() {
    return monitoring.counts().discoveries().failed();
  }

  @Override
  public Map<String, Long> getDiscoveryAttemptsByOutcome() {
    return byName(monitoring.counts().discoveries().attempts());
  }

  @Override
  public long getLastDiscoveryMillis() {
    Duration last = monitoring.counts().discoveries().last();
    return last == null ? -1 : last.toMillis();
  }

  @Override
  public long getLongestDiscoveryMillis() {
    return monitoring.counts().discoveries().longest().toMillis();
  }

  @Override
  public long getTotalDiscoveryMillis() {
    return monitoring.counts().discoveries().total().toMillis();
  }

  @Override
  public List<ConnectionStatus> listConnections(int most) {
    return monitoring.connections().stream()
        .sorted(Comparator.comparingLong(ManagedConnection::id))
        .limit(Math.max(0, most))
        .map(monitoring::status)
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
