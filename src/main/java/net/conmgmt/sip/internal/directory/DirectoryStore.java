package net.conmgmt.sip.internal.directory;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * The store that several proxies share. Each call is one atomic step. The store keeps the time:
 * epochs, incarnations and leases are microseconds of its clock, so proxies need not agree on
 * theirs.
 *
 * <p>Implementations are thread-safe; no call blocks, and every future completes within a bound.
 */
public interface DirectoryStore extends AutoCloseable {

  /** What the store reports. No lock of the store is held during these calls. */
  interface Events {
    /** The store can be asked, perhaps again. Reports from the time between may be lost. */
    void connected();

    /** The store cannot be asked until {@link #connected}. */
    void disconnected(String why);

    /** Another node has claimed an endpoint that this node held. A hint only: it may get lost. */
    void displaced(Endpoint endpoint, long epoch, String node);
  }

  /** The incarnation of a node and the end of its lease, by the store's clock. */
  record Lease(long incarnation, long untilMicros) {}

  /**
   * The nodes that have a lease.
   *
   * @param incarnation that of the asking node; 0 where its lease has lapsed
   * @param takenOver whether another live incarnation of the same name was ended by this
   */
  record Nodes(long incarnation, long nowMicros, boolean takenOver, Map<String, Lease> leases) {}

  /**
   * An entry as it stands in the store.
   *
   * @param node empty where the endpoint was released and only its epoch is kept
   */
  record Held(
      Endpoint endpoint,
      long epoch,
      String node,
      long incarnation,
      String flow,
      boolean authenticated,
      long untilMicros,
      String contact) {}

  /**
   * A node enters an endpoint, or repeats that it holds it.
   *
   * @param own whether it has an epoch and only says that again, or had to wait before it could be
   *     said; otherwise the endpoint has come just now
   * @param stampMicros the epoch, or when the endpoint came, as the store's clock ran then
   * @param doubtMicros by how much the stamp of an endpoint that has come just now may be wrong: an
   *     entry that is newer by no more than that gives way to it
   * @param over the epoch of a holder that is known to be dead, or 0
   */
  record Claim(
      Endpoint endpoint,
      String node,
      long incarnation,
      String flow,
      boolean authenticated,
      String contact,
      long lifetimeMicros,
      boolean own,
      long stampMicros,
      long doubtMicros,
      long over) {}

  /** The result of a claim. */
  enum Verdict {
    /** A newer entry is there, or was. */
    NEWER,
    /** It is entered. */
    GRANTED,
    /** An endpoint that has authenticated elsewhere is not displaced by one that has not. */
    KEPT,
    /** The user has too many devices. */
    FULL
  }

  /**
   * The answer to a claim.
   *
   * @param epoch of the entry that is in force now
   * @param other the entry that was there before, of whatever node
   */
  record Answer(Verdict verdict, long epoch, long nowMicros, @Nullable Held other) {}

  /** How long the epoch of a released entry is kept, so that no older claim brings it back. */
  long GRAVE_MICROS = 600_000_000;

  /** The largest number of devices of one user. Further ones are refused. */
  int MAX_DEVICES = 128;

  /** Connects, and reconnects whenever the connection ends, until the store is closed. */
  void start(String node, Events events);

  /** Begins a new incarnation of the node; the former one ends. */
  CompletableFuture<Nodes> join(String node, long former, long leaseMicros);

  /** Prolongs the lease of an incarnation, unless it has lapsed. */
  CompletableFuture<Nodes> renew(String node, long incarnation, long leaseMicros);

  /** Ends an incarnation at once. */
  CompletableFuture<Boolean> leave(String node, long incarnation);

  /** Enters a claim, or answers why not. */
  CompletableFuture<Answer> claim(Claim claim);

  /**
   * Takes the entry out if that node and flow hold it, and, where an epoch is given, with that one.
   *
   * @param epoch 0 for any
   */
  CompletableFuture<Boolean> release(Endpoint endpoint, String node, String flow, long epoch);

  /** All entries of a user, also those whose nodes are dead. */
  CompletableFuture<List<Held>> lookup(String addressOfRecord);

  /** The secret that all nodes share. If there is none yet, it is {@code proposal} from now on. */
  CompletableFuture<String> secret(String proposal);

  /** Closes a connection that no longer answers, and makes a new one. */
  void reconnect(String why);

  @Override
  void close();
}
