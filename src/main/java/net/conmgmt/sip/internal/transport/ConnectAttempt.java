package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The time until a connection is open: how long each step of it may take, and who waits for its
 * outcome. Thread-safe.
 */
final class ConnectAttempt {

  private final SocketConnection connection;
  private final ConnectionContext around;

  /** None where nobody can wait, as the peer opens the connection. */
  private final @Nullable CompletableFuture<ManagedConnection> outcome;

  // Guarded by this.
  private Scheduler.@Nullable Task timer;
  private boolean ended;

  ConnectAttempt(SocketConnection connection, ConnectionContext around) {
    this.connection = connection;
    this.around = around;
    outcome = connection.side() == Side.CLIENT ? new CompletableFuture<>() : null;
  }

  /** A step begins; {@code over} is run if another does not begin, or nothing ends, in time. */
  void step(Duration patience, Runnable over) {
    synchronized (this) {
      if (ended) {
        // Where the stack has stopped, a timer would start the thread of timers anew.
        return;
      }
      if (timer != null) {
        timer.cancel();
      }
      timer =
          around
              .scheduler()
              .scheduleGivingUp(Scheduler.named(connection, over), patience.toNanos());
    }
  }

  /** The last step has ended, in whatever way. */
  synchronized void stepsEnd() {
    ended = true;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  void succeeded() {
    if (outcome != null) {
      outcome.complete(connection);
    }
  }

  /** Nothing happens where the connection was open before. */
  void failed(Supplier<IOException> cause) {
    if (outcome != null && !outcome.isDone()) {
      outcome.completeExceptionally(cause.get());
    }
  }

  /** Completes with the open connection, or with what kept it from opening. */
  CompletableFuture<ManagedConnection> outcome() {
    return outcome == null ? CompletableFuture.completedFuture(connection) : outcome;
  }

  /** Whether nobody has to wait any more, or ever had to. */
  boolean hasSucceeded() {
    return outcome == null || (outcome.isDone() && !outcome.isCompletedExceptionally());
  }

  /** Is told if the connection does not become open; on the thread that ends it. */
  void whenFailed(Consumer<IOException> told) {
    if (outcome != null) {
      CompletableFuture<Void> unused =
          outcome.handle(
              (open, failure) -> {
                if (failure instanceof IOException cause) {
                  told.accept(cause);
                }
                return null;
              });
    }
  }

  /**
   * Waits for the outcome, as long as all steps together may take.
   *
   * @throws IOException when the connection does not become open
   */
  void await() throws IOException {
    long patience =
        around.limits().connectTimeout().toMillis()
            + around.limits().handshakeTimeout().toMillis()
            + 1_000;
    try {
      outcome().get(patience, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause() == null ? "" : e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("No connection to " + connection + " within " + patience + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while connecting to " + connection, e);
    }
  }
}
