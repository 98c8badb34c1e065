package net.conmgmt.sip.internal.transport;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.ManagedConnection.Side;
import net.conmgmt.sip.internal.time.Failures;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells those who want to use a connection whether it became open. Nobody can wait for one that the
 * peer opens. Thread-safe.
 */
final class ConnectOutcome {

  private static final Logger LOG = LogManager.getLogger(ConnectOutcome.class);
  private static final ConnectOutcome OF_ACCEPTED = new ConnectOutcome(null);

  private final @Nullable CompletableFuture<ManagedConnection> outcome;

  private ConnectOutcome(@Nullable CompletableFuture<ManagedConnection> outcome) {
    this.outcome = outcome;
  }

  /** That of a connection of this side. */
  static ConnectOutcome of(Side side) {
    return side == Side.CLIENT ? new ConnectOutcome(new CompletableFuture<>()) : OF_ACCEPTED;
  }

  void succeeded(SocketConnection connection) {
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
  CompletableFuture<ManagedConnection> future(SocketConnection connection) {
    return outcome == null ? CompletableFuture.completedFuture(connection) : outcome;
  }

  /** Whether there is nothing to wait for any more, or never was. */
  boolean hasSucceeded() {
    return outcome == null || (outcome.isDone() && !outcome.isCompletedExceptionally());
  }

  /** Calls {@code told} if the connection does not become open, on the thread that ends it. */
  void whenFailed(Consumer<IOException> told) {
    if (outcome != null) {
      CompletableFuture<Void> unused =
          outcome.handle(
              (open, failure) -> {
                if (failure instanceof IOException cause) {
                  tell(told, cause);
                }
                return null;
              });
    }
  }

  private void tell(Consumer<IOException> told, IOException cause) {
    try {
      told.accept(cause);
    } catch (RuntimeException | Error e) {
      // A future would keep it to itself.
      Failures.log(LOG, String.valueOf(cause.getMessage()), e);
    }
  }

  /**
   * Waits for the outcome, as long as all steps together may take.
   *
   * @throws IOException when the connection does not become open
   */
  void await(SocketConnection connection, TransportLimits limits) throws IOException {
    long patience =
        limits.connectTimeout().toMillis() + limits.handshakeTimeout().toMillis() + 1_000;
    try {
      future(connection).get(patience, TimeUnit.MILLISECONDS);
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
