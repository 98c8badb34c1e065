package net.conmgmt.sip.monitoring;

import java.util.List;
import java.util.Map;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.directory.DirectoryStatus;

/**
 * Connection management of one stack, for JMX: {@code net.conmgmt.sip:type=ConnectionManagement}
 * with the stack's name, or the property {@code JMX_NAME}, as {@code stack}. Counts begin with the
 * stack and only grow.
 */
public interface ConnectionManagementMXBean {

  /** The stack's name. */
  String getStack();

  /** Open connections. */
  int getConnections();

  /** Open connections on which keep-alive is negotiated; looks at each of them. */
  int getNegotiatedConnections();

  /** Endpoints that registered or authenticated on an open connection. */
  int getEndpoints();

  /** When the first of the certificates that this stack shows expires (ISO 8601), or empty. */
  String getCertificateExpiry();

  /**
   * Whole days until a certificate that this stack shows expires; negative after that, and {@link
   * Long#MAX_VALUE} where it shows none.
   */
  long getCertificateDaysLeft();

  /** How the endpoint directory stands that this proxy shares with others, or has for itself. */
  DirectoryStatus getDirectory();

  /** Connections that this stack opened. */
  long getOpened();

  /** Connections that this stack accepted. */
  long getAccepted();

  /** Connections refused because there were too many. */
  long getRefused();

  /** Received messages that did not parse. */
  long getParseErrors();

  /** Successful negotiations: one for a connection, and one more for each new T. */
  long getNegotiated();

  /** Failed negotiations on connections that were not kept alive, by {@link KeepAliveFailure}. */
  Map<String, Long> getFailedByReason();

  /** Keep-alives (CRLF CRLF) sent. */
  long getKeepAlivesSent();

  /** Keep-alives received. */
  long getKeepAlivesReceived();

  /** Answers (CRLF) to keep-alives received. */
  long getKeepAlivesAnswered();

  /** Ended connections, by close reason. */
  Map<String, Long> getClosedByReason();

  /** Discoveries that found a proxy. */
  long getDiscovered();

  /** Discoveries that found none. */
  long getDiscoveriesFailed();

  /** Address look-ups and connects of discoveries, by outcome. */
  Map<String, Long> getDiscoveryAttemptsByOutcome();

  /** Milliseconds that the last discovery took; -1 before the first. */
  long getLastDiscoveryMillis();

  /** Milliseconds that the longest discovery took. */
  long getLongestDiscoveryMillis();

  /** Milliseconds that all discoveries took together. */
  long getTotalDiscoveryMillis();

  /**
   * Open connections with the remaining times of their timers.
   *
   * @param most how many at most; the oldest come first
   */
  List<ConnectionStatus> listConnections(int most);

  /**
   * The last events of an open connection.
   *
   * @return oldest first; empty unless the property {@code FLIGHT_RECORDER} is on
   */
  List<String> flightRecord(long connectionId);

  /**
   * Closes a connection.
   *
   * @return whether there was one with that number
   */
  boolean closeConnection(long connectionId);
}
