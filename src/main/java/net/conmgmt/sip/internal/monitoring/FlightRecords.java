package net.conmgmt.sip.internal.monitoring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Keeps the last {@value #CAPACITY} events of each open connection. They can be read while the
 * connection is open, and are logged at debug level when it ends. The property {@code
 * net.conmgmt.sip.FLIGHT_RECORDER} switches this on; otherwise nothing is kept. Thread-safe.
 */
final class FlightRecords implements KeepAliveWatcher {

  static final int CAPACITY = 32;
  private static final int FIRST_CAPACITY = 4;
  private static final int LONGEST_TEXT = 120;

  private static final Logger LOG = LogManager.getLogger(FlightRecords.class);

  /** A ring that grows with what it holds. Guarded by itself. */
  private static final class Ring {
    private String[] texts = new String[FIRST_CAPACITY];
    private long[] atNanos = new long[FIRST_CAPACITY];
    private int next;
    private int size;

    synchronized void add(String text, long nanos) {
      if (size == texts.length && size < CAPACITY) {
        // Not yet gone round, so the order is that of the index.
        texts = java.util.Arrays.copyOf(texts, size * 2);
        atNanos = java.util.Arrays.copyOf(atNanos, size * 2);
        next = size;
      }
      texts[next] = text;
      atNanos[next] = nanos;
      next = (next + 1) % CAPACITY % texts.length;
      size = Math.min(size + 1, texts.length);
    }

    synchronized List<String> lines(long nowNanos) {
      List<String> lines = new ArrayList<>(size);
      int first = size < texts.length ? 0 : next;
      for (int i = 0; i < size; i++) {
        int at = (first + i) % texts.length;
        double seconds = (nowNanos - atNanos[at]) / 1e9;
        lines.add(String.format(Locale.ROOT, "%.3f s ago: %s", seconds, texts[at]));
      }
      return lines;
    }
  }

  private final Scheduler clock;
  private final Map<ManagedConnection, Ring> rings = new ConcurrentHashMap<>();

  FlightRecords(Scheduler clock) {
    this.clock = clock;
  }

  /** The last events of an open connection, oldest first; none for one that is not open. */
  List<String> of(ManagedConnection connection) {
    Ring ring = rings.get(connection);
    return ring == null ? List.of() : ring.lines(clock.nanoTime());
  }

  /** How many connections are recorded. */
  int size() {
    return rings.size();
  }

  private void add(ManagedConnection connection, String text) {
    Ring ring = rings.get(connection);
    // Something may be told of a connection that has just ended.
    if (ring != null) {
      ring.add(text, clock.nanoTime());
    }
  }

  private static String bounded(String text) {
    return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
  }

  @Override
  public void connecting(ManagedConnection connection) {
    rings.put(connection, new Ring());
    add(connection, "connecting");
  }

  @Override
  public void established(ManagedConnection connection) {
    add(connection, "established");
  }

  @Override
  public void messageRefused(ManagedConnection connection, String detail) {
    add(connection, bounded("message refused: " + detail));
  }

  @Override
  public void keepAliveOffered(ManagedConnection connection, String method) {
    add(connection, bounded("keep-alive offered on " + method));
  }

  @Override
  public void keepAliveNegotiated(
      ManagedConnection connection,
      KeepAliveDialect dialect,
      Duration timeout,
      Duration actsAfter) {
    add(
        connection,
        "keep-alive negotiated ("
            + dialect.word()
            + "), T = "
            + timeout.toSeconds()
            + " s, "
            + (connection.side() == ManagedConnection.Side.CLIENT
                ? "a keep-alive within " + actsAfter.toSeconds() + " s"
                : "given up after " + actsAfter.toSeconds() + " silent seconds"));
  }

  @Override
  public void keepAliveFailed(
      ManagedConnection connection,
      KeepAliveDialect dialect,
      KeepAliveFailure reason,
      String detail) {
    keepAlive(connection, "not negotiated", dialect, detail);
  }

  @Override
  public void keepAliveNotRenewed(
      ManagedConnection connection,
      KeepAliveDialect dialect,
      KeepAliveFailure reason,
      String detail) {
    keepAlive(connection, "not renewed", dialect, detail);
  }

  @Override
  public void keepAliveEnded(
      ManagedConnection connection, KeepAliveDialect dialect, String detail) {
    keepAlive(connection, "ended", dialect, detail);
  }

  private void keepAlive(
      ManagedConnection connection, String what, KeepAliveDialect dialect, String detail) {
    add(connection, bounded("keep-alive " + what + " (" + dialect.word() + "): " + detail));
  }

  @Override
  public void keepAlive(ManagedConnection connection, Signal signal) {
    add(connection, "keep-alive " + signal.word());
  }

  @Override
  public void endpointAuthenticated(ManagedConnection connection, Endpoint endpoint) {
    add(connection, bounded("authenticated: " + endpoint.addressOfRecord()));
  }

  @Override
  public void endpointReplaced(
      ManagedConnection older, Endpoint endpoint, ManagedConnection newer) {
    add(older, bounded("replaced by #" + newer.id() + ": " + endpoint.addressOfRecord()));
  }

  @Override
  public void endpointRemoved(ManagedConnection connection, Endpoint endpoint, CloseReason why) {
    add(connection, bounded("removed, " + why + ": " + endpoint.addressOfRecord()));
  }

  @Override
  public void closed(ManagedConnection connection, CloseReason reason, String detail) {
    Ring ring = rings.remove(connection);
    if (ring != null && LOG.isDebugEnabled()) {
      LOG.debug(
          "{}: closed, {} {}; its last events:\n  {}",
          ConnectionText.of(connection),
          reason,
          detail,
          String.join("\n  ", ring.lines(clock.nanoTime())));
    }
  }
}
