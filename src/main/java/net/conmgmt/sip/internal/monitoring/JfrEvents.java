package net.conmgmt.sip.internal.monitoring;

import java.time.Duration;
import jdk.jfr.FlightRecorder;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import net.conmgmt.sip.internal.connection.ConnectionText;

/**
 * Emits events for the JDK's Flight Recorder. Thread-safe.
 *
 * <p>To load an event class costs the JVM some hundred milliseconds even if nothing records, so
 * none is loaded before the recorder has been used for the first time.
 */
final class JfrEvents implements KeepAliveWatcher {

  @Override
  public void established(ManagedConnection connection) {
    if (FlightRecorder.isInitialized()) {
      JfrEventTypes.Established event = new JfrEventTypes.Established();
      if (event.shouldCommit()) {
        event.describe(connection);
        String name = connection.peerName();
        event.peerName = name == null ? "" : name;
        event.commit();
      }
    }
  }

  @Override
  public void keepAliveNegotiated(
      ManagedConnection connection,
      KeepAliveDialect dialect,
      Duration timeout,
      Duration actsAfter) {
    if (FlightRecorder.isInitialized()) {
      JfrEventTypes.Negotiated event = new JfrEventTypes.Negotiated();
      if (event.shouldCommit()) {
        event.describe(connection);
        event.dialect = dialect.word();
        event.timeout = timeout.toSeconds();
        event.refresh = actsAfter.toSeconds();
        event.commit();
      }
    }
  }

  @Override
  public void keepAlive(ManagedConnection connection, Signal signal) {
    if (FlightRecorder.isInitialized()) {
      JfrEventTypes.KeepAlive event = new JfrEventTypes.KeepAlive();
      if (event.shouldCommit()) {
        event.describe(connection);
        event.direction = signal.word();
        event.commit();
      }
    }
  }

  @Override
  public void closed(ManagedConnection connection, CloseReason reason, String detail) {
    if (FlightRecorder.isInitialized()) {
      JfrEventTypes.Closed event = new JfrEventTypes.Closed();
      if (event.shouldCommit()) {
        event.describe(connection);
        event.reason = reason.name();
        event.detail = detail;
        event.commit();
      }
    }
  }

  @Override
  public void discoveryAttemptEnded(String domain, Attempt attempt) {
    if (FlightRecorder.isInitialized()) {
      JfrEventTypes.DiscoveryAttempt event = new JfrEventTypes.DiscoveryAttempt();
      if (event.shouldCommit()) {
        event.domain = domain;
        event.candidate = attempt.candidate().toString();
        event.address = attempt.address();
        event.outcome = attempt.outcome().name();
        event.detail = attempt.detail();
        event.took = attempt.endMillis() - attempt.startMillis();
        event.commit();
      }
    }
  }

  /** The peer as the events show it. */
  static String remote(ManagedConnection connection) {
    return ConnectionText.of(connection.remoteAddress());
  }
}
