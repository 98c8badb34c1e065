package net.conmgmt.sip.internal.keepalive;

import gov.nist.javax.sip.message.SIPMessage;
import gov.nist.javax.sip.message.SIPResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ConnectionManagementListener;
import net.conmgmt.sip.ConnectionStatus;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.KeepAliveDialect;
import net.conmgmt.sip.KeepAliveFailure;
import net.conmgmt.sip.KeepAliveGrant;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.RemainingTimes;
import net.conmgmt.sip.internal.connection.ConnectionHandler;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.connection.Rhythm;
import net.conmgmt.sip.internal.connection.SerialExecutor;
import net.conmgmt.sip.internal.connection.TransportConnection;
import net.conmgmt.sip.internal.header.MsKeepAliveHeaders;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * What the handlers of both sides share: registry, events and log, and that no Ms-Keep-Alive header
 * field leaves which this connection did not put there itself (a received one counts for one hop).
 * On its own it is the handler of a connection that the stack's role leaves alone.
 */
class BaseHandler implements ConnectionHandler {

  private static final Logger LOG = LogManager.getLogger(BaseHandler.class);

  final TransportConnection connection;
  final HandlerContext context;
  private final SerialExecutor inOrder;
  private volatile boolean begun;

  BaseHandler(HandlerContext context, TransportConnection connection, SerialExecutor inOrder) {
    this.context = context;
    this.connection = connection;
    this.inOrder = inOrder;
  }

  // What each side adds. Nothing here needs a lock of this class.

  void started() {}

  void ended(CloseReason reason) {}

  void stopTimers() {}

  void incoming(SIPMessage message) {}

  void outgoing(SIPMessage message) {}

  void sent(SIPMessage message) {}

  /** A CR LF came; {@code proof} where it can be nothing but the answer to a keep-alive. */
  void answered(boolean proof) {}

  /** This machine slept, and it is not known what became of the connection meanwhile. */
  void woken() {}

  /** How the connection stands. */
  ConnectionStatus status() {
    return statusOf(connection);
  }

  /** Nothing was negotiated, nobody registered, no timer runs. */
  static ConnectionStatus statusOf(ManagedConnection connection) {
    return statusOf(connection, List.of(), List.of(), RemainingTimes.NONE);
  }

  final ConnectionStatus status(
      List<KeepAliveGrant> grants, List<Endpoint> endpoints, RemainingTimes timers) {
    return statusOf(connection, grants, endpoints, timers);
  }

  private static ConnectionStatus statusOf(
      ManagedConnection connection,
      List<KeepAliveGrant> grants,
      List<Endpoint> endpoints,
      RemainingTimes timers) {
    String name = connection.peerName();
    return new ConnectionStatus(
        connection.id(),
        connection.side(),
        connection.transport(),
        ConnectionText.of(connection.localAddress()),
        ConnectionText.of(connection.remoteAddress()),
        name == null ? "" : name,
        grants.stream().mapToInt(KeepAliveGrant::timeoutSeconds).min().orElse(0),
        endpoints,
        timers,
        grants);
  }

  /** The application says that this endpoint has authenticated here. */
  void authenticatedAsTold(Endpoint endpoint) {
    authenticated(endpoint);
  }

  /** Another proxy holds the endpoint now. */
  void moved(Endpoint endpoint, boolean wasAuthenticated, String newerNode) {}

  void authenticated(Endpoint endpoint) {
    LOG.debug(
        "{}: {} authenticated; only connections that peers open and this stack watches use that",
        this,
        endpoint);
  }

  @Override
  public final void connecting() {
    begun = true;
    tell("connecting", l -> l.connecting(connection));
  }

  @Override
  public final void messageRefused(String detail) {
    tell("message refused", l -> l.messageRefused(connection, detail));
  }

  @Override
  public final void established() {
    context.registry().add(connection);
    tell("established", l -> l.established(connection));
    started();
  }

  @Override
  public void sendKeepAlive() throws IOException {
    throw new IllegalStateException(
        "No keep-alive is sent to "
            + this
            + ": "
            + (connection.side() == ManagedConnection.Side.CLIENT
                ? "none was negotiated"
                : "this side accepted the connection, and only the client sends keep-alives")
            + " ([MS-CONMGMT] 3.4.5.4)");
  }

  @Override
  public final void keepAliveReceived() {
    tell("keep-alive received", l -> l.keepAliveReceived(connection));
  }

  @Override
  public final void keepAliveAnswered() {
    answered(true);
    tell("keep-alive answered", l -> l.keepAliveAnswered(connection));
  }

  @Override
  public final void crLfReceived() {
    LOG.debug("{}: received CR LF that may not be the answer to a keep-alive", this);
    answered(false);
  }

  @Override
  public final void messageReceived(SIPMessage message) {
    if (message instanceof SIPResponse response) {
      context.registry().arrived(response, connection);
    }
    guarded("reading", message, this::read);
    guarded("receiving", message, this::incoming);
  }

  @Override
  public final void messageToSend(SIPMessage message) {
    guarded("preparing", message, this::strip);
    guarded("preparing", message, this::outgoing);
  }

