package net.conmgmt.sip.simulation;

import java.time.Duration;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;

/**
 * What the application of one host hears. A connection begins once and ends once, and nothing is
 * told of it after its end.
 */
final class ToldEvents implements ConnectionManagementListener {
  private final Checks checks;
  private final World world;
  private final Host host;

  ToldEvents(Checks checks, World world, Host host) {
    this.checks = checks;
    this.world = world;
    this.host = host;
  }

  private Connection told(ManagedConnection managed, String what) {
    Connection own = checks.of(host, managed);
    world.coverage.count("event: " + what);
    if (world.tracing()) {
      world.note(host, "is told: " + what + " of " + managed);
    }
    checks.require(own.closedTold == null, own, "hears of " + what + " after the end");
    return own;
  }

  @Override
  public void connecting(ManagedConnection managed) {
    Connection own = told(managed, "connecting");
    checks.require(!own.connectingTold && !own.establishedTold, own, "begins twice");
    own.connectingTold = true;
  }

  @Override
  public void established(ManagedConnection managed) {
    Connection own = told(managed, "established");
    checks.require(own.connectingTold && !own.establishedTold, own, "is established out of turn");
    own.establishedTold = true;
  }

  @Override
  public void closed(ManagedConnection managed, CloseReason reason, String detail) {
    Connection own = told(managed, "closed " + reason);
    if (world.tracing()) {
      world.note(host, "  " + reason + " " + detail);
    }
    checks.require(own.connectingTold, own, "ends before its beginning");
    // A peer may die in the middle of a message.
    boolean tooSlow = detail.contains("MESSAGE_TIMEOUT");
    checks.require(
        reason != CloseReason.BAD_INPUT || tooSlow, own, "closed over its peer's bytes: " + detail);
    own.closedTold = reason;
    checks.messages.nothingReadIsMissing(own);
    if (own.process == host.process()) {
      // The program of a process that has started again meanwhile knows nothing of it.
      Host.Program program = host.program();
      world.in(own.process, 0, () -> program.lost(managed));
    }
  }

  @Override
  public void keepAliveNegotiated(ManagedConnection managed, Duration timeout, Duration acts) {
    told(managed, "keep-alive negotiated");
  }

  @Override
  public void keepAliveSent(ManagedConnection managed) {
    Connection own = told(managed, "keep-alive sent");
    checks.require(own.answerSeen, own, "tells of a keep-alive that was not negotiated");
  }

  @Override
  public void keepAliveReceived(ManagedConnection managed) {
    told(managed, "keep-alive received");
  }

  @Override
  public void keepAliveAnswered(ManagedConnection managed) {
    told(managed, "keep-alive answered");
  }

  @Override
  public void messageRefused(ManagedConnection managed, String detail) {
    checks.require(false, checks.of(host, managed), "refuses a message of its own kind: " + detail);
  }

  @Override
  public void endpointAuthenticated(ManagedConnection managed, Endpoint endpoint) {
    Connection own = told(managed, "endpoint authenticated");
    own.authenticated.add(endpoint);
    own.authenticatedAt = world.elapsed();
  }

  @Override
  public void endpointReplaced(
      ManagedConnection older, Endpoint endpoint, ManagedConnection newer) {
    told(newer, "endpoint replaced");
  }

  @Override
  public void endpointRemoved(ManagedConnection managed, Endpoint endpoint, CloseReason why) {
    told(managed, "endpoint removed");
  }
}
