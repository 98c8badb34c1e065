package net.conmgmt.sip.simulation;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;

/** The properties of messages: each arrives once, whole and in order, and before the end. */
final class MessageChecks {

  private final Checks checks;
  private final World world;
  private final Set<Long> adrift = new HashSet<>();

  MessageChecks(Checks checks, World world) {
    this.checks = checks;
    this.world = world;
  }

  /** An application is about to send; gives what to say if that throws. */
  Connection.Message sends(Host host, ManagedConnection managed, SIPMessage message) {
    Connection.Message sent = new Connection.Message(Messages.idOf(message));
    Connection own = checks.of(host, managed);
    if (message instanceof SIPResponse response && response.getStatusCode() / 100 == 2) {
      own.succeededAt = world.elapsed();
    }
    if (own.connectingTold && !managed.isOpen()) {
      adrift.add(sent.id);
    } else {
      own.sent.add(sent);
    }
    return sent;
  }

  /** An application has got a message. */
  void received(Host host, ManagedConnection managed, SIPMessage message) {
    Connection own = checks.of(host, managed);
    long id = Messages.idOf(message);
    if (world.tracing()) {
      world.note(
          host, "gets message " + id + " on " + managed + ": " + message.getFirstLine().trim());
    }
    world.coverage.count("message: received");
    checks.require(own.closedTold == null, own, "gets message " + id + " after the end was told");
    String fault = Messages.faultOf(message);
    checks.require(fault == null, own, "message " + id + " " + fault);
    if (message instanceof SIPResponse response && carriesAnswer(response)) {
      own.answerSeen = true;
    }
    inTurn(own, id);
  }

  /** Whether a keep-alive may follow this response ([MS-CONMGMT] 3.4.5.3, RFC 6223, RFC 5626). */
  private static boolean carriesAnswer(SIPResponse response) {
    int status = response.getStatusCode();
    String keep = response.getTopmostVia().getParameter("keep");
    if (status < 300 && keep != null && !keep.isEmpty()) {
      return true;
    }
    return status / 100 == 2
        && (response.getHeader("Ms-Keep-Alive") != null
            || response.getHeader("Flow-Timer") != null);
  }

  /** Each message comes once, after all that were sent before it. */
  private void inTurn(Connection own, long id) {
    SimulatedSocket socket = checks.socketOf(own);
    SimulatedSocket peer = socket == null ? null : socket.peer();
    Connection other = peer == null ? null : peer.connection;
    // A step of the other side may stand still before it tells of its connection.
    if (peer == null || (other == null && !peer.log.isClear())) {
      checks.require(false, own, "gets message " + id + ", which nobody has sent on it");
      return;
    }
    long expected = -1;
    if (peer.log.isClear()) {
      List<WireLog.Sent> sent = peer.log.messages();
      expected = own.received < sent.size() ? sent.get(own.received).id() : -1;
      if (expected != id && Interleaving.isOn()) {
        // The step of a message that takes long is overtaken by those of other calls.
        boolean waits =
            sent.subList(own.received, sent.size()).stream().anyMatch(m -> m.id() == id);
        checks.require(waits && own.early.add(id), own, "gets message " + id + " again");
        return;
      }
      while (own.received + 1 < sent.size() && own.early.remove(sent.get(own.received + 1).id())) {
        own.received++;
      }
    } else if (adrift.remove(id)) {
      // Its sender's connection had ended, and another one has taken it.
      return;
    } else if (other != null) {
      List<Connection.Message> sent = other.sent;
      while (own.received < sent.size()
          && sent.get(own.received).failed
          && sent.get(own.received).id != id) {
        own.received++;
      }
      expected = own.received < sent.size() ? sent.get(own.received).id : -1;
    }
    checks.require(
        expected == id,
        own,
        "gets message " + id + ", and the next one of its peer is " + expected);
    own.received++;
  }

  /** Of a connection that has ended: all whose last byte was read were given to the application. */
  void nothingReadIsMissing(Connection own) {
    SimulatedSocket socket = checks.socketOf(own);
    SimulatedSocket peer = socket == null ? null : socket.peer();
    if (socket == null || peer == null || own.closedTold == CloseReason.SHUTDOWN) {
      return;
    }
    if (Interleaving.isOn() && own.closedTold != CloseReason.PEER_CLOSED) {
      // This side may end a connection while a step that cuts messages out of bytes stands still.
      return;
    }
    List<WireLog.Sent> sent = peer.log.messages();
    int whole = 0;
    while (whole < sent.size() && sent.get(whole).end() <= socket.log.read()) {
      whole++;
    }
    checks.require(
        !peer.log.isClear() || own.received + own.early.size() >= whole,
        own,
        "was given " + own.received + " of the " + whole + " messages that it read before its end");
  }

  /**
   * Where both ends stopped in peace, all that was written has arrived; where one did not, the
   * sender has heard of the end, which is told of every connection.
   */
  void notArrivedIsNotSilent(Connection own) {
    SimulatedSocket socket = checks.socketOf(own);
    SimulatedSocket peer = socket == null ? null : socket.peer();
    if (socket == null || peer == null || own.closedTold != CloseReason.PEER_CLOSED) {
      return;
    }
    checks.require(
        !peer.log.isClear() || peer.leftUnsent || own.received == peer.log.messages().size(),
        own,
        "was given "
            + own.received
            + " of "
            + peer.log.messages().size()
            + " messages, though its peer has closed in peace");
  }
}
