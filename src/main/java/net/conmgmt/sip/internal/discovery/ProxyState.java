package net.conmgmt.sip.internal.discovery;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.CloseReason;
import net.conmgmt.sip.ManagedConnection;
import net.conmgmt.sip.internal.time.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * The state of one domain's outbound proxy, with the data that this state needs. Not thread-safe:
 * guarded by the lock of its {@link DomainDiscovery}.
 */
sealed interface ProxyState {

  /** No discovery is under way. */
  sealed interface Settled extends ProxyState {

    /** The last discovery that connected, or null. */
    @Nullable DiscoveryResult found();
  }

  /** There is no connection; {@code found} had the last one, if there was one. */
  record Idle(@Nullable DiscoveryResult found) implements Settled {}

  /** There is a connection, which may be closed: its loss is told after its last messages. */
  final class Connected implements Settled {

    final ManagedConnection connection;
    private DiscoveryResult found;
    private Scheduler scheduler;

    /** When the first request took it, or null. */
    @Nullable Long firstUseNanos;

    /** Once the back-off knows of the loss: whether the connection lasted. Null before. */
    @Nullable Boolean lasted;

    Connected(ManagedConnection connection, DiscoveryResult found, Scheduler scheduler) {
      this.connection = connection;
      this.found = found;
      this.scheduler = scheduler;
    }

    /** Another discovery had the same result. */
    void foundAgain(DiscoveryResult again, Scheduler itsScheduler) {
      found = again;
      scheduler = itsScheduler;
    }

    @Override
    public DiscoveryResult found() {
      return found;
    }

    /** By the clock of its discovery: asking for another makes one in a stack that is stopped. */
    long nanoTime() {
      return scheduler.nanoTime();
    }
  }

  /** A discovery is under way or waits for the end of the pause; a connection may be in use. */
  final class Discovering implements ProxyState {

    final CompletableFuture<DiscoveryResult> result = new CompletableFuture<>();
    final Scheduler scheduler;

    /** What it was and is apart from this discovery. */
    Settled meanwhile;

    long startsAtNanos;
    boolean begun;

    /** Whether a request waits for it. */
    boolean wanted;

    /** Whether another one follows if it fails. */
    boolean untilConnected;

    /** The connections of the stack that have ended; perhaps its own is among them. */
    final Map<ManagedConnection, CloseReason> closed = new HashMap<>();

    Discovering(Scheduler scheduler, long startsAtNanos, Settled meanwhile) {
      this.scheduler = scheduler;
      this.startsAtNanos = startsAtNanos;
      this.meanwhile = meanwhile;
    }
  }
}
