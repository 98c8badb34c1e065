package net.conmgmt.samples.status;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import net.conmgmt.samples.events.Json;
import net.conmgmt.samples.sip.Names;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagement;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.directory.DirectoryStatus;

/** What the status page shows, as JSON, and when it has changed. Thread-safe. */
final class StatusFeed implements ConnectionManagementListener {

  private final String proxy;
  private final ConnectionManagement connections;
  private final EndedConnections ended = new EndedConnections(System::nanoTime);
  private final long startedNanos = System.nanoTime();
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
  String json(StatusView view) {
    List<Row> all =
        connections.connections().stream()
            .map(c -> new Row(c, connections.status(c), ended.ageMillis(c)))
            .toList();
    List<Row> matching =
        all.stream().filter(row -> row.matches(view)).sorted(order(view.sort())).toList();
    int pages = Math.max(1, (matching.size() + StatusView.PAGE_SIZE - 1) / StatusView.PAGE_SIZE);
    int page = Math.min(view.page(), pages - 1);
    var counts = connections.counts();
    Map<String, Object> state = new LinkedHashMap<>();
    DirectoryStatus directory = connections.directory().status();
    state.put("proxy", directory.shared() ? proxy + ", node " + directory.node() : proxy);
    state.put("version", version());
    state.put("upMillis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedNanos));
    state.put("total", all.size());
    state.put("matching", matching.size());
    state.put("page", page);
    state.put("pages", pages);
    List<List<Object>> numbers =
        new ArrayList<>(
            List.of(
                List.of("users registered", users(all)),
                List.of("accepted", counts.accepted()),
                List.of("opened", counts.opened()),
                List.of("refused", counts.refused()),
                List.of("keep-alives received", counts.keepAlives().received()),
                List.of("keep-alives sent", counts.keepAlives().sent()),
                List.of("negotiated", counts.keepAlives().negotiated()),
                List.of("parse errors", counts.messagesRefused()),
                List.of("gave up", counts.closes().get(CloseReason.EXPIRY_TIMER))));
    if (directory.shared()) {
      numbers.addAll(numbers(directory));
    }
    state.put("counts", numbers);
    state.put(
        "connections",
        matching.stream()
            .skip((long) page * StatusView.PAGE_SIZE)
            .limit(StatusView.PAGE_SIZE)
            .map(row -> describe(row, view))
            .toList());
    state.put("ended", ended.latest());
    return Json.of(state);
  }

  private static List<List<Object>> numbers(DirectoryStatus directory) {
    return List.of(
        List.of("proxies", directory.nodes().size()),
        List.of("lease ends in ms", directory.leaseMillis()),
        List.of("endpoints held", directory.held()),
        List.of("waiting to be sent", directory.behind()),
        List.of("claims", directory.claims()),
        List.of("claims refused", directory.refused()),
        List.of("moved away", directory.displaced()),
        List.of("leases lost", directory.leasesLost()));
  }

  private static long users(List<Row> all) {
    return all.stream()
        .flatMap(row -> row.status.endpoints().stream())
        .map(Endpoint::addressOfRecord)
        .distinct()
        .count();
  }

  /** Of the library's jar; empty where its classes are not in one. */
  private static String version() {
    String version = ConnectionManagement.class.getPackage().getImplementationVersion();
    return version == null ? "" : version;
  }

  private static Comparator<Row> order(StatusView.Sort sort) {
    Comparator<Row> byId = Comparator.comparingLong(row -> row.connection.id());
    return switch (sort) {
      case AGE -> byId;
      case NEWEST -> byId.reversed();
      // Those without a user come last.
      case USER ->
          Comparator.<Row, Boolean>comparing(row -> row.user().isEmpty())
              .thenComparing(Row::user)
              .thenComparing(byId);
      case PEER -> Comparator.<Row, String>comparing(Row::peer).thenComparing(byId);
      case DEADLINE -> Comparator.comparingLong(Row::deadline).thenComparing(byId);
    };
  }

  /** A connection as it is at the moment of asking. */
  private record Row(ManagedConnection connection, ConnectionStatus status, long ageMillis) {

    String user() {
      return status.endpoints().isEmpty() ? "" : status.endpoints().get(0).addressOfRecord();
    }

    String peer() {
      String name = connection.peerName();
      String address = Names.of(connection.remoteAddress()) + "/" + connection.transport();
      return name == null ? address : name + " (" + address + ")";
    }

    /** When something happens next, if nothing is sent or received. */
    long deadline() {
      var timers = status.timers();
      return LongStream.of(
              timers.connectionMillis(),
              timers.expiryMillis(),
              timers.refreshMillis(),
              timers.pongMillis(),
              timers.idleMillis())
          .filter(millis -> millis >= 0)
          .min()
          .orElse(Long.MAX_VALUE);
    }

    boolean matches(StatusView view) {
      if (view.state() != null && view.state() != ConnectionState.of(status)) {
        return false;
      }
      return view.text().isEmpty()
          || peer().toLowerCase(Locale.ROOT).contains(view.text())
          || status.endpoints().stream()
              .anyMatch(e -> text(e).toLowerCase(Locale.ROOT).contains(view.text()));
    }
  }

  private Map<String, Object> describe(Row shown, StatusView view) {
    ConnectionStatus status = shown.status;
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("id", status.id());
    row.put("side", status.side());
    row.put("peer", shown.peer());
    row.put(
        "users", status.endpoints().stream().map(Endpoint::addressOfRecord).distinct().toList());
    row.put("endpoints", status.endpoints().stream().map(StatusFeed::text).toList());
    row.put("state", ConnectionState.of(status));
    row.put("ageMillis", shown.ageMillis);
    row.put("timeoutSeconds", status.timeoutSeconds());
    row.put(
        "grants",
        status.grants().stream()
            .map(grant -> grant.dialect().word() + " " + grant.timeoutSeconds() + " s")
            .toList());
    row.put("timers", status.timers());
    if (view.open().contains(status.id())) {
      List<String> events = new ArrayList<>(connections.flightRecord(shown.connection));
      if (connections.directory().status().shared()) {
        status.endpoints().stream()
            .map(Endpoint::addressOfRecord)
            .distinct()
            .forEach(user -> events.addAll(entriesOf(user)));
      }
      row.put("events", events);
    }
    return row;
  }

  /** The directory answers, or gives up, within its time-out. */
  private List<String> entriesOf(String user) {
    return connections.directory().lookup(user).join().stream()
        .map(
            entry ->
                "the directory has %s at %s with epoch %d"
                    .formatted(text(entry.endpoint()), entry.node(), entry.epoch()))
        .toList();
  }

  private static String text(Endpoint endpoint) {
    String flow = endpoint.regId() == 0 ? "" : ", flow " + endpoint.regId();
    return endpoint.instance().isEmpty()
        ? endpoint.addressOfRecord()
        : endpoint.addressOfRecord() + " (" + endpoint.instance() + flow + ")";
  }

  @Override
  public void established(ManagedConnection connection) {
    ended.established(connection);
    changed();
  }

  @Override
  public void closed(ManagedConnection connection, CloseReason reason, String detail) {
    ended.closed(connection, reason, detail);
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
  public void keepAliveEnded(
      ManagedConnection connection, KeepAliveDialect dialect, String detail) {
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
    ended.userGoes(connection, endpoint.addressOfRecord());
    changed();
  }
}
