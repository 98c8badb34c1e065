package net.conmgmt.sip.internal.monitoring;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;

/**
 * What has happened on one stack since it was created, in numbers that only grow. Thread-safe;
 * counting takes no lock and allocates nothing.
 */
public final class ConnectionCounts implements ConnectionManagementListener {

  private final LongAdder opened = new LongAdder();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder messagesRefused = new LongAdder();
  private final LongAdder negotiated = new LongAdder();
  private final LongAdder keepAlivesSent = new LongAdder();
  private final LongAdder keepAlivesReceived = new LongAdder();
  private final LongAdder keepAlivesAnswered = new LongAdder();
  private final LongAdder discovered = new LongAdder();
  private final LongAdder discoveriesFailed = new LongAdder();
  private final LongAdder discoveryMillis = new LongAdder();
  private final AtomicLong longestDiscoveryMillis = new AtomicLong();
  private final AtomicLong lastDiscoveryMillis = new AtomicLong(-1);
  private final Map<String, LongAdder> closes = adders(CloseReason.values());
  private final Map<String, LongAdder> failures = adders(KeepAliveFailure.values());
  private final Map<String, LongAdder> attempts = adders(Attempt.Outcome.values());

  public ConnectionCounts() {}

  private static Map<String, LongAdder> adders(Enum<?>[] kinds) {
    Map<String, LongAdder> adders = new LinkedHashMap<>();
    for (Enum<?> kind : kinds) {
      adders.put(kind.name(), new LongAdder());
    }
    return adders;
  }

  private static void increment(Map<String, LongAdder> adders, Enum<?> kind) {
    LongAdder adder = adders.get(kind.name());
    if (adder != null) {
      adder.increment();
    }
  }

  private static Map<String, Long> sums(Map<String, LongAdder> adders) {
    Map<String, Long> sums = new LinkedHashMap<>();
    adders.forEach((kind, adder) -> sums.put(kind, adder.sum()));
    return sums;
  }

  // --- what is told ---------------------------------------------------------------------------

  @Override
  public void established(ManagedConnection connection) {
    (connection.side() == ManagedConnection.Side.CLIENT ? opened : accepted).increment();
  }

  @Override
  public void closed(ManagedConnection connection, CloseReason reason, String detail) {
    increment(closes, reason);
  }

  @Override
  public void messageRefused(ManagedConnection connection, String detail) {
    messagesRefused.increment();
  }

  @Override
  public void connectionRefused(InetSocketAddress peer, String detail) {
    refused.increment();
  }

  @Override
  public void keepAliveNegotiated(
      ManagedConnection connection, Duration timeout, Duration actsAfter) {
    negotiated.increment();
  }

  @Override
  public void keepAliveFailed(
      ManagedConnection connection, KeepAliveFailure reason, String detail) {
    increment(failures, reason);
  }

  @Override
  public void keepAliveSent(ManagedConnection connection) {
    keepAlivesSent.increment();
  }

  @Override
  public void keepAliveReceived(ManagedConnection connection) {
    keepAlivesReceived.increment();
  }

  @Override
  public void keepAliveAnswered(ManagedConnection connection) {
    keepAlivesAnswered.increment();
  }

  @Override
  public void discoveryAttemptEnded(String domain, Attempt attempt) {
    increment(attempts, attempt.outcome());
  }

  @Override
  public void discoveryEnded(DiscoveryReport report) {
    (report.succeeded() ? discovered : discoveriesFailed).increment();
    discoveryMillis.add(report.millis());
    lastDiscoveryMillis.set(report.millis());
    longestDiscoveryMillis.accumulateAndGet(report.millis(), Math::max);
  }

  // --- what is read ---------------------------------------------------------------------------

  /** Connections that this stack opened. */
  public long opened() {
    return opened.sum();
  }

  /** Connections that this stack accepted. */
  public long accepted() {
    return accepted.sum();
  }

  /** Connections that were closed right after they were accepted, because there were too many. */
  public long refused() {
    return refused.sum();
  }

  /** Messages that did not parse. */
  public long messagesRefused() {
    return messagesRefused.sum();
  }

  /** How often keep-alive was negotiated: once for a connection, and once more for each new T. */
  public long negotiated() {
    return negotiated.sum();
  }

  /** How often a negotiation failed, by the name of a {@link KeepAliveFailure}. */
  public Map<String, Long> failures() {
    return sums(failures);
  }

  /** CRLF CRLF sent. */
  public long keepAlivesSent() {
    return keepAlivesSent.sum();
  }

  /** CRLF CRLF received. */
  public long keepAlivesReceived() {
    return keepAlivesReceived.sum();
  }

  /** CRLF received, the answer to a keep-alive. */
  public long keepAlivesAnswered() {
    return keepAlivesAnswered.sum();
  }

  /** Ended connections, those that never were established too, by the name of the reason. */
  public Map<String, Long> closes() {
    return sums(closes);
  }

  /** Discoveries that found a proxy. */
  public long discovered() {
    return discovered.sum();
  }

  /** Discoveries that found none. */
  public long discoveriesFailed() {
    return discoveriesFailed.sum();
  }

  /** Milliseconds that all discoveries took together. */
  public long discoveryMillis() {
    return discoveryMillis.sum();
  }

  /** Milliseconds that the last discovery took; -1 before the first. */
  public long lastDiscoveryMillis() {
    return lastDiscoveryMillis.get();
  }

  /** Milliseconds that the longest discovery took. */
  public long longestDiscoveryMillis() {
    return longestDiscoveryMillis.get();
  }

  /** Address look-ups and connects of all discoveries, by the name of their outcome. */
  public Map<String, Long> attempts() {
    return sums(attempts);
  }
}
