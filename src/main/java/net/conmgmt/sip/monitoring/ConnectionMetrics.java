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
import net.conmgmt.sip.internal.config.StackScope;
import net.conmgmt.sip.internal.monitoring.ConnectionCounts;
import net.conmgmt.sip.internal.monitoring.Monitoring;

/**
 * Meters of one stack for Micrometer, each with the tag {@code stack}: {@code new
 * ConnectionMetrics(sipStack).bindTo(meterRegistry)}. The only class that needs {@code
 * io.micrometer:micrometer-core}, which an application that uses it brings along. Thread-safe.
 */
public final class ConnectionMetrics implements MeterBinder {

  private static final String STACK = "stack";

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
    counter(registry, "conmgmt.connections.established", "side", "client", c -> c.opened());
    counter(registry, "conmgmt.connections.established", "side", "proxy", c -> c.accepted());
    counter(registry, "conmgmt.connections.refused", c -> c.refused());
    counters(registry, "conmgmt.connections.closed", "reason", ConnectionCounts::closes);
    counter(registry, "conmgmt.messages.refused", c -> c.messagesRefused());
    counter(registry, "conmgmt.negotiations.succeeded", c -> c.negotiated());
    counters(registry, "conmgmt.negotiations.failed", "reason", ConnectionCounts::failures);
    counter(registry, "conmgmt.keepalives", "direction", "sent", c -> c.keepAlivesSent());
    counter(registry, "conmgmt.keepalives", "direction", "received", c -> c.keepAlivesReceived());
    counter(registry, "conmgmt.keepalives", "direction", "answered", c -> c.keepAlivesAnswered());
    counter(registry, "conmgmt.discoveries", "outcome", "found", c -> c.discovered());
    counter(registry, "conmgmt.discoveries", "outcome", "failed", c -> c.discoveriesFailed());
    counters(registry, "conmgmt.discovery.attempts", "outcome", ConnectionCounts::attempts);
    FunctionTimer.builder(
            "conmgmt.discovery.time",
            monitoring.counts(),
            c -> c.discovered() + c.discoveriesFailed(),
            ConnectionCounts::discoveryMillis,
            TimeUnit.MILLISECONDS)
        .tag(STACK, stack)
        .register(registry);
  }

  private void gauge(MeterRegistry registry, String name, ToDoubleFunction<Monitoring> value) {
    Gauge.builder(name, monitoring, value).tag(STACK, stack).register(registry);
  }

  private void counter(
      MeterRegistry registry, String name, ToLongFunction<ConnectionCounts> value) {
    FunctionCounter.builder(name, monitoring.counts(), value::applyAsLong)
        .tag(STACK, stack)
        .register(registry);
  }

  private void counter(
      MeterRegistry registry,
      String name,
      String tag,
      String tagValue,
      ToLongFunction<ConnectionCounts> value) {
    FunctionCounter.builder(name, monitoring.counts(), value::applyAsLong)
        .tag(STACK, stack)
        .tag(tag, tagValue)
        .register(registry);
  }

  private void counters(
      MeterRegistry registry,
      String name,
      String tag,
      Function<ConnectionCounts, Map<String, Long>> values) {
    for (String kind : values.apply(monitoring.counts()).keySet()) {
      counter(registry, name, tag, kind, c -> values.apply(c).getOrDefault(kind, 0L));
    }
  }
}
