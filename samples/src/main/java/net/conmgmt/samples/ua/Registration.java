package net.conmgmt.samples.ua;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import javax.sip.header.ContactHeader;
import javax.sip.header.RequireHeader;
import javax.sip.message.Request;
import javax.sip.message.Response;
import net.conmgmt.samples.sip.Aor;
import net.conmgmt.samples.sip.Failures;
import net.conmgmt.samples.sip.Names;
import net.conmgmt.samples.sip.Sip;
import net.conmgmt.sip.FlowRecovery;
import net.conmgmt.sip.ManagedConnection;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One registration: made, refreshed at half of its time, made again when its connection is lost,
 * taken back (RFC 3261 section 10.2). All its work is done by one executor thread, which also is
 * the only one to touch its state.
 */
final class Registration {

  /** So many connections may be lost before the first registration counts as failed. */
  private static final int MOST_FIRST_LOSSES = 3;

  private static final Logger LOG = LogManager.getLogger(Registration.class);

  private static final long FIRST_RETRY_MILLIS = 500;
  private static final long LONGEST_RETRY_MILLIS = 30_000;

  /** What it needs from the user agent. */
  interface Agent {
    CompletableFuture<Response> send(Request request);

    @Nullable ManagedConnection connectionOf(Response response);

    void event(String name, Object... details);
  }

  private final ScheduledExecutorService executor;
  private final RandomGenerator random;
  private final Agent agent;
  private final UaRequests requests;
  private final RegisterExchange exchange;
  private final boolean stackReconnects;
  private final String aor;
  private final Consumer<String> console;
  private final CompletableFuture<Void> first = new CompletableFuture<>();

  private boolean registered;
  private boolean busy;
  private boolean ending;
  private int failures;
  private boolean outbound;
  private boolean worked;
  private Duration retryAfter = Duration.ZERO;
  private @Nullable ManagedConnection connection;
  private @Nullable ScheduledFuture<?> next;
  private volatile @Nullable String lastFailure;

  /**
   * @param stackReconnects whether the stack discovers its proxy, so that it keeps the times of SIP
   *     outbound by itself
   */
  Registration(
      ScheduledExecutorService executor,
      RandomGenerator random,
      Agent agent,
      UaRequests requests,
      DigestClient digest,
      String aor,
      int expiresSeconds,
      boolean stackReconnects,
      Consumer<String> console) {
    this.executor = executor;
    this.random = random;
    this.agent = agent;
    this.requests = requests;
    exchange = new RegisterExchange(executor, agent::send, requests, digest, expiresSeconds);
    this.aor = aor;
    this.stackReconnects = stackReconnects;
    this.console = console;
  }

  /** Begins; completes with the outcome of the first registration. */
  CompletableFuture<Void> begin() {
    executor.execute(this::registerNow);
    return first;
  }

  /** Why the last attempt failed, or null when it did not. */
  @Nullable String lastFailure() {
    return lastFailure;
  }

  private void registerNow() {
    if (!busy && !ending) {
      busy = true;
      logIfBroken(
          exchange
              .bind()
              .handleAsync(
                  (response, failure) -> {
                    busy = false;
                    if (failure == null) {
                      succeeded(response);
                    } else {
                      retryAfter = retryAfter(failure);
                      failed(Failures.explanation(failure), isLoss(failure));
                    }
                    return response;
                  },
                  executor),
          first);
    }
  }

  private void succeeded(Response response) {
    boolean refresh = registered;
    registered = true;
    failures = 0;
    retryAfter = Duration.ZERO;
    outbound =
        Sip.headers(response, RequireHeader.NAME, RequireHeader.class).stream()
            .anyMatch(tag -> "outbound".equalsIgnoreCase(tag.getOptionTag()));
    lastFailure = null;
    connection = agent.connectionOf(response);
    int granted = grantedSeconds(response);
    agent.event(
        "registered",
        "aor",
        aor,
        "contact",
        requests.contactAddress(),
        "expires",
        granted,
        "refresh",
        refresh,
        "remote",
        where());
    if (!refresh) {
      console.accept("registered " + aor + " at " + where() + " for " + granted + " s");
    }
    scheduleNext(Math.max(1_000, granted * 500L));
    first.complete(null);
    ManagedConnection known = connection;
    if (known != null && !known.isOpen()) {
      // Its end may have been told before it was known here whose end that is.
      lost("the connection of the registration has ended");
    }
  }

  private String where() {
    ManagedConnection known = connection;
    return known == null
        ? "the outbound proxy"
        : Names.of(known.remoteAddress()) + "/" + known.transport();
  }

