package net.conmgmt.sip.simulation;

import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt;
import org.jspecify.annotations.Nullable;

/**
 * What a client that discovers its proxy has to keep, as the documentation has it: after a failure,
 * or a connection that was lost within 30 s, a pause of a second, each further time twice as long,
 * up to a minute, and a fifth less at most; and no clear text after a refused certificate.
 */
final class Pauses {

  private static final long SECOND = 1_000_000_000L;
  private static final long LASTING_NANOS = 30 * SECOND;

  /** So much later than the library does the simulation hear of it, at most. */
  private static final long HEARD_LATE_NANOS = SECOND / 2;

  private final World world;
  private int failures;
  private long notBefore;
  private boolean refused;
  private @Nullable ManagedConnection proxy;

  Pauses(World world) {
    this.world = world;
  }

  /** The process has been started anew, or its network has changed. */
  void forget() {
    failures = 0;
    notBefore = 0;
    refused = false;
    proxy = null;
  }

  void attemptEnded(Attempt attempt) {
    refused |= attempt.outcome() == Attempt.Outcome.REFUSED;
  }

  void discoveryEnded(Host host, DiscoveryReport report) {
    refused = false;
    boolean heardLate = host.process().frozenUntil > world.elapsed() - SECOND;
    boolean inUse = proxy != null && proxy.isOpen();
    if (!report.succeeded() && !inUse) {
      pauseFrom(heardLate ? -60 * SECOND : world.elapsed() - HEARD_LATE_NANOS);
    }
  }

  /** The connection that a discovery has found, as its requests get it. */
  void found(ManagedConnection connection) {
    if (proxy != connection) {
      proxy = connection;
    }
  }

  void closed(Connection connection, @Nullable SimulatedSocket socket) {
    if (socket == null) {
      return;
    }
    boolean used = connection.managed == proxy;
    proxy = used ? null : proxy;
    long lived = world.elapsed() - connection.establishedAt;
    if (connection.establishedAt > 0 && lived > LASTING_NANOS - SECOND) {
      // Whether it has lasted may be a matter of milliseconds, which the library alone knows.
      failures = 0;
    } else if (used) {
      pauseFrom(socket.closedAt() - HEARD_LATE_NANOS);
    }
  }

  private void pauseFrom(long instant) {
    long pause = Math.min(60, 1L << Math.min(failures, 6)) * SECOND;
    failures++;
    notBefore = instant + pause - pause / 5;
  }

  void connects(Host host, boolean tls) {
    host.checks.require(
        world.elapsed() >= notBefore,
        host,
        "connects " + (notBefore - world.elapsed()) / 1e9 + " s before its pause is over");
    host.checks.require(
        tls || !refused, host, "connects in clear, though a certificate was refused");
  }
}
