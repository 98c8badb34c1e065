package net.conmgmt.samples.events;

import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import net.conmgmt.samples.sip.Names;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What happens, one JSON object a line: {@code time} (UTC), {@code event} and its details.
 * Thread-safe; each line is flushed, so that another program can follow.
 */
public final class EventLog implements ConnectionManagementListener, AutoCloseable {

  private static final Logger LOG = LogManager.getLogger(EventLog.class);

  private final Clock clock;
  private final @Nullable Writer out;
  private final boolean closeOut;
  private final List<BiConsumer<String, Map<String, Object>>> watchers =
      new CopyOnWriteArrayList<>();

  private EventLog(@Nullable Writer out, boolean closeOut, Clock clock) {
    this.out = out;
    this.closeOut = closeOut;
    this.clock = clock;
  }

  /** Writes nowhere; watchers are still told. */
  public static EventLog none() {
    return new EventLog(null, false, Clock.systemUTC());
  }

  public static EventLog to(Writer out, Clock clock) {
    return new EventLog(out, false, clock);
  }

  /** Appends to a file, or writes to {@code standardOutput} for {@code -}; null writes nowhere. */
  public static EventLog open(@Nullable String target, PrintStream standardOutput)
      throws IOException {
    if (target == null) {
      return none();
    }
    if (target.equals("-")) {
      return new EventLog(
          new OutputStreamWriter(standardOutput, StandardCharsets.UTF_8), false, Clock.systemUTC());
    }
    Writer file =
        Files.newBufferedWriter(
            Path.of(target),
            StandardCharsets.UTF_8,
            java.nio.file.StandardOpenOption.CREATE,
            java.nio.file.StandardOpenOption.APPEND);
    return new EventLog(file, true, Clock.systemUTC());
  }

  /** Tells {@code watcher} the name and the details of every later event. */
  public void watch(BiConsumer<String, Map<String, Object>> watcher) {
    watchers.add(watcher);
  }

  /** Writes one event; details are name, value, name, value… */
  public void event(String name, Object... details) {
    Map<String, Object> line = new LinkedHashMap<>();
    for (int i = 0; i + 1 < details.length; i += 2) {
      line.put(String.valueOf(details[i]), details[i + 1]);
    }
    event(name, line);
  }

