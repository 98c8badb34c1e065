package net.conmgmt.sip.simulation;

import java.time.Duration;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.DiscoveryReport;

/**
 * What the library's own listeners hear at once, of one host. Keeps what the other checks have to
 * know: since when a connection is open, what was negotiated on it, who has authenticated.
 */
final class PromptEvents implements ConnectionManagementListener {
  private final Checks checks;
  private final World world;
  private final Host host;

  PromptEvents(Checks checks, World world, Host host) {
    this.checks = checks;
    this.world = world;
    this.host = host;
  }

  @Override
  public void established(ManagedConnection managed) {
    Connection own = checks.of(host, managed);
    own.lastWroteAt = world.elapsed();
    own.lastReadAt = world.elapsed();
    own.establishedAt = world.elapsed();
    checks.require(checks.socketOf(own) != null, own, "is established without a socket");
  }

  @Override
  public void keepAliveNegotiated(
      ManagedConnection managed, KeepAliveDialect dialect, Duration timeout, Duration acts) {
    Connection own = checks.of(host, managed);
    boolean bySilence = dialect == KeepAliveDialect.MS && own.isClient();
    own.grants.put(dialect, bySilence ? timeout.multipliedBy(2).dividedBy(3) : acts);
    world.coverage.count("dialect: " + dialect);
    if (own.isClient()) {
      own.lastWroteAt = world.elapsed();
    }
  }

  @Override
  public void keepAliveEnded(ManagedConnection managed, KeepAliveDialect dialect, String detail) {
    Connection own = checks.of(host, managed);
    checks.require(
        own.grants.remove(dialect) != null, own, "ends " + dialect + ", which was not agreed");
    own.answerSeen = !own.grants.isEmpty();
  }

  @Override
  public void endpointAuthenticated(ManagedConnection managed, Endpoint endpoint) {
    checks.of(host, managed).arrivedAt.putIfAbsent(endpoint, world.elapsed());
  }

  @Override
  public void endpointMoved(ManagedConnection older, Endpoint endpoint, String node) {
    world.coverage.count("directory: connection ended by another proxy");
    checks.moved(checks.of(host, older), endpoint, node);
  }

  @Override
  public void closed(ManagedConnection managed, CloseReason reason, String detail) {
    Connection own = checks.of(host, managed);
    if (reason != CloseReason.SHUTDOWN) {
      checks.bytes.notSilent(own);
      checks.bytes.silentPeerIsGivenUp(own);
    }
    if (reason == CloseReason.EXPIRY_TIMER) {
      checks.bytes.isGivenUpInTime(own);
    }
    checks.pausesOf(host).closed(own, checks.socketOf(own));
  }

  @Override
  public void discoveryAttemptEnded(String domain, DiscoveryReport.Attempt attempt) {
    world.coverage.count("discovery attempt: " + attempt.outcome());
    if (world.tracing()) {
      world.note(host, "has tried " + attempt);
    }
    checks.pausesOf(host).attemptEnded(attempt);
  }

  @Override
  public void outboundProxyLost(String domain, ManagedConnection connection, CloseReason reason) {
    world.coverage.count("discovery: proxy lost");
  }

  @Override
  public void discoveryEnded(DiscoveryReport report) {
    world.coverage.count("discovery: " + (report.succeeded() ? "connected" : "failed"));
    if (world.tracing()) {
      world.note(
          host, "has discovered " + (report.succeeded() ? report.chosen() : report.failure()));
    }
    checks.pausesOf(host).discoveryEnded(host, report);
    Host.Program program = host.program();
    if (report.succeeded()) {
      world.in(host.process(), world.dice.pace(), program::discovered);
    }
  }
}
