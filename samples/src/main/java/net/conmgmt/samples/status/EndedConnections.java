package net.conmgmt.samples.status;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import net.conmgmt.samples.sip.Names;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;

/** The connections that ended last, and since when those are open that have not. Thread-safe. */
final class EndedConnections {

  private static final int MOST = 20;

  /** What there is to know of one that has ended. */
  private record Ended(
      long atNanos, long ageMillis, String who, String user, CloseReason reason, String detail) {}

  private final LongSupplier nanoTime;
  private final Map<ManagedConnection, Long> openedAtNanos = new ConcurrentHashMap<>();
  private final Map<ManagedConnection, String> lastUsers = new ConcurrentHashMap<>();
  // Guarded by this.
  private final Deque<Ended> ended = new ArrayDeque<>();

  EndedConnections(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  void established(ManagedConnection connection) {
    openedAtNanos.put(connection, nanoTime.getAsLong());
  }

  /** An endpoint goes with its connection, just before that ends. */
  void userGoes(ManagedConnection connection, String user) {
    if (openedAtNanos.containsKey(connection)) {
      lastUsers.put(connection, user);
    }
  }

  void closed(ManagedConnection connection, CloseReason reason, String detail) {
    long age = ageMillis(connection);
    openedAtNanos.remove(connection);
    String user = lastUsers.remove(connection);
    Ended last =
        new Ended(
            nanoTime.getAsLong(),
            age,
            Names.of(connection),
            user == null ? "" : user,
            reason,
            detail);
    synchronized (this) {
      ended.addFirst(last);
      if (ended.size() > MOST) {
        ended.removeLast();
      }
    }
  }

  /** How long it has been open; -1 where that is not known. */
  long ageMillis(ManagedConnection connection) {
    Long since = openedAtNanos.get(connection);
    return since == null ? -1 : TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - since);
  }

  /** The last ones as the page reads them, the newest first. */
  synchronized List<Map<String, Object>> latest() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (Ended each : ended) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("agoMillis", TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - each.atNanos));
      row.put("who", each.who);
      row.put("user", each.user);
      row.put("reason", each.reason);
      row.put("detail", each.detail);
      row.put("ageMillis", each.ageMillis);
      rows.add(row);
    }
    return rows;
  }
}
