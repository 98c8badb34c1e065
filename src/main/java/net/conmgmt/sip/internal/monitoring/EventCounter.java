package net.conmgmt.sip.internal.monitoring;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionCounts;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;

/**
 * Counts what happens on one stack, in numbers that only grow. Thread-safe; counting takes no lock
 * and allocates nothing.
 */
public final class EventCounter implements KeepAliveWatcher {

  private final LongAdder opened = new LongAdder();
  private final LongAdder accepted = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder messagesRefused = new LongAdder();
  private final LongAdder negotiated = new LongAdder();
  private final LongAdder discovered = new LongAdder();
  private final LongAdder discoveriesFailed = new LongAdder();
  private final LongAdder discoveryMillis = new LongAdder();
  private final AtomicLong longestDiscoveryMillis = new AtomicLong();
  private final AtomicLong lastDiscoveryMillis = new AtomicLong(-1);
  private final Map<CloseReason, LongAdder> closes = adders(CloseReason.class);
  private final Map<Signal, LongAdder> keepAlives = adders(Signal.class);
  private final Map<KeepAliveFailure, LongAdder> failures = adders(KeepAliveFailure.class);
  private final Map<Attempt.Outcome, LongAdder> attempts = adders(Attempt.Outcome.class);

  EventCounter() {}

  /** Complete from the start, so that it is only read from then on. */
  private static <K extends Enum<K>> Map<K, LongAdder> adders(Class<K> kinds) {
    Map<K, LongAdder> adders = new EnumMap<>(kinds);
    for (K kind : kinds.getEnumConstants()) {
      adders.put(kind, new LongAdder());
    }
    return adders;
  }

  private static <K extends Enum<K>> void increment(Map<K, LongAdder> adders, K kind) {
    Objects.requireNonNull(adders.get(kind)).increment();
  }

  private static <K extends Enum<K>> long sum(Map<K, LongAdder> adders, K kind) {
    return Objects.requireNonNull(adders.get(kind)).sum();
  }

  private static <K extends Enum<K>> Map<K, Long> sums(Map<K, LongAdder> adders) {
    Map<K, Long> sums = new HashMap<>();
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
  public void keepAlive(ManagedConnection connection, Signal signal) {
    increment(keepAlives, signal);
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

  /** What has happened so far. Events that occur meanwhile may be counted in part. */
  public ConnectionCounts snapshot() {
    long last = lastDiscoveryMillis.get();
    return new ConnectionCounts(
        opened.sum(),
        accepted.sum(),
        refused.sum(),
        messagesRefused.sum(),
        sums(closes),
        new ConnectionCounts.KeepAlives(
            negotiated.sum(),
            sums(failures),
            sum(keepAlives, Signal.SENT),
            sum(keepAlives, Signal.RECEIVED),
            sum(keepAlives, Signal.ANSWERED)),
        new ConnectionCounts.Discoveries(
            discovered.sum(),
            discoveriesFailed.sum(),
            sums(attempts),
            Duration.ofMillis(discoveryMillis.sum()),
            Duration.ofMillis(longestDiscoveryMillis.get()),
            last < 0 ? null : Duration.ofMillis(last)));
  }
}
