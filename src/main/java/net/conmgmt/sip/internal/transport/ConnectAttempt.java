package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.io.Wire;
import net.conmgmt.sip.internal.time.Scheduler;
import net.conmgmt.sip.internal.transport.ConnectionLifecycle.State;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Takes one connection from its first use to the moment at which it is open: starts each step,
 * bounds its time, and closes the connection with the right reason where a step fails. Thread-safe.
 */
final class ConnectAttempt {

  private static final Logger LOG = LogManager.getLogger(ConnectAttempt.class);

  /** A transaction that has not begun within its own time-out (RFC 3261 section 17) will not. */
  private static final Duration UNUSED_PATIENCE = Duration.ofSeconds(32);

  private final SocketConnection connection;
  private final ConnectionLifecycle life;
  private final ConnectionEnd end;
  private final Wire wire;
  private final ConnectOutcome outcome;

  // Guarded by this.
  private Scheduler.@Nullable Task timer;
  private boolean ended;

  ConnectAttempt(
      SocketConnection connection, ConnectionLifecycle life, ConnectionEnd end, Wire wire) {
    this.connection = connection;
    this.life = life;
    this.end = end;
    this.wire = wire;
    outcome = ConnectOutcome.of(connection.side());
  }

  // --- steps ----------------------------------------------------------------------------------

  /** The first step, of either side; false where it was taken before. */
  boolean start() {
    Runnable step = connection.handler()::connecting;
    if (!life.advanceAndTell(State.IDLE, State.CONNECTING)) {
      return false;
    }
    life.tell(step);
    return true;
  }

  /** Connects if nothing did so before; completes with the outcome. */
  CompletableFuture<ManagedConnection> connect() {
    connectIfIdle();
    return outcome.future(connection);
  }

  private void connectIfIdle() {
    if (isClient() && start()) {
      limit(around().limits().connectTimeout(), this::connectTookTooLong);
      wire.connect(connection.remoteAddress(), around().listeningPoint().getAddress());
    }
  }

  /** The same, except that a hop which has just failed fails again at once. */
  void connectUnlessFailedJustNow() {
    if (life.is(State.IDLE)) {
      String against = around().recentFailures().reasonAgainst(connection.remoteAddress());
      if (against == null) {
        connectIfIdle();
      } else {
        connection.close(CloseReason.CONNECT_FAILED, against);
      }
    }
  }

  /** TCP is connected, and TLS shakes hands. */
  void securing() {
    if (life.advance(State.CONNECTING, State.SECURING)) {
      limit(around().limits().handshakeTimeout(), this::handshakeTookTooLong);
    }
  }

  /** The connection is ready for SIP. */
  void connected() {
    Runnable step = this::established;
    if (life.advanceAndTell(State.CONNECTING, State.OPEN)
        || life.advanceAndTell(State.SECURING, State.OPEN)) {
      life.tell(step);
      warnOfChangedAddress();
      outcome.succeeded(connection);
    }
  }

  private void established() {
    end();
    if (isClient()) {
      around().recentFailures().succeeded(connection.remoteAddress());
    }
    connection.handler().established();
  }

  /** The application alone can do something about it: Contact and Via are its own. */
  private void warnOfChangedAddress() {
    InetAddress listening = around().listeningPoint().getAddress();
    InetAddress own = connection.localAddress().getAddress();
    if (isClient() && !listening.isAnyLocalAddress() && !listening.equals(own)) {
      around()
          .warnings()
          .warn(
              "{} leaves from {}, because this machine has no longer the address {} of its"
                  + " listening point. Contact and Via still name the old address: create a listening"
                  + " point on a present address and register again",
              connection,
              own.getHostAddress(),
              ConnectionText.of(around().listeningPoint()));
    }
  }

  private ConnectionContext around() {
    return connection.around();
  }

  private boolean isClient() {
    return connection.side() == Side.CLIENT;
  }

