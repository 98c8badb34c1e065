package net.conmgmt.sip.directory;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import net.conmgmt.sip.Endpoint;
import net.conmgmt.sip.ManagedConnection;

/**
 * Says which proxy and which connection holds an endpoint, and sees to it that only one does across
 * all proxies that share the directory ([MS-CONMGMT] 3.5.5). By default it is in memory and knows
 * the endpoints of its own stack; with the stack property {@code ENDPOINT_DIRECTORY} it is shared
 * through Redis or Valkey.
 *
 * <p>The library claims and releases by itself what registers and authenticates on the connections
 * that it accepted. An application calls {@link #claim} only to say what the library cannot know.
 *
 * <p>Thread-safe; nothing blocks. Every future completes within the bound that the property {@code
 * DIRECTORY_TIMEOUT} sets, on a thread of the directory: continue elsewhere with what may block.
 */
public interface EndpointDirectory {

  /**
   * What became of a claim.
   *
   * @param granted whether this proxy holds the endpoint now
   * @param epoch the epoch of the entry that is in force
   * @param displaced the holder that had to make way, if it was another one
   */
  record Claimed(boolean granted, long epoch, Optional<DirectoryEntry> displaced) {}

  /** Hears what others bring about. Called on a thread of the directory: return at once. */
  interface Listener {
    /**
     * Another proxy holds an endpoint that this proxy held, or had claimed in vain. The library has
     * already closed the connection if the endpoint had authenticated on it.
     */
    default void displaced(DirectoryEntry lost, String newerNode) {}

    /** The other proxies no longer count on this one: what it holds is hidden from them. */
    default void leaseLost() {}

    /** This proxy has a lease; what it holds is entered again, at the configured pace. */
    default void leaseGained() {}
  }

  /**
   * Enters {@code connection} of this proxy as the holder of {@code endpoint}. Fails with an {@link
   * java.util.concurrent.TimeoutException} when the directory did not answer in time; the claim is
   * kept and said when it can be.
   *
   * @param contact the Contact URI under which the endpoint is reached; may be empty
   * @param lifetime how long the entry stays unless it is claimed again
   */
  CompletableFuture<Claimed> claim(
      Endpoint endpoint, ManagedConnection connection, String contact, Duration lifetime);

  /** Takes {@code connection} out as the holder; has no effect where another one holds it. */
  CompletableFuture<Boolean> release(Endpoint endpoint, ManagedConnection connection);

  /**
   * The endpoints of a user that any live proxy holds. While the directory cannot be asked, those
   * that this proxy itself holds.
   *
   * @param addressOfRecord for example {@code sip:alice@contoso.com}
   */
  CompletableFuture<List<DirectoryEntry>> lookup(String addressOfRecord);

  /**
   * Takes out exactly this entry, because its holder has answered that the flow is gone (430). A
   * newer entry of the endpoint stays.
   */
  CompletableFuture<Boolean> forget(DirectoryEntry entry);

  /** How the directory stands. */
  DirectoryStatus status();

  /** Adds a listener. */
  void addListener(Listener listener);
}
