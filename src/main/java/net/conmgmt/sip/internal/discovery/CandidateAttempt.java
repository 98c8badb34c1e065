package net.conmgmt.sip.internal.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.discovery.Candidate;
import net.conmgmt.sip.discovery.DiscoveryReport.Attempt.Outcome;
import net.conmgmt.sip.internal.connection.ConnectFailedException;
import net.conmgmt.sip.internal.connection.ConnectionTarget;
import net.conmgmt.sip.internal.connection.ConnectionText;
import net.conmgmt.sip.internal.connection.Provisional;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Tries one entry ([MS-CONMGMT] 3.1.5): looks its addresses up anew and then connects them in
 * sequence. Addresses that failed a short time ago wait for a second turn of the entry, which tries
 * only those. Confined to the scheduler's thread.
 */
final class CandidateAttempt {

  /** Longer than nearly every round trip, and shorter than a user's patience. */
  private static final long VERDICT_NANOS = 1_000_000_000L;

  /**
   * How the entry ended.
   *
   * @param connection the connection, or null
   * @param address what was connected, or empty
   * @param failure what failed, or null
   * @param refused whether the last failure forbids to go on with other entries
   * @param postponed whether the entry needs a second turn
   */
  record End(
      @Nullable ManagedConnection connection,
      String address,
      @Nullable MostTelling failure,
      boolean refused,
      boolean postponed) {}

  private final Candidate candidate;
  private final DiscoveryContext context;
  private final Scheduler scheduler;
  private final DiscoveryRecorder recorder;
  private final Set<FailedRoutes.Route> late;
  private final boolean secondTurn;
  private final Consumer<End> done;
  private final Deque<InetSocketAddress> addresses = new ArrayDeque<>();
  private @Nullable MostTelling failure;
  private boolean postponed;

  /**
   * One turn of an entry.
   *
   * @param late the addresses that have to wait for the second turn
   */
  CandidateAttempt(
      Candidate candidate,
      DiscoveryContext context,
      DiscoveryRecorder recorder,
      Set<FailedRoutes.Route> late,
      boolean secondTurn,
      Consumer<End> done) {
    this.candidate = candidate;
    this.context = context;
    this.recorder = recorder;
    this.late = late;
    this.secondTurn = secondTurn;
    this.done = done;
    scheduler = context.scheduler();
  }

  /** Begins. Call once; {@code done} is called once. */
  void start() {
    recorder.candidate(candidate);
    long startMillis = recorder.millis();
    if (!context.connector().supports(candidate.transport())) {
      String why = "skipped, because the stack has no listening point for " + candidate.transport();
      recorder.attempt(candidate, "", Outcome.SKIPPED, why, startMillis);
      failed(Outcome.SKIPPED, new IOException(candidate + ": " + why));
      next();
      return;
    }
    CompletableFuture<?> unused =
        context
            .dns()
            .addresses(candidate.host())
            .whenComplete(
                (answer, failure) ->
                    scheduler.schedule(
                        () ->
                            found(
                                answer != null ? answer : DnsAnswer.failed(String.valueOf(failure)),
                                startMillis),
                        0));
  }

  private void found(DnsAnswer<InetAddress> answer, long startMillis) {
    if (answer.records().isEmpty()) {
      String why = "address look-up failed: " + answer.detail();
      recorder.attempt(candidate, "", Outcome.LOOKUP_FAILED, why, startMillis);
      failed(Outcome.LOOKUP_FAILED, new UnknownHostException(candidate + ": " + why));
    }
    for (InetAddress address : answer.records()) {
      InetSocketAddress socketAddress = new InetSocketAddress(named(address), candidate.port());
      if (late.contains(route(socketAddress)) == secondTurn) {
        addresses.add(socketAddress);
      } else if (!secondTurn) {
        postponed = true;
        String why = "failed a short time ago, so the others come first";
        recorder.attempt(
            candidate, ConnectionText.of(socketAddress), Outcome.POSTPONED, why, startMillis);
      }
    }
    next();
  }

  private FailedRoutes.Route route(InetSocketAddress address) {
    return new FailedRoutes.Route(address, candidate.transport());
  }