  @Override
  public final void messageSent(SIPMessage message) {
    guarded("sending", message, this::sent);
  }

  @Override
  public final void closed(CloseReason reason, String detail) {
    stopTimers();
    ended(reason);
    context.registry().remove(connection);
    if (begun) {
      if (reason == CloseReason.CONNECT_FAILED) {
        LOG.info("{}: could not connect: {}", this, detail);
      } else if (detail.isEmpty()) {
        LOG.info("{}: closed, {}", this, reason);
      } else {
        LOG.info("{}: closed, {} {}", this, reason, detail);
      }
      context
          .registry()
          .listeners()
          .tell(this, l -> l.closed(connection, reason, detail), inOrder::executeLast);
    }
    context.whenClosed().accept(connection);
  }

  final void tell(String what, Consumer<ConnectionManagementListener> event) {
    LOG.debug("{}: {}", this, what);
    tellListeners(event);
  }

  /** The detail is put into words only if somebody reads them. */
  final void tell(String what, Object detail, Consumer<ConnectionManagementListener> event) {
    LOG.debug("{}: {} {}", this, what, detail);
    tellListeners(event);
  }

  /** The client's side: how its keep-alives are timed from now on. */
  final void tellNegotiated(KeepAliveDialect dialect, int timeoutSeconds, Rhythm rhythm) {
    long after = TimeUnit.NANOSECONDS.toSeconds(rhythm.longestNanos());
    if (rhythm.silenceNanos() > 0) {
      LOG.info(
          "{}: keep-alive negotiated ({}), T = {} s, a keep-alive after {} silent seconds",
          this,
          dialect.word(),
          timeoutSeconds,
          Math.max(1, after));
    } else {
      LOG.info(
          "{}: keep-alive negotiated ({}), a keep-alive every {} to {} s",
          this,
          dialect.word(),
          TimeUnit.NANOSECONDS.toSeconds(rhythm.leastNanos()),
          after);
    }
    tellNegotiated(dialect, timeoutSeconds, Math.max(1, after));
  }

  /** The proxy's side. */
  final void tellAnswered(KeepAliveDialect dialect, int timeoutSeconds, int givenUpAfterSeconds) {
    LOG.info(
        "{}: keep-alive negotiated ({}), T = {} s, given up after {} silent seconds",
        this,
        dialect.word(),
        timeoutSeconds,
        givenUpAfterSeconds);
    tellNegotiated(dialect, timeoutSeconds, givenUpAfterSeconds);
  }

  private void tellNegotiated(KeepAliveDialect dialect, int timeoutSeconds, long actsAfterSeconds) {
    Duration timeout = Duration.ofSeconds(timeoutSeconds);
    Duration actsAfter = Duration.ofSeconds(actsAfterSeconds);
    tellListeners(l -> l.keepAliveNegotiated(connection, dialect, timeout, actsAfter));
  }

  final void tellEnded(KeepAliveDialect dialect, String detail) {
    LOG.info("{}: keep-alive ended ({}): {}", this, dialect.word(), detail);
    tellListeners(l -> l.keepAliveEnded(connection, dialect, detail));
  }

  private void tellListeners(Consumer<ConnectionManagementListener> event) {
    context.registry().listeners().tell(this, event, inOrder);
  }

  /** A verdict that is no failure is not told. */
  final void tellFailed(
      KeepAliveDialect dialect, Verdict verdict, String detail, boolean keptAlive) {
    KeepAliveFailure reason = verdict.failure();
    if (reason == null) {
      return;
    }
    LOG.debug(
        keptAlive
            ? "{}: keep-alive not renewed ({}): {}"
            : "{}: keep-alive not negotiated ({}): {}",
        this,
        dialect.word(),
        detail);
    tellListeners(
        keptAlive
            ? l -> l.keepAliveNotRenewed(connection, dialect, reason, detail)
            : l -> l.keepAliveFailed(connection, dialect, reason, detail));
  }

  /** A header field that does not parse costs nothing but this, in every dialect and role. */
  private void read(SIPMessage message) {
    String fault = MsKeepAliveHeaders.faultIn(message);
    if (fault != null) {
      context
          .warnings()
          .warn(
              "{}: ignoring a malformed Ms-Keep-Alive header {}; the message is processed as if it were"
                  + " absent",
              this,
              fault);
    }
  }

  private void strip(SIPMessage message) {
    MsKeepAliveHeaders.removeAll(message);
  }

  /** A peer's odd message, or the RI's reading of it, must not cost the connection. */
  private void guarded(String doing, SIPMessage message, Consumer<SIPMessage> action) {
    try {
      action.accept(message);
    } catch (RuntimeException e) {
      // Not the message itself: it may hold credentials.
      LOG.error(
          "{}: keep-alive processing failed while {} a message with CSeq {}; the message is"
              + " processed without it",
          this,
          doing,
          String.valueOf(message.getCSeq()).trim(),
          e);
    }
  }

  @Override
  public final String toString() {
    return ConnectionText.of(connection, user());
  }
}
