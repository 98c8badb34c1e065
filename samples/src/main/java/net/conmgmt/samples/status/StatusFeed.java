package net.conmgmt.samples.status;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conmgmt.samples.events.Json;
import net.conmgmt.samples.sip.Names;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.ManagedConnection;

/** What the status page shows, as JSON, and when it has changed. Thread-safe. */
final class StatusFeed implements ConnectionManagementListener {

  private static final int MOST_CONNECTIONS = 200;
  private static final int MOST_ENDED = 20;

  private final String proxy;
  private final ConnectionManagement connections;
  private final Deque<String> ended = new ArrayDeque<>();
  private long version;

  StatusFeed(String proxy, ConnectionManagement connections) {
    this.proxy = proxy;
    this.connections = connections;
  }

  /** Waits until something has happened since {@code seen}, but not for ever. */
  synchronized long awaitChange(long seen, long millis) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (version == seen) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        break;
      }
      wait(left);
    }
    return version;
  }

  private synchronized void changed() {
    version++;
    notifyAll();
  }

  /** The present state, as the page reads it. */
  String json() {
    Collection<ManagedConnection> all = connections.connections();
    var counts = connections.counts();
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("proxy", proxy);
    state.put("total", all.size());
    state.put(
        "counts",
        List.of(
            List.of("accepted", counts.accepted()),
            List.of("opened", counts.opened()),
            List.of("refused", counts.refused()),
            List.of("keep-alives received", counts.keepAlives().received()),
            List.of("keep-alives sent", counts.keepAlives().sent()),
            List.of("negotiated", counts.keepAlives().negotiated()),
            List.of("parse errors", counts.messagesRefused()),
            List.of("gave up", counts.closes().get(CloseReason.EXPIRY_TIMER))));
    state.put(
        "connections",
        all.stream()
            .sorted(Comparator.comparingLong(ManagedConnection::id))
            .limit(MOST_CONNECTIONS)
            .map(this::describe)
            .toList());
    synchronized (this) {
      state.put("ended", new ArrayList<>(ended));
    }
    return Json.of(state);
  }

  private Map<String, Object> describe(ManagedConnection connection) {
    ConnectionStatus status = connections.status(connection);
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("id", connection.id());
    row.put("side", connection.side());
    row.put("transport", connection.transport());
    row.put("remote", Names.of(connection.remoteAddress()));
    String name = connection.peerName();
    row.put("peerName", name == null ? "" : name);
    row.put("endpoints", status.endpoints().stream().map(StatusFeed::text).toList());
    row.put("timeoutSeconds", status.timeoutSeconds());
    row.put(
        "grants",
        status.grants().stream()
            .map(grant -> grant.dialect().word() + " " + grant.timeoutSeconds() + " s")
            .toList());
    row.put("timers", status.timers());
    row.put("events", connections.flightRecord(connection));
    return row;
  }

  private static String text(Endpoint endpoint) {
    String flow = endpoint.regId() == 0 ? "" : ", flow " + endpoint.regId();
    return endpoint.instance().isEmpty()
        ? endpoint.addressOfRecord()
        : endpoint.addressOfRecord() + " (" + endpoint.instance() + flow + ")";
  }

  @Override
  public void established(ManagedConnection connection) {
    changed();
  }

  @Override
  public void closed(ManagedConnection connection, CloseReason reason, String detail) {
    synchronized (this) {
      ended.addFirst(
          Names.of(connection) + ": " + reason + (detail.isEmpty() ? "" : ", " + detail));
      if (ended.size() > MOST_ENDED) {
        ended.removeLast();
      }
    }
    changed();
  }

  @Override
  public void messageRefused(ManagedConnection connection, String detail) {
    changed();
  }

  @Override
  public void keepAliveNegotiated(
      ManagedConnection connection, Duration timeout, Duration actsAfter) {
    changed();
  }

  @Override
  public void keepAliveFailed(
      ManagedConnection connection, KeepAliveFailure reason, String detail) {
    changed();
  }

  @Override
  public void keepAliveSent(ManagedConnection connection) {
    changed();
  }

  @Override
  public void keepAliveReceived(ManagedConnection connection) {
    changed();
  }

  @Override
  public void endpointAuthenticated(ManagedConnection connection, Endpoint endpoint) {
    changed();
  }

  @Override
  public void endpointRemoved(ManagedConnection connection, Endpoint endpoint, CloseReason why) {
    changed();
  }
}