  /** The address under the entry's own name, so that nothing asks for its name backwards. */
  private InetAddress named(InetAddress address) {
    try {
      return InetAddress.getByAddress(candidate.host(), address.getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("An address of an impossible length: " + address, e);
    }
  }

  private void next() {
    InetSocketAddress address = addresses.poll();
    if (address == null) {
      done.accept(new End(null, "", failure, false, postponed));
      return;
    }
    long startMillis = recorder.millis();
    AtomicBoolean ended = new AtomicBoolean();
    // The connector keeps the time-outs of TCP and of TLS; this one is for a connector that hangs.
    Duration longest = context.connectTimeout().multipliedBy(2);
    Scheduler.Task timer =
        scheduler.schedule(
            () -> {
              if (ended.compareAndSet(false, true)) {
                connectFailed(
                    address,
                    new SocketTimeoutException(
                        "not connected within " + longest.toSeconds() + " s"),
                    startMillis);
              }
            },
            longest.toNanos());
    CompletableFuture<?> unused =
        connect(address)
            .whenComplete(
                (connection, failure) ->
                    scheduler.schedule(
                        () -> {
                          timer.cancel();
                          if (ended.compareAndSet(false, true)) {
                            awaitVerdict(address, connection, failure, startMillis);
                          } else if (connection != null) {
                            connection.close("connected after discovery moved on");
                          }
                        },
                        0));
  }

  /** A server that may still refuse is waited for, but not for long: not each says that it does. */
  private void awaitVerdict(
      InetSocketAddress address,
      @Nullable ManagedConnection connection,
      @Nullable Throwable failure,
      long startMillis) {
    if (!(connection instanceof Provisional provisional) || isTaken(provisional)) {
      ended(address, connection, failure, startMillis);
      return;
    }
    AtomicBoolean ended = new AtomicBoolean();
    Scheduler.Task timer =
        scheduler.schedule(
            () -> {
              if (ended.compareAndSet(false, true)) {
                ended(address, connection, null, startMillis);
              }
            },
            VERDICT_NANOS);
    CompletableFuture<?> unused =
        provisional
            .verdict()
            .whenComplete(
                (taken, refusal) ->
                    scheduler.schedule(
                        () -> {
                          timer.cancel();
                          if (ended.compareAndSet(false, true)) {
                            ended(
                                address, refusal == null ? connection : null, refusal, startMillis);
                          }
                        },
                        0));
  }

  private static boolean isTaken(Provisional connection) {
    CompletableFuture<?> verdict = connection.verdict();
    return verdict.isDone() && !verdict.isCompletedExceptionally();
  }

  private CompletableFuture<ManagedConnection> connect(InetSocketAddress address) {
    try {
      return context
          .connector()
          .connect(new ConnectionTarget(address, candidate.transport(), candidate.host()));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void ended(
      InetSocketAddress address,
      @Nullable ManagedConnection connection,
      @Nullable Throwable failure,
      long startMillis) {
    if (connection == null) {
      connectFailed(address, causeOf(failure), startMillis);
      return;
    }
    context.routes().connected(route(address));
    recorder.attempt(candidate, ConnectionText.of(address), Outcome.CONNECTED, "", startMillis);
    String where = ConnectionText.of(address) + "/" + candidate.transport();
    done.accept(new End(connection, where, this.failure, false, false));
  }

  private void connectFailed(InetSocketAddress address, Throwable cause, long startMillis) {
    // An SSLException is an IOException too, yet the peer was reached and must not be passed over.
    if (cause instanceof IOException && !(cause instanceof SSLException)) {
      if (!(cause instanceof ConnectFailedException failed && failed.isOfThisMachine())) {
        context.routes().failed(route(address), scheduler.nanoTime());
      }
      failed(Outcome.CONNECT_FAILED, cause);
      String why = "TCP connect failed: " + wordsOf(cause);
      recorder.attempt(
          candidate, ConnectionText.of(address), Outcome.CONNECT_FAILED, why, startMillis);
      next();
    } else {
      failed(Outcome.REFUSED, cause);
      String why = "reached, but TLS failed: " + wordsOf(cause);
      recorder.attempt(candidate, ConnectionText.of(address), Outcome.REFUSED, why, startMillis);
      done.accept(new End(null, ConnectionText.of(address), failure, true, false));
    }
  }

  private void failed(Outcome outcome, Throwable cause) {
    MostTelling told = new MostTelling(candidate, outcome, cause);
    failure = failure == null ? told : failure.or(told);
  }

  private static Throwable causeOf(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause != null
        ? cause
        : new IllegalStateException("the attempt ended without a connection and without an error");
  }

  private static String wordsOf(Throwable failure) {
    if (failure instanceof ConnectFailedException failed) {
      // The peer is named beside it.
      return failed.detail();
    }
    String message = failure.getMessage();
    return message != null && failure instanceof IOException ? message : failure.toString();
  }
}