  /** What the registrar granted to our contact, else to the request. */
  private int grantedSeconds(Response response) {
    for (ContactHeader contact : Sip.headers(response, ContactHeader.NAME, ContactHeader.class)) {
      String key = Aor.contactKey(contact.getAddress().getURI());
      if (key != null && key.equals(requests.contactKey()) && contact.getExpires() > 0) {
        return contact.getExpires();
      }
    }
    int all = Sip.expires(response);
    return all > 0 ? all : exchange.expiresSeconds();
  }

  /** The end of a connection may overtake the answer on it, so one loss decides nothing. */
  private static boolean isLoss(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UaTransactions.ConnectionLostException) {
        return true;
      }
    }
    return false;
  }

  private void failed(String why, boolean connectionLost) {
    lastFailure = why;
    if (!first.isDone() && (!connectionLost || failures >= MOST_FIRST_LOSSES)) {
      first.completeExceptionally(new IllegalStateException(why));
      return;
    }
    if (ending) {
      return;
    }
    registered = false;
    long delay = retryMillis();
    console.accept("registering failed (" + why + "), again in " + delay + " ms");
    scheduleNext(delay);
  }

  /** Doubles from one attempt to the next, and differs between clients that fail together. */
  private long retryMillis() {
    if (outbound && !worked && !stackReconnects) {
      failures++;
      // This user agent has one flow, so all have failed.
      return FlowRecovery.delay(failures, true, retryAfter, random).toMillis();
    }
    worked = false;
    long full = Math.min(LONGEST_RETRY_MILLIS, FIRST_RETRY_MILLIS << Math.min(failures, 10));
    failures++;
    return Math.max(retryAfter.toMillis(), full / 2 + random.nextLong(full / 2 + 1));
  }

  private static Duration retryAfter(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof RegisterExchange.RefusedException refused) {
        return refused.retryAfter();
      }
    }
    return Duration.ZERO;
  }

  private void scheduleNext(long delayMillis) {
    ScheduledFuture<?> old = next;
    if (old != null) {
      old.cancel(false);
    }
    if (!ending) {
      next = executor.schedule(this::registerNow, delayMillis, TimeUnit.MILLISECONDS);
    }
  }

  /** A connection has ended; from any thread. */
  void connectionClosed(ManagedConnection closed, String why) {
    executor.execute(
        () -> {
          if (closed.equals(connection) && !ending) {
            lost(why);
          }
        });
  }

  /** The flow of this registration has worked (RFC 5626 section 4.5); from any thread. */
  void keepAliveAnswered(ManagedConnection on) {
    executor.execute(() -> worked |= on.equals(connection));
  }

  private void lost(String why) {
    connection = null;
    if (registered) {
      registered = false;
      agent.event("unregistered", "aor", aor, "contact", requests.contactAddress(), "reason", why);
    }
    lastFailure = "the connection was lost: " + why;
    long delay = retryMillis();
    console.accept("connection lost (" + why + "), registering again in " + delay + " ms");
    scheduleNext(delay);
  }

  /**
   * Takes the registration back on its own connection and closes that; completes in any case. From
   * any thread, once.
   */
  CompletableFuture<Void> end() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    executor.execute(() -> endNow(done));
    return done;
  }

  private void endNow(CompletableFuture<Void> done) {
    ending = true;
    ScheduledFuture<?> old = next;
    if (old != null) {
      old.cancel(false);
    }
    ManagedConnection known = connection;
    boolean possible = registered && (known == null || known.isOpen());
    CompletableFuture<Response> last =
        possible
            ? exchange.remove()
            : RegisterExchange.failure("there is no registration to remove");
    logIfBroken(
        last.whenCompleteAsync(
            (response, failure) -> {
              if (failure == null) {
                agent.event(
                    "unregistered",
                    "aor",
                    aor,
                    "contact",
                    requests.contactAddress(),
                    "reason",
                    "the user agent ends");
                console.accept("unregistered " + aor);
              } else {
                LOG.info("De-registering {}: {}", aor, Failures.explanation(failure));
              }
              registered = false;
              if (known != null) {
                known.close("the user agent ends");
              }
              done.complete(null);
            },
            executor),
        done);
  }

  /** A failed attempt is dealt with where it fails; what remains is a fault of this class. */
  private static void logIfBroken(
      CompletableFuture<Response> work, CompletableFuture<Void> outcome) {
    var unused =
        work.exceptionally(
            failure -> {
              if (!outcome.isDone()) {
                LOG.error("Handling a response failed", failure);
                outcome.completeExceptionally(failure);
              }
              return null;
            });
  }
}