  // --- time limits ----------------------------------------------------------------------------

  /** A step begins; {@code over} runs if no other step begins, and nothing ends, in time. */
  private void limit(Duration patience, Runnable over) {
    synchronized (this) {
      if (ended) {
        // Where the stack has stopped, a timer would start the thread of timers anew.
        return;
      }
      if (timer != null) {
        timer.cancel();
      }
      timer =
          around()
              .scheduler()
              .scheduleGivingUp(Scheduler.named(connection, over), patience.toNanos());
    }
  }

  /** The last step has ended, in whatever way. */
  synchronized void end() {
    ended = true;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /** Closes the connection if nothing is sent on it: the transaction that it is for never began. */
  void closeIfUnused() {
    limit(UNUSED_PATIENCE, () -> connection.closeUnused("nothing was sent on it"));
  }

  private void connectTookTooLong() {
    if (life.is(State.CONNECTING)) {
      around().recentFailures().tookTooLong(connection.remoteAddress());
      connection.close(
          CloseReason.CONNECT_FAILED,
          "no answer within "
              + around().limits().connectTimeout().toSeconds()
              + " s (CONNECT_TIMEOUT)");
    }
  }

  private void handshakeTookTooLong() {
    if (life.is(State.SECURING)) {
      if (isClient()) {
        around().recentFailures().tookTooLong(connection.remoteAddress());
      }
      tlsFailed(
          "the TLS handshake was not done within "
              + around().limits().handshakeTimeout().toSeconds()
              + " s (TLS_HANDSHAKE_TIMEOUT)");
    }
  }

  // --- failures -------------------------------------------------------------------------------

  /** Whether the failure kept the connection from opening, which it then ends. */
  boolean endsBy(IOException cause) {
    String detail = String.valueOf(cause.getMessage());
    State now = life.state();
    if (now == State.IDLE || now == State.CONNECTING) {
      end.causedBy(cause);
      connection.close(CloseReason.CONNECT_FAILED, detail);
      return true;
    }
    // A server of TLS 1.3 refuses the client's certificate after the client is done.
    boolean refusedLate =
        now == State.OPEN
            && cause instanceof SSLException
            && isClient()
            && !connection.hasAnswered();
    if (now == State.SECURING || refusedLate) {
      end.causedBy(cause);
      tlsFailed(detail);
      return true;
    }
    return false;
  }

  private void tlsFailed(String failure) {
    TlsContexts contexts = around().tls();
    String detail = contexts == null || isClient() ? failure : contexts.explained(failure);
    around().warnings().warn("TLS with {} failed: {}", connection, detail);
    connection.close(CloseReason.TLS_FAILED, detail);
  }

  /** The connection is closed. */
  void closed() {
    outcome.failed(end::failure);
  }

  // --- for those who use the connection before it is open --------------------------------------

  /** Calls {@code told} if the connection never opens, so that all that was written is lost. */
  void whenLost(Consumer<IOException> told) {
    outcome.whenFailed(told);
  }

  /** Waits until the connection is open, and connects if nothing did so before. */
  void awaitOpen() throws IOException {
    if (!outcome.hasSucceeded()) {
      connectUnlessFailedJustNow();
      outcome.await(connection, around().limits());
    }
  }

  /** The local address of the connection; waits until that is open, and opens it if need be. */
  InetSocketAddress awaitLocalAddress() throws IOException {
    awaitOpen();
    if (!connection.isOpen()) {
      throw end.notOpen();
    }
    return connection.localAddress();
  }

  /** The TLS session, or null; waits for it where the connection has just begun to open. */
  @Nullable SSLSession awaitTlsSession() {
    State now = life.state();
    if (now == State.CONNECTING || now == State.SECURING) {
      try {
        awaitOpen();
      } catch (IOException e) {
        LOG.debug("{}: there is no TLS session, as it did not open", connection, e);
      }
    }
    return connection.tlsSession().orElse(null);
  }
}
