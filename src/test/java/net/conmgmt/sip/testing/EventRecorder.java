package net.conmgmt.sip.testing;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;

/** Writes down every event as a line and waits for lines. Thread-safe. */
public final class EventRecorder implements ConnectionManagementListener {

  private static final long PATIENCE_SECONDS = 30;

  private final List<String> events = new ArrayList<>();

  /** All events so far. */
  public synchronized List<String> events() {
    return List.copyOf(events);
  }

  /** Waits for an event that begins with {@code prefix} and gives it back. */
  public String await(String prefix) throws InterruptedException {
    return await(prefix, 1);
  }

  /** Waits until {@code count} events begin with {@code prefix} and gives back the last of them. */
  public synchronized String await(String prefix, int count) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      List<String> found = events.stream().filter(e -> e.startsWith(prefix)).toList();
      if (found.size() >= count) {
        return found.get(count - 1);
      }
      long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (millis <= 0) {
        throw new AssertionError(
            "Expected %d events '%s…', found %s".formatted(count, prefix, events));
      }
      wait(millis);
    }
  }

  private synchronized void add(String event) {
    events.add(event);
    notifyAll();
  }

  @Override
  public void connecting(ManagedConnection connection) {
    add("connecting " + connection.side());
  }

  @Override
  public void established(ManagedConnection connection) {
    add("established " + connection.side());
  }

  @Override
  public void closed(ManagedConnection connection, CloseReason reason, String detail) {
    add("closed " + connection.side() + " " + reason + " " + detail);
  }

  @Override
  public void messageRefused(ManagedConnection connection, String detail) {
    add("refused " + detail);
  }

  @Override
  public void connectionRefused(InetSocketAddress peer, String detail) {
    add("connection refused: " + detail);
  }

  @Override
  public void keepAliveOffered(ManagedConnection connection, String method) {
    add("offered " + method);
  }

  @Override
  public void keepAliveNegotiated(
      ManagedConnection connection, Duration timeout, Duration actsAfter) {
    add(
        "negotiated "
            + connection.side()
            + " "
            + timeout.toSeconds()
            + " "
            + actsAfter.toSeconds());
  }

  @Override
  public void keepAliveFailed(
      ManagedConnection connection, KeepAliveFailure reason, String detail) {
    add("failed " + connection.side() + " " + detail);
  }

  @Override
  public void keepAliveNotRenewed(
      ManagedConnection connection, KeepAliveFailure reason, String detail) {
    add("not renewed " + connection.side() + " " + reason);
  }

  @Override
  public void keepAliveSent(ManagedConnection connection) {
    add("sent");
  }

  @Override
  public void keepAliveReceived(ManagedConnection connection) {
    add("received");
  }

  @Override
  public void keepAliveAnswered(ManagedConnection connection) {
    add("answered");
  }

  @Override
  public void endpointAuthenticated(ManagedConnection connection, Endpoint endpoint) {
    add("authenticated " + endpoint.addressOfRecord());
  }

  @Override
  public void endpointReplaced(
      ManagedConnection older, Endpoint endpoint, ManagedConnection newer) {
    add("replaced " + endpoint.addressOfRecord());
  }

  @Override
  public void endpointRemoved(ManagedConnection connection, Endpoint endpoint, CloseReason why) {
    add("removed " + endpoint.addressOfRecord() + " " + why);
  }

  @Override
  public void discoveryEnded(DiscoveryReport report) {
    add("discovered " + (report.succeeded() ? report.chosen() : report.failure()));
  }

  @Override
  public void outboundProxyLost(String domain, ManagedConnection connection, CloseReason reason) {
    add("lost " + domain + " " + reason);
  }
}
