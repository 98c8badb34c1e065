package net.conmgmt.sip.monitoring;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import javax.sip.SipStack;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionCounts;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.directory.DirectoryStatus;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt.Outcome;
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.monitoring.Monitoring;

/**
 * Meters of one stack for Micrometer, each with the tag {@code stack}: {@code new
 * ConnectionMetrics(sipStack).bindTo(meterRegistry)}. This is the only class that needs {@code
 * io.micrometer:micrometer-core}, which an application that uses it brings along. Thread-safe.
 */
public final class ConnectionMetrics implements MeterBinder {

  private static final String STACK = "stack";

  private static final Map<String, String> DESCRIPTIONS =
      Map.ofEntries(
          Map.entry("conmgmt.connections", "Open connections"),
          Map.entry("conmgmt.endpoints", "Endpoints registered or authenticated on them"),
          Map.entry(
              "conmgmt.certificate.days.left",
              "Days until the first own certificate expires; negative after that"),
          Map.entry("conmgmt.connections.established", "Connections opened and accepted"),
          Map.entry("conmgmt.connections.refused", "Connections refused, as there were too many"),
          Map.entry("conmgmt.connections.closed", "Ended connections, by close reason"),
          Map.entry("conmgmt.messages.refused", "Received messages that did not parse"),
          Map.entry("conmgmt.negotiations.succeeded", "Successful keep-alive negotiations"),
          Map.entry(
              "conmgmt.negotiations.failed",
              "Failed keep-alive negotiations on connections that were not kept alive"),
          Map.entry("conmgmt.keepalives", "Keep-alives sent, received and answered"),
          Map.entry("conmgmt.discoveries", "Discoveries that found a proxy and that found none"),
          Map.entry("conmgmt.discovery.attempts", "Address look-ups and connects of discoveries"),
          Map.entry("conmgmt.discovery.time", "How long discoveries took"));

  private final String stack;
  private final Monitoring monitoring;

  /**
   * Meters of {@code stack}.
   *
   * @throws IllegalArgumentException if the stack is not the JAIN-SIP RI or a property has a bad
   *     value
   */
  public ConnectionMetrics(SipStack stack) {
    this.stack = stack.getStackName();
    monitoring = Monitoring.of(StackScope.of(stack));
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    gauge(registry, "conmgmt.connections", m -> m.connections().size());
    gauge(registry, "conmgmt.endpoints", Monitoring::endpoints);
    gauge(registry, "conmgmt.certificate.days.left", Monitoring::certificateDaysLeft);
    counter(registry, "conmgmt.connections.established", "side", "client", c -> c.opened());
    counter(registry, "conmgmt.connections.established", "side", "proxy", c -> c.accepted());
    counter(registry, "conmgmt.connections.refused", c -> c.refused());
    counters(
        registry, "conmgmt.connections.closed", "reason", CloseReason.values(), c -> c.closes());
    counter(registry, "conmgmt.messages.refused", c -> c.messagesRefused());
    counter(registry, "conmgmt.negotiations.succeeded", c -> c.keepAlives().negotiated());
    counters(
        registry,
        "conmgmt.negotiations.failed",
        "reason",
        KeepAliveFailure.values(),
        c -> c.keepAlives().failures());
    counter(registry, "conmgmt.keepalives", "direction", "sent", c -> c.keepAlives().sent());
    counter(
        registry, "conmgmt.keepalives", "direction", "received", c -> c.keepAlives().received());
    counter(
        registry, "conmgmt.keepalives", "direction", "answered", c -> c.keepAlives().answered());
    counter(registry, "conmgmt.discoveries", "outcome", "found", c -> c.discoveries().succeeded());
    counter(registry, "conmgmt.discoveries", "outcome", "failed", c -> c.discoveries().failed());
    counters(
        registry,
        "conmgmt.discovery.attempts",
        "outcome",
        Outcome.values(),
        c -> c.discoveries().attempts());
    if (monitoring.directory().shared()) {
      bindDirectory(registry);
    }
    FunctionTimer.builder(
            "conmgmt.discovery.time",
            monitoring,
            m -> m.counts().discoveries().succeeded() + m.counts().discoveries().failed(),
            m -> m.counts().discoveries().total().toMillis(),
            TimeUnit.MILLISECONDS)
        .description(DESCRIPTIONS.get("conmgmt.discovery.time"))
        .tag(STACK, stack)
        .register(registry);
  }

  private void bindDirectory(MeterRegistry registry) {
    gauge(registry, "conmgmt.directory.connected", m -> m.directory().connected() ? 1 : 0);
    gauge(registry, "conmgmt.directory.lease.millis", m -> m.directory().leaseMillis());
    gauge(registry, "conmgmt.directory.nodes", m -> m.directory().nodes().size());
    gauge(registry, "conmgmt.directory.held", m -> m.directory().held());
    gauge(registry, "conmgmt.directory.behind", m -> m.directory().behind());
    directoryCounter(registry, "conmgmt.directory.claims", DirectoryStatus::claims);
    directoryCounter(registry, "conmgmt.directory.refused", DirectoryStatus::refused);
    directoryCounter(registry, "conmgmt.directory.displaced", DirectoryStatus::displaced);
    directoryCounter(registry, "conmgmt.directory.leases.lost", DirectoryStatus::leasesLost);
  }

  private void directoryCounter(
      MeterRegistry registry, String name, ToLongFunction<DirectoryStatus> value) {
    FunctionCounter.builder(name, monitoring, m -> value.applyAsLong(m.directory()))
        .tag(STACK, stack)
        .register(registry);
  }

  private void gauge(MeterRegistry registry, String name, ToDoubleFunction<Monitoring> value) {
    Gauge.builder(name, monitoring, value)
        .description(DESCRIPTIONS.get(name))
        .tag(STACK, stack)
        .register(registry);
  }

  private void counter(
      MeterRegistry registry, String name, ToLongFunction<ConnectionCounts> value) {
    FunctionCounter.builder(name, monitoring, m -> value.applyAsLong(m.counts()))
        .description(DESCRIPTIONS.get(name))
        .tag(STACK, stack)
        .register(registry);
  }

  private void counter(
      MeterRegistry registry,
      String name,
      String tag,
      String tagValue,
      ToLongFunction<ConnectionCounts> value) {
    FunctionCounter.builder(name, monitoring, m -> value.applyAsLong(m.counts()))
        .description(DESCRIPTIONS.get(name))
        .tag(STACK, stack)
        .tag(tag, tagValue)
        .register(registry);
  }

  private <K extends Enum<K>> void counters(
      MeterRegistry registry,
      String name,
      String tag,
      K[] kinds,
      Function<ConnectionCounts, Map<K, Long>> values) {
    for (K kind : kinds) {
      counter(registry, name, tag, kind.name(), c -> values.apply(c).getOrDefault(kind, 0L));
    }
  }
}