  /** Writes an event of one of several participants. */
  public void event(String name, String who, Map<String, Object> details) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("who", who);
    line.putAll(details);
    event(name, line);
  }

  private void event(String name, Map<String, Object> details) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("time", clock.instant().truncatedTo(ChronoUnit.MILLIS));
    line.put("event", name);
    line.putAll(details);
    write(Json.of(line));
    watchers.forEach(watcher -> watcher.accept(name, details));
  }

  private synchronized void write(String line) {
    if (out != null) {
      try {
        out.write(line);
        out.write('\n');
        out.flush();
      } catch (IOException e) {
        LOG.error("Writing an event failed: {}", line, e);
      }
    }
  }

  private void event(String name, ManagedConnection connection, Object... details) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("connection", connection.id());
    line.put("side", connection.side());
    line.put("transport", connection.transport());
    line.put("local", Names.of(connection.localAddress()));
    line.put("remote", Names.of(connection.remoteAddress()));
    String peerName = connection.peerName();
    if (peerName != null) {
      line.put("peerName", peerName);
    }
    for (int i = 0; i + 1 < details.length; i += 2) {
      line.put(String.valueOf(details[i]), details[i + 1]);
    }
    event(name, line);
  }

  @Override
  public void discoveryQueryEnded(String domain, DiscoveryReport.Query query) {
    event(
        "discovery.query",
        "domain",
        domain,
        "name",
        query.name(),
        "result",
        query.result(),
        "records",
        query.records(),
        "rejected",
        query.rejected(),
        "detail",
        query.detail(),
        "millis",
        query.millis());
  }

  @Override
  public void discoveryCandidateBegun(String domain, Candidate candidate) {
    event(
        "discovery.candidate",
        "domain",
        domain,
        "candidate",
        candidate.toString(),
        "host",
        candidate.host(),
        "port",
        candidate.port(),
        "transport",
        candidate.transport(),
        "source",
        candidate.source());
  }

  @Override
  public void discoveryAttemptEnded(String domain, DiscoveryReport.Attempt attempt) {
    event(
        "discovery.attempt",
        "domain",
        domain,
        "candidate",
        attempt.candidate().toString(),
        "address",
        attempt.address(),
        "outcome",
        attempt.outcome(),
        "detail",
        attempt.detail());
  }

  @Override
  public void discoveryEnded(DiscoveryReport report) {
    event(
        "discovery.done",
        "domain",
        report.domain(),
        "succeeded",
        report.succeeded(),
        report.succeeded() ? "chosen" : "failure",
        String.valueOf(report.succeeded() ? report.chosen() : report.failure()),
        "millis",
        report.millis());
  }

  @Override
  public void outboundProxyLost(String domain, ManagedConnection connection, CloseReason reason) {
    event("proxy.lost", connection, "domain", domain, "reason", reason);
  }

  @Override
  public void connecting(ManagedConnection connection) {
    event("connection.connecting", connection);
  }

  @Override
  public void established(ManagedConnection connection) {
    event("connection.established", connection);
  }

  @Override
  public void closed(ManagedConnection connection, CloseReason reason, String detail) {
    event("connection.closed", connection, "reason", reason, "detail", detail);
  }

  @Override
  public void messageRefused(ManagedConnection connection, String detail) {
    event("message.refused", connection, "detail", detail);
  }

  @Override
  public void connectionRefused(InetSocketAddress peer, String detail) {
    event("connection.refused", "remote", Names.of(peer), "detail", detail);
  }

  @Override
  public void keepAliveOffered(ManagedConnection connection, String method) {
    event("keepalive.offered", connection, "method", method);
  }

  @Override
  public void keepAliveNegotiated(
      ManagedConnection connection,
      KeepAliveDialect dialect,
      Duration timeout,
      Duration actsAfter) {
    event(
        "keepalive.negotiated",
        connection,
        "dialect",
        dialect.word(),
        "timeoutSeconds",
        timeout.toSeconds(),
        "refreshSeconds",
        actsAfter.toSeconds());
  }

  @Override
  public void keepAliveFailed(
      ManagedConnection connection,
      KeepAliveDialect dialect,
      KeepAliveFailure reason,
      String detail) {
    event("keepalive.failed", connection, "dialect", dialect.word(), "reason", detail);
  }

  @Override
  public void keepAliveNotRenewed(
      ManagedConnection connection,
      KeepAliveDialect dialect,
      KeepAliveFailure reason,
      String detail) {
    event("keepalive.not-renewed", connection, "dialect", dialect.word(), "reason", detail);
  }

  @Override
  public void keepAliveEnded(
      ManagedConnection connection, KeepAliveDialect dialect, String detail) {
    event("keepalive.ended", connection, "dialect", dialect.word(), "reason", detail);
  }

  @Override
  public void keepAliveSent(ManagedConnection connection) {
    event("keepalive.sent", connection);
  }

  @Override
  public void keepAliveReceived(ManagedConnection connection) {
    event("keepalive.received", connection);
  }

  @Override
  public void keepAliveAnswered(ManagedConnection connection) {
    event("keepalive.answered", connection);
  }

  @Override
  public void endpointAuthenticated(ManagedConnection connection, Endpoint endpoint) {
    event(
        "endpoint.authenticated",
        connection,
        "aor",
        endpoint.addressOfRecord(),
        "instance",
        endpoint.instance());
  }

  @Override
  public void endpointReplaced(
      ManagedConnection older, Endpoint endpoint, ManagedConnection newer) {
    event(
        "endpoint.replaced",
        older,
        "aor",
        endpoint.addressOfRecord(),
        "instance",
        endpoint.instance(),
        "by",
        newer.id());
  }

  @Override
  public void endpointMoved(ManagedConnection older, Endpoint endpoint, String node) {
    event(
        "endpoint.moved",
        older,
        "aor",
        endpoint.addressOfRecord(),
        "instance",
        endpoint.instance(),
        "node",
        node);
  }

  @Override
  public void endpointRemoved(ManagedConnection connection, Endpoint endpoint, CloseReason reason) {
    event(
        "endpoint.removed",
        connection,
        "aor",
        endpoint.addressOfRecord(),
        "instance",
        endpoint.instance(),
        "reason",
        reason);
  }

  @Override
  public void close() throws IOException {
    if (out != null && closeOut) {
      out.close();
    }
  }
}
