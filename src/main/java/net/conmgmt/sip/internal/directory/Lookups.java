package net.conmgmt.sip.internal.directory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import net.conmgmt.sip.directory.DirectoryEntry;
import net.conmgmt.sip.internal.time.Scheduler;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Finds the entries of a user: those that the store has of live nodes, and those of this node,
 * which may not have reached the store yet. Thread-safe.
 */
final class Lookups {

  private static final Logger LOG = LogManager.getLogger(Lookups.class);

  private final DirectoryStore store;
  private final Scheduler scheduler;
  private final NodeLease lease;
  private final Silence silence;
  private final String node;
  private final Function<String, List<DirectoryEntry>> held;

  /**
   * The look-ups of one node.
   *
   * @param held what this node itself holds of a user
   */
  Lookups(
      DirectoryStore store,
      Scheduler scheduler,
      NodeLease lease,
      Silence silence,
      String node,
      Function<String, List<DirectoryEntry>> held) {
    this.store = store;
    this.scheduler = scheduler;
    this.lease = lease;
    this.silence = silence;
    this.node = node;
    this.held = held;
  }

  /** The live entries, newest first. If the store does not answer, our own entries. */
  CompletableFuture<List<DirectoryEntry>> of(String addressOfRecord) {
    long now = scheduler.nanoTime();
    if (!lease.isConnected() || silence.reigns(now)) {
      return CompletableFuture.completedFuture(held.apply(addressOfRecord));
    }
    silence.asked(now);
    return store
        .lookup(addressOfRecord)
        .thenCompose(this::withNodes)
        .handle(
            (found, failure) -> {
              if (failure != null) {
                LOG.debug("The look-up of {} was not answered", addressOfRecord, failure);
                return held.apply(addressOfRecord);
              }
              return merged(found, held.apply(addressOfRecord));
            });
  }

  /** If an entry is of a node that we do not know yet, asks for the nodes first. */
  private CompletableFuture<List<DirectoryStore.Held>> withNodes(List<DirectoryStore.Held> found) {
    silence.answered();
    return found.stream().anyMatch(entry -> !lease.isLive(entry) && lease.isNews(entry))
        ? lease.refresh().thenApply(done -> found)
        : CompletableFuture.completedFuture(found);
  }

  private List<DirectoryEntry> merged(List<DirectoryStore.Held> found, List<DirectoryEntry> ours) {
    long now = lease.micros(scheduler.nanoTime());
    List<DirectoryEntry> entries = new ArrayList<>();
    for (DirectoryStore.Held other : found) {
      if (!other.node().equals(node)
          && lease.isLive(other)
          && ours.stream().noneMatch(our -> outdoes(our, other))) {
        entries.add(entryOf(other, other.untilMicros() > now ? other.contact() : ""));
      }
    }
    for (DirectoryEntry our : ours) {
      if (entries.stream().noneMatch(entry -> entry.endpoint().equals(our.endpoint()))) {
        entries.add(our);
      }
    }
    entries.sort(Comparator.comparingLong(Lookups::orderOf).reversed());
    return List.copyOf(entries);
  }

  private static boolean outdoes(DirectoryEntry our, DirectoryStore.Held other) {
    return our.endpoint().equals(other.endpoint()) && orderOf(our) >= other.epoch();
  }

  /** An entry that is not confirmed yet has just been made. */
  private static long orderOf(DirectoryEntry entry) {
    return entry.epoch() == 0 ? Long.MAX_VALUE : entry.epoch();
  }

  static DirectoryEntry entryOf(DirectoryStore.Held held) {
    return entryOf(held, held.contact());
  }

  /** The registration of an entry may have ended. */
  private static DirectoryEntry entryOf(DirectoryStore.Held held, String contact) {
    return new DirectoryEntry(
        held.endpoint(), held.epoch(), held.node(), held.flow(), contact, held.authenticated());
  }
}
