package net.conmgmt.sip.internal.monitoring;

import java.util.Map;
import java.util.TreeMap;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanFeatureInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanParameterInfo;
import javax.management.StandardMBean;
import net.conmgmt.sip.monitoring.ConnectionManagementMXBean;
import org.jspecify.annotations.Nullable;

/**
 * Adds to the MBean a description of each attribute and operation, which JMX consoles show. The
 * descriptions repeat the comments of the interface. Thread-safe.
 */
final class DescribedBean extends StandardMBean {

  private static final Map<String, String> DESCRIPTIONS = new TreeMap<>();

  static {
    describe("Stack", "The stack's name");
    describe("Connections", "Open connections");
    describe("NegotiatedConnections", "Open connections that are kept alive; looks at each");
    describe("Endpoints", "Endpoints registered or authenticated on an open connection");
    describe("CertificateExpiry", "When the first own certificate expires (ISO 8601), or empty");
    describe("CertificateDaysLeft", "Whole days until then; negative after that");
    describe("Directory", "How the endpoint directory stands, shared or of this proxy alone");
    describe("Opened", "Connections that this stack opened");
    describe("Accepted", "Connections that this stack accepted");
    describe("Refused", "Connections refused because there were too many");
    describe("ParseErrors", "Received messages that did not parse");
    describe("Negotiated", "Successful negotiations: one for a connection, and one for each new T");
    describe("FailedByReason", "Failed negotiations on connections not kept alive, by reason");
    describe("KeepAlivesSent", "Keep-alives (CRLF CRLF) sent");
    describe("KeepAlivesReceived", "Keep-alives (CRLF CRLF) received");
    describe("KeepAlivesAnswered", "Answers (CRLF) to keep-alives received");
    describe("ClosedByReason", "Ended connections, by close reason");
    describe("Discovered", "Discoveries that found a proxy");
    describe("DiscoveriesFailed", "Discoveries that found none");
    describe("DiscoveryAttemptsByOutcome", "Address look-ups and connects of discoveries");
    describe("LastDiscoveryMillis", "Milliseconds that the last discovery took; -1 before it");
    describe("LongestDiscoveryMillis", "Milliseconds that the longest discovery took");
    describe("TotalDiscoveryMillis", "Milliseconds that all discoveries took together");
    describe("listConnections", "Open connections with their timers, the oldest first");
    describe("flightRecord", "The last events of a connection; empty unless FLIGHT_RECORDER is on");
    describe("closeConnection", "Closes a connection; true if there was one with that number");
  }

  private DescribedBean(ConnectionManagementMXBean bean) {
    super(bean, ConnectionManagementMXBean.class, true);
  }

  /** The bean to be registered. */
  static Object of(ConnectionManagementMXBean bean) {
    return new DescribedBean(bean);
  }

  private static void describe(String name, String text) {
    DESCRIPTIONS.put(name, text);
  }

  @Override
  protected String getDescription(MBeanInfo info) {
    return "Connection management of one SIP stack";
  }

  @Override
  protected @Nullable String getDescription(MBeanFeatureInfo feature) {
    return DESCRIPTIONS.get(feature.getName());
  }

  @Override
  protected @Nullable String getDescription(MBeanAttributeInfo attribute) {
    return getDescription((MBeanFeatureInfo) attribute);
  }

  @Override
  protected @Nullable String getDescription(MBeanOperationInfo operation) {
    return getDescription((MBeanFeatureInfo) operation);
  }

  @Override
  protected String getParameterName(
      MBeanOperationInfo operation, MBeanParameterInfo parameter, int sequence) {
    return operation.getName().equals("listConnections") ? "most" : "connectionId";
  }

  @Override
  protected String getDescription(
      MBeanOperationInfo operation, MBeanParameterInfo parameter, int sequence) {
    return operation.getName().equals("listConnections")
        ? "how many connections at most"
        : "the number of the connection, as listConnections gives it";
  }

  @Override
  protected int getImpact(MBeanOperationInfo operation) {
    return operation.getName().equals("closeConnection")
        ? MBeanOperationInfo.ACTION
        : MBeanOperationInfo.INFO;
  }
}
